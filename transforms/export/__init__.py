"""Export filings: Electronic Export Information (15 CFR part 30), as it comes in X12 sets 601."""
