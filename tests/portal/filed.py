"""A day of two brokers with errors in it, for the tests of what brokers and operations see of files."""

from __future__ import annotations

from dataclasses import dataclass

from bench import generate
from bench.files import File
from tests.portal.conftest import OFFICE, Portal
from tests.system.days import DAY
from tests.system.house import House

DEFECTS = (("check_digit", 0.15), ("wrong_duty_total", 0.15), ("no_lading", 0.1), ("other_block_trailer", 0.05))

#: The first broker is DU8; its last file has filings with 429, 722 and B16, and one that is accepted.
SEED = 7
MIXED, TRAILER = "DU8-260915-0002.abi", "DU8-wrong-trailer.abi"


@dataclass
class Filed:
    """``files`` as sent, of both brokers; ``portal`` with people ``broker``, ``other_broker``, ``operations``."""

    portal: Portal
    files: tuple[File, ...]

    def sent(self, name: str) -> bytes:
        return next(file.data for file in self.files if file.name == name)

    def file(self, sender: int, name: str) -> int:
        """The id of a file of a broker (0 or 1) by its name."""
        return self.portal.house.one(
            "SELECT i.id FROM interchange i JOIN arrival a ON a.interchange_id = i.id WHERE a.account_id = %s "
            "AND a.name = %s ORDER BY 1 LIMIT 1",
            self.portal.accounts["broker" if sender == 0 else "other_broker"], name,
        )  # fmt: skip


def wrong_trailer(data: bytes) -> bytes:
    """The same with Y records that name another port than their B records: the batch is rejected whole."""
    return b"".join(line[:3] + b"9999" + line[7:] if line[:1] == b"Y" else line for line in data.splitlines(True))


def filed(house: House, summaries: int = 24) -> Filed:
    """Two brokers' day with errors: sent, checked and answered."""
    people = generate.population(summaries, SEED, 2, 4, DAY)
    how = {"brokers": 2, "importers": 4, "per_file": 5, "defects": dict(DEFECTS)}
    files = tuple(generate.generate(DAY, summaries, SEED, **how))
    house.admit(people, OFFICE)
    for file in files:
        house.put(f"B-{file.sender}", file.name, file.data)
    house.put(f"B-{files[0].sender}", TRAILER, wrong_trailer(files[0].data))
    house.run()
    made = Portal(house, people)
    codes = people.brokers["filer_code"]
    made.enrol("broker", made.account(f"B-{codes.iloc[0]}")[0])
    made.enrol("other_broker", made.account(f"B-{codes.iloc[1]}")[0])
    made.enrol("clerk", made.account(f"B-{codes.iloc[0]}")[0], "reader", sees_money=False)
    made.enrol("operations", made.account("O-2704")[0], "operations")
    return Filed(made, files)
