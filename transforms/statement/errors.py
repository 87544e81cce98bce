"""What cannot be printed is put before operations: an amount never wraps, and a statement is never cut short."""


class Unprintable(ValueError):
    """A statement that its records cannot hold. ``statement_number`` tells which one."""

    def __init__(self, statement_number: str, reason: str) -> None:
        super().__init__(f"statement {statement_number}: {reason}")
        self.statement_number = statement_number


class AmountDoesNotFit(Unprintable):
    """An amount below zero or above what its field holds: ten digits, since the first of the eleven columns is always
    zero today (note 1 of every amount record)."""


class TooManyFees(Unprintable):
    """More than 25 fee classes: five records of five (structure maps)."""


class TooManyEntries(Unprintable):
    """More rows than a structure map allows."""
