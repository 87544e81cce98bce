"""X12 interchanges that are wrong on purpose.

:func:`damage` breaks sets that :mod:`bench.x12_files` made, at every level, the way files are broken; :func:`case` is a
whole file of that. The same seed, the same bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from bench.x12_files import Maker, Segment, Separators, interchange
from parsers.x12.maps import tables
from parsers.x12.maps.tables import Transaction

Damage = Callable[[random.Random, list[Segment], Transaction], None]


def damage(rng: random.Random, segments: list[Segment], transaction: Transaction, times: int) -> None:
    """Breaks a set (ST to SE) in place, ``times`` times, somewhere between its first and its last segment; SE01 is then
    right again, mostly."""
    for _ in range(times):
        rng.choice(DAMAGES)(rng, segments, transaction)
    if segments and segments[-1][0] == "SE" and len(segments[-1]) > 1 and rng.random() < 0.9:
        segments[-1][1] = str(len(segments))


def _inner(rng: random.Random, segments: list[Segment]) -> int:
    return rng.randrange(1, max(2, len(segments) - 1)) if len(segments) > 2 else 0


def _drop(rng, segments, _):  # type: ignore[no-untyped-def]
    if len(segments) > 3:
        del segments[_inner(rng, segments)]


def _double(rng, segments, _):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        segments[at:at] = [list(segments[at]) for _ in range(rng.choice((1, 1, 2, 12)))]


def _swap(rng, segments, _):  # type: ignore[no-untyped-def]
    one, other = _inner(rng, segments), _inner(rng, segments)
    if one and other:
        segments[one], segments[other] = segments[other], segments[one]


def _foreign(rng, segments, transaction):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        ids = [node.segment for node in transaction.nodes if node.segment not in ("ST", "SE")]
        segments[at][0] = rng.choice(
            [*ids, "ZZZ", "N9", "n1", "X", "TOOLONG", "", "1A", "HL", "LS", "TA1", "ISA", "IEA"]
        )


def _insert(rng, segments, transaction):  # type: ignore[no-untyped-def]
    node = rng.choice([node for node in transaction.nodes if node.segment not in ("ST", "SE")])
    segments.insert(max(1, _inner(rng, segments)), Maker(rng).segment(node))


def _element(rng: random.Random, segments: list[Segment]) -> tuple[Segment, int] | None:
    at = _inner(rng, segments)
    return (segments[at], rng.randrange(1, len(segments[at]))) if at and len(segments[at]) > 1 else None


VALUES = (
    *(
        "",
        "",
        "X",
        " ",
        "  ",
        "-",
        ".",
        "-.5",
        "5.",
        "1.2.3",
        "--1",
        "1-",
        "+1",
        "1E5",
        "0",
        "00",
        "-0",
        "12.5",
        "9" * 19,
    ),
    *(
        "20260229",
        "20240229",
        "17991231",
        "20261301",
        "20260132",
        "260229",
        "991231",
        "202601012460",
        "202601012359",
        "2026",
    ),
    *("2400", "2359", "236", "3", "12345", "123456", "123460", "1234567", "123456789", "20260101-20260102", "2026-1-2"),
    *(
        "A" * 81,
        "ABC ",
        "AB  ",
        " AB",
        "abc",
        "~",
        "é",
        "\x85",
        "A\xa0",
        "\x07",
        "A\tB",
        "\x01\x0b",
        "^",
        "`",
        "A^B",
        ":",
        "::",
        ":A",
        "A:",
    ),
    *("A:B", "A:B:C:D:E:F:G:H:I:J:K:L:M:N:O:P:Q:R", "\x00", "A\x00", "\x7f", "\x19"),
)


def _odd(rng, segments, _):  # type: ignore[no-untyped-def]
    if found := _element(rng, segments):
        found[0][found[1]] = rng.choice(VALUES)


def _longer(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        found[0][found[1]] = (text or "A") * rng.choice((2, 3, 40))


def _shorter(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        found[0][found[1]] = text[: rng.randrange(len(text) + 1)]


def _spoiled(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        cut = rng.randrange(len(text) + 1)
        found[0][found[1]] = text[:cut] + rng.choice("abz%é\x7f\x01\t.-: ^0A") + text[cut + rng.randrange(2) :]


def _extra(rng, segments, transaction):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        wide = {node.segment: len(node.elements) for node in transaction.nodes}.get(str(segments[at][0]), 3)
        segments[at] += [""] * max(0, wide + 1 - len(segments[at])) + ["EXTRA"] * rng.randrange(3)


def _trailing(rng, segments, _):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        segments[at] += [""] * rng.randrange(1, 4)


def _cut(rng, segments, _):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        del segments[at][rng.randrange(1, len(segments[at]) + 1) :]


def _component(rng, segments, _):  # type: ignore[no-untyped-def]
    if found := _element(rng, segments):
        part = found[0][found[1]]
        if isinstance(part, str):
            found[0][found[1]] = [part, *rng.choices(("", "A", part), k=rng.randrange(1, 4))]
        elif part:
            part[rng.randrange(len(part))] = rng.choice(VALUES)
            part += rng.choices(("", "A", "EXTRA"), k=rng.choice((0, 0, 1, 3, 20)))


def _repeat(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        found[0][found[1]] = "^".join([text, *rng.choices((text, "A", ""), k=rng.choice((1, 2, 12)))])


def _move(rng, segments, _):  # type: ignore[no-untyped-def]
    at, to = _inner(rng, segments), _inner(rng, segments)
    if at:
        segments.insert(max(to, 1), segments.pop(at))


DAMAGES: tuple[Damage, ...] = (
    *(_drop, _double, _swap, _foreign, _insert, _odd, _odd, _odd, _longer, _shorter, _spoiled, _spoiled),
    *(_extra, _trailing, _cut, _component, _component, _move, _repeat),
)


def scrambled(rng: random.Random, data: bytes) -> bytes:
    """Bytes lost, changed, doubled and thrown in, wherever they stand."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 3, 10, 40))):
        at, kind = rng.randrange(len(out)), rng.randrange(5)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1 and len(out) > 100:
            del out[at : at + rng.choice((1, 1, 5, 50))]
        elif kind == 2:
            out[at:at] = rng.randbytes(rng.choice((1, 1, 3)))
        elif kind == 3:
            out[at] = rng.choice(b"*:^~|>!\x15\x1d\x1f\x1e\x1c \n")
        else:
            begin = rng.randrange(len(out))
            out[at:at] = out[begin : begin + rng.choice((3, 20, 100))]
    return bytes(out)


def case(seed: int) -> bytes:
    """One interchange of one to three sets: one set of eight is sound, the others are damaged; of one interchange in
    five the bytes are scrambled, too."""
    rng = random.Random(seed)
    transaction = rng.choice(list(tables.transactions()))
    maker = Maker(
        rng, often=rng.choice((0.1, 0.3, 0.6)), repeats=rng.choice((0.2, 1.0)), elements=rng.choice((0.2, 0.6))
    )
    sets = []
    for number in range(1, rng.choice((2, 2, 3, 4))):
        segments = maker.set(transaction, f"{number:04d}")
        del segments[120:-1]
        segments[-1][1] = str(len(segments))
        if rng.random() < 0.875:
            damage(rng, segments, transaction, rng.choice((1, 1, 2, 4, 8)))
        sets.append(segments)
    separators = rng.choice(
        (
            Separators(),
            Separators(newline=""),
            Separators("|", ">", "!", "\x15", ""),
            Separators("\x1d", "\x1f", "\x1e", "\x1c", ""),
        )
    )
    data = interchange(sets, transaction.release, rng.choice(transaction.functional_ids), separators)
    return scrambled(rng, data) if rng.random() < 0.2 else data


def shrunk(text: bytes) -> str:
    """An interchange as one line a segment, for a message of a test."""
    return re.sub(rb"[^\x20-\x7e\n]", lambda m: b"<%02x>" % m[0][0], text).decode()
