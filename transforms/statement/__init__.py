"""The month as pure functions on tables: statements assembled, printed as PF and MS batches, updated, paid, late."""
