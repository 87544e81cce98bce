"""What becomes of a filing, given what is on file (AE usage note a, response note c)."""

import pytest


def outcome(make, *filings, state=None):
    read = make.judge(make.batch(make.block(*filings)), state=state)
    words = ["code", "effect", "version_number", "sequence"]
    return [tuple(row) for row in read.dispositions[words].itertuples(index=False)], read


def test_first_filing_is_added_and_the_next_replaces_it_under_the_same_version(make):
    told, _ = outcome(make, make.summary(), make.summary(action="R"), make.summary())
    assert told == [("995", "added", "00100", 1), ("996", "replaced", "00100", 2), ("996", "replaced", "00100", 3)]


@pytest.mark.parametrize("action", ["A", "R"])
def test_both_actions_create(make, action):
    assert outcome(make, make.summary(action=action))[0] == [("995", "added", "00100", 1)]


def test_delete_then_file_again_counts_on(make):
    told, _ = outcome(make, make.summary(), make.summary(action="D"), make.summary(), make.summary(action="D"))
    assert [row[0] for row in told] == ["995", "997", "995", "997"]
    assert told[2] == ("995", "added", "00100", 2)


def test_delete_of_an_unknown_entry_is_b25(make):
    told, read = outcome(make, make.summary(action="D"))
    assert told == [("998", "rejected", "", 0)]
    assert list(read.conditions["code"]) == ["B25"]


def test_a_deleted_entry_is_not_on_file_but_keeps_its_count(make):
    told, _ = outcome(make, make.summary(), state=make.on_file(status="deleted", sequence=4))
    assert told == [("995", "added", "00100", 5)]


def test_adding_again_needs_the_same_broker_reference(make):
    told, read = outcome(make, make.summary(reference="REF-2"), state=make.on_file())
    assert told[0][0] == "998"
    assert list(read.conditions["code"]) == ["B35"]
    assert all(record[68:77] == "REF-1    " for record in read.ax()[0].splitlines() if record.startswith("E1"))


def test_replacing_does_not_ask_for_the_reference(make):
    told, _ = outcome(
        make, make.summary(action="R", reference="REF-2"), make.summary(reference="REF-2"), state=make.on_file()
    )
    assert [row[0] for row in told] == ["996", "996"]


def test_a_fatal_replacement_in_trade_control_deletes_what_was_there(make):
    told, read = outcome(make, make.summary(_90=None), make.summary(action="D"), state=make.on_file())
    assert told == [("998", "implicitly_deleted", "", 0), ("998", "rejected", "", 0)]
    assert "B25" in set(read.conditions["code"])


def test_nobody_deletes_by_a_filing_under_a_foreign_code(make):
    foreign = make.summary(filer="TW2")
    read = make.judge(make.batch(make.block(foreign)), state=make.on_file(filer_code="TW2"))
    assert "B53" in set(read.conditions["code"])
    assert list(read.dispositions["effect"]) == ["rejected"]


@pytest.mark.parametrize("action", ["A", "R", "D"])
def test_under_cbp_control_nothing_changes(make, action):
    told, read = outcome(make, make.summary(action=action), state=make.on_file(control="cbp"))
    assert told == [("998", "rejected", "", 0)]
    assert list(read.conditions["code"]) == ["B29"]


@pytest.mark.parametrize("handed_back", [{"status": "rejected"}, {"rejected": True}])
def test_what_cbp_rejected_is_replaced_as_a_new_major_version_but_never_deleted(make, handed_back):
    state = make.on_file(control="cbp", version_number="00203", sequence=3, **handed_back)
    told, _ = outcome(make, make.summary(), make.summary(action="R"), state=state)
    assert told == [("996", "replaced", "00300", 4), ("998", "rejected", "", 0)]  # then it is CBP's again
    assert outcome(make, make.summary(action="D"), state=state)[0][0][0] == "998"


def test_off_its_statement_it_is_a_new_major_version(make):
    told, _ = outcome(make, make.summary(), state=make.on_file(status="off_statement", version_number="00100"))
    assert told == [("996", "replaced", "00200", 2)]


def test_off_its_statement_it_is_replaced_again_and_again_whether_together_or_not(make):
    """The same filings in one shard or in two have the same outcome (invariant 4)."""
    off = {"control": "cbp", "status": "off_statement", "version_number": "00100"}
    together, _ = outcome(
        make, make.summary(), make.summary(action="R"), make.summary(action="D"), state=make.on_file(**off)
    )
    assert together == [("996", "replaced", "00200", 2), ("996", "replaced", "00200", 3), ("998", "rejected", "", 0)]
    since = make.on_file(**off | {"status": "refiled", "version_number": "00200", "sequence": 2})
    assert outcome(make, make.summary(action="R"), make.summary(action="D"), state=since)[0] == together[1:]


def test_a_cancelled_entry_takes_nothing(make):
    _, read = outcome(make, make.summary(), make.summary(action="D"), state=make.on_file(status="cancelled"))
    assert list(read.dispositions["effect"]) == ["rejected", "rejected"]
    assert set(read.conditions["code"]) == {"B31"}


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (None, "B42"),
        ({}, "B45"),
        ({"control": "cbp", "rejected": True}, "B46"),
        ({"control": "cbp", "status": "refiled"}, "B46"),
        ({"control": "cbp", "paid": False}, "B47"),
    ],
)
def test_a_post_summary_correction_needs_an_accepted_summary(make, state, code):
    header, *detail = make.summary()
    correction = [f"{header:<80}"[:64] + "Y" + f"{header:<80}"[65:], *detail]
    read = make.judge(make.batch(make.block(correction)), state=None if state is None else make.on_file(**state))
    assert code in set(read.conditions["code"])
    assert list(read.dispositions["effect"]) == ["rejected"]
