"""The rules on export filings, by subject. Importing this registers all of them."""

from transforms.export.rules import dates, goods, licenses, parties, quantities, shipment, transport, vehicles

__all__ = ["dates", "goods", "licenses", "parties", "quantities", "shipment", "transport", "vehicles"]
