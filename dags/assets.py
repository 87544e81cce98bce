"""What one DAG makes and another waits for."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

#: Payments that are to go to the bank now: the intake says so when it published some, and `payments` runs.
PAYMENTS_DUE = Asset(name="payments_due", uri="tidewaiter://payments")
#: A task with this outlet says of each run whether the asset was made.
PAYMENTS = AssetAlias("payments")

#: Months that were filed: each event says which, and how many filings were made. None when nothing new was filed.
MONTH_FILED = Asset(name="month_filed", uri="tidewaiter://filing")
FILINGS = AssetAlias("filings")
