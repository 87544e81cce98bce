"""The answers to a file together: one functional answer, and the numbers that its messages bear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from parsers.x12 import envelope, splitter
from parsers.x12.acknowledge import Reply

#: Whose numbers are those of X12 messages.
MESSAGES = ("997", "999", "ta1", "824", "820", "350", "355")


def functional(replies: Iterable[Reply]) -> dict[str, bytes]:
    """The replies to the interchanges of a file as one answer, by its kind: 997 where one is among them, else 999, else
    ta1. Empty where nothing is to be acknowledged."""
    made = [reply for reply in replies if reply.body]
    kinds = [reply.kind for reply in made]
    kind = next((name for name in ("997", "999", "ta1") if name in kinds), "")
    return {kind: b"".join(reply.body for reply in made)} if kind else {}


def numbers(answers: Mapping[str, bytes]) -> list[tuple]:
    """The control numbers of what goes out, read from it: our qualifier and id, the partner's, number of the
    interchange, functional identifier and number of the group, set identifier and number of the set. A row a set; an
    interchange of a TA1 alone is one of set ``TA1`` without a group (None)."""
    return [row for kind in MESSAGES if kind in answers for row in _numbers(answers[kind])]


def _numbers(body: bytes) -> Iterator[tuple]:
    made = envelope.tabulate(splitter.split(body))
    x, g, s = made.interchanges, made.groups, made.sets
    parties = x[["sender_qualifier", "sender", "receiver_qualifier", "receiver"]].itertuples(index=False, name=None)
    lines = [(*who, int(number)) for who, number in zip(parties, x["control_number"], strict=True)]
    for at in sorted(set(range(len(lines))) - set(g["interchange"])):
        yield (*lines[at], "", None, "TA1", None)
    groups = [(name, int(number)) for name, number in zip(g["functional_id"], g["control_number"], strict=True)]
    of = zip(*(s[name] for name in ("interchange", "group", "set_id", "control_number")), strict=True)
    for interchange, group, set_id, number in of:
        yield (*lines[interchange], *groups[group], set_id, int(number))
