"""Commercial invoices (810): what they say, what is wrong with them, and how they compare to what was declared."""
