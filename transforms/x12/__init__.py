"""What X12 transaction sets mean: filings, invoices, and what is told to those who sent them."""
