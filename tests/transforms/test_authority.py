"""Who may send what, and what becomes of the batches that may not."""

from dataclasses import dataclass, field

import pandas as pd
import pytest

from parsers.catair.read import parse
from transforms import answer, authority, lifecycle, reasons
from transforms.conditions.evaluate import located_nowhere
from transforms.entry_summary import facts


@dataclass
class Account:
    status: str = "active"
    filers: tuple = (("TW1", "", ""),)
    tried: list = field(default_factory=list)

    @property
    def active(self):
        return {7, 8} if self.status == "active" else {8}

    @property
    def transmitters(self):
        names = ["site", "sender", "password_hash"]
        ours = pd.DataFrame([("2704", "TW1", "hash of SECRET")], columns=names, dtype="str").assign(account_id=7)
        theirs = pd.DataFrame([("2704", "TW2", "hash of OTHERS")], columns=names, dtype="str").assign(account_id=8)
        return pd.concat([ours, theirs])

    @property
    def authorities(self):
        names = ["filer_code", "port", "application"]
        ours = pd.DataFrame(self.filers, columns=names, dtype="str").assign(account_id=7)
        return pd.concat([ours, pd.DataFrame([("TW3", "", "")], columns=names, dtype="str").assign(account_id=8)])

    def verify(self, password, password_hash):
        self.tried.append(password)
        return password_hash == f"hash of {password}"


def codes(sent, account):
    return list(authority.check(parse([sent]), account, [7])["code"])


def test_what_one_account_may_send_another_may_not(make):
    sent = make.batch(make.block(make.summary()))
    faults = authority.check(parse([sent, sent]), Account(), [7, 8])
    assert list(zip(faults["batch"], faults["code"], strict=True)) == [(1, "X09")]
    theirs = make.batch(make.block(make.summary(filer="TW3"), filer="TW3"))
    assert codes(theirs, Account()) == ["X17"]


def test_the_right_sender_for_the_right_filer_passes(make):
    assert codes(make.batch(make.block(make.summary())), Account()) == []


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (Account(status="suspended"), ["X09"]),
        (Account(filers=(("TW2", "", ""),)), ["X17"]),
        (Account(filers=(("TW1", "1001", ""), ("TW1", "4601", "AE"))), ["X18"]),
        (Account(filers=(("TW1", "", "SE"),)), ["X20"]),
        (Account(filers=(("TW1", "2704", "SE"), ("TW1", "1001", "AE"))), ["X18"]),
        (Account(filers=(("TW1", "2704", "AE"),)), []),
    ],
)
def test_what_the_account_may_not_send(make, account, expected):
    assert codes(make.batch(make.block(make.summary())), account) == expected


def test_wrong_password_and_unknown_sender(make):
    sent = make.batch(make.block(make.summary()))
    assert codes(sent.replace(b"SECRET", b"SECRAT"), Account()) == ["X09"]
    assert codes(sent.replace(b"2704TW1", b"2704TW9"), Account()) == ["X09"]


def test_guessing_passwords_is_cut_short(make):
    guesses = b"".join(make.batch(make.block(make.summary()), password=f"GUESS{n}") for n in range(9))
    account = Account()
    assert codes(guesses, account) == ["X09"] * 9
    assert len(account.tried) == authority.PASSWORDS_TRIED


def test_wrong_passwords_of_one_file_do_not_use_up_the_tries_of_the_next(make):
    guesses = [make.batch(make.block(make.summary()), password=f"GUESS{n}") for n in range(5)]
    parsed = parse([*guesses, make.batch(make.block(make.summary()))])
    assert list(authority.check(parsed, Account(), [7] * 6)["batch"]) == [0, 1, 2, 3, 4]


def test_a_malformed_batch_of_an_unknown_sender_has_one_answer(make):
    parsed = parse([make.batch(make.block(make.summary())).replace(b"\n40", b"\n19").replace(b"SECRET", b"SECRAT")])
    assert list(parsed.faults["level"]) == ["transaction"]
    left = authority.refuse(parsed, authority.check(parsed, Account(), [7]))
    assert list(left.faults["code"]) == ["X09"]
    es = facts(left)
    dispositions, more = lifecycle.decide(es, located_nowhere(), None)
    (answered,) = answer.ax(es, left, more, dispositions)
    assert [line[:7].decode() for line in answered.splitlines() if line[:1] in b"XE"] == ["X1 FX09", "X1RF999"]


def test_a_refused_batch_is_rejected_and_leaves_its_neighbours_alone(make):
    foreign = make.batch(make.block(make.summary(filer="TW2"), filer="TW2"))
    own = make.batch(make.block(make.summary(), make.summary(make.numbers[1])))
    parsed = parse([own, foreign + own, foreign])
    left = authority.refuse(parsed, authority.check(parsed, Account(), [7, 7, 7]))
    assert list(left.batches["rejected"]) == [False, True, False, True]
    es = facts(left)
    assert list(es.header["filer_code"]) == ["TW1"] * 4
    assert list(es.line["txn"]) == [0, 1, 2, 3]
    assert list(es.tariff["line"]) == [0, 1, 2, 3]
    dispositions, more = lifecycle.decide(es, located_nowhere(), None)
    answers = [body.decode() for body in answer.ax(es, left, more, dispositions)]
    assert ["X1 FX17" in body for body in answers] == [False, True, True]
    assert [body.count("E1A") for body in answers] == [2, 2, 0]
    explained = reasons.reasons(es, left, more, dispositions)
    assert [b"X17" in body for body in explained] == [False, True, True]
    assert not any(b"SECRET" in body for body in explained)


def test_a_known_message_type_that_is_not_read_is_refused_and_never_accepted_empty(make):
    sent = make.batch(make.block(make.summary())).replace(b"TW1AE", b"TW1SE").replace(b"     AE  ", b"     SE  ")
    parsed = parse([sent])
    faults = authority.unavailable(parsed)
    assert list(faults["code"]) == ["X13"]
    left = authority.refuse(parsed, faults)
    es = facts(left)
    dispositions, more = lifecycle.decide(es, located_nowhere(), None)
    assert "X1 FX13" in answer.ax(es, left, more, dispositions)[0].decode()
