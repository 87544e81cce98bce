"""X12 files as partners send them, without a mistake. The same seed, the same bytes."""

from __future__ import annotations

import random

from bench.x12_files import Maker, Separators, interchange, written
from parsers.x12.maps import tables

#: What shipments and invoices usually carry: chances of optional segments and loops.
USUAL_601 = {"YNQ": 0.6, "DTM": 0.9, "P5": 0.9, "REF": 0.6, "M12": 0.2, "N3": 0.9, "N4": 0.9, "N2": 0.1, "L13": 1.0}
USUAL_601 |= {"X1": 0.9, "VEH": 0.02, "MAN": 0.1, "N1": 0.3}
USUAL_810 = {"CUR": 0.3, "REF": 0.6, "N1": 0.8, "N2": 0.1, "N3": 0.9, "N4": 0.9, "ITD": 0.6, "DTM": 0.7, "FOB": 0.4}
USUAL_810 |= {"IT1": 1.0, "PID": 0.9, "MEA": 0.2, "SAC": 0.2, "CTT": 1.0, "CAD": 0.3, "TXI": 0.2}


def traffic(megabytes: float, seed: int = 1) -> bytes:
    """Interchanges of 300 shipments (601, 004050) and of 300 invoices (810, 004010) in turn, sound, of at least so many
    MB."""
    rng = random.Random(seed)
    kinds = []
    for release, set_id, usual, lines in (
        ("004050", "601", USUAL_601, (1, 1, 2, 3, 5, 8)),
        ("004010", "810", USUAL_810, (1, 2, 3, 5, 10, 20)),
    ):
        transaction = tables.transaction(release, set_id)
        assert transaction is not None
        maker = Maker(rng, usual, {"N1": 1.0, "P5": 1.0, "REF": 0.5}, elements=0.2)
        bodies = [maker.set(transaction, "", rng.choice(lines))[1:-1] for _ in range(400)]
        written_ = [(len(body) + 2, b"".join(written(segment, Separators()) for segment in body)) for body in bodies]
        kinds.append((transaction, written_))
    out: list[bytes] = []
    size, control = 0, 0
    while size < megabytes * 1e6:
        transaction, bodies_ = kinds[control % 2]
        control += 1
        head, tail = interchange([], transaction.release, transaction.functional_ids[0], control=control).split(
            b"GE*0", 1
        )
        sets = []
        for number in range(1, 301):
            count, body = rng.choice(bodies_)
            sets.append(b"ST*%s*%09d~\n%sSE*%d*%09d~\n" % (transaction.set_id.encode(), number, body, count, number))
        out.append(head + b"".join(sets) + b"GE*300" + tail)
        size += len(out[-1])
    return b"".join(out)


def small_files(count: int, seed: int = 1) -> list[tuple[str, bytes]]:
    """Interchanges of one set each, most of them below one kB, of every set and release that there is a map of in turn:
    the release and the bytes of each."""
    rng = random.Random(seed)
    kinds = list(tables.transactions())
    maker = Maker(rng, often=0.3, repeats=0.5, elements=0.3)
    files = []
    for number in range(1, count + 1):
        transaction = kinds[number % len(kinds)]
        one = maker.set(transaction, "0001", lines=2)
        data = interchange([one], transaction.release, transaction.functional_ids[0], control=number)
        files.append((transaction.release, data))
    return files
