"""TA1, 997 and 999: to whom, of what, and always valid."""

from __future__ import annotations

import io
import os

import pytest
import pyx12.params
import pyx12.x12n_document
import x12_oracle as oracle
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from x12_made import FAULT, GROUP, INTERCHANGE, SET, US, document, how

from parsers.x12.acknowledge import Party, acknowledge
from parsers.x12.maps import tables
from parsers.x12.write import Separators


def only(given, **more):
    (reply,) = acknowledge(given, how(**more))
    if reply.kind in ("997", "999"):
        assert oracle.faults(reply.body) == []
        assert {release for release in releases(reply) if oracle.faults(reply.body, release)} == set()
    return reply


def releases(reply) -> set[str]:
    """The release of the groups of a reply where they are of one that we have maps of, and of one only."""
    found = {it[8][:6] for it in oracle.segments(reply.body) if it[0] == "GS"}
    return found if len(found) == 1 and found <= set(tables.RELEASES) else set()


def said(reply) -> list[str]:
    """The segments between ISA and IEA, without the separators' noise."""
    return ["*".join(it) for it in oracle.segments(reply.body)[1:-1]]


def test_an_accepted_invoice():
    reply = only(document())
    assert (reply.kind, reply.partner, reply.left_out) == ("997", Party("01", "SENDER"), 0)
    assert reply.body.decode() == (
        "ISA*00*          *00*          *ZZ*TIDEWAITER     *01*SENDER         *260820*1234*U*00401*000000001*0*P*:~\n"
        "GS*FA*TIDEGS*SENDERGS*20260820*1234*1*X*004010~\n"
        "ST*997*0001~\n"
        "AK1*IN*41~\n"
        "AK2*810*0001~\n"
        "AK5*A~\n"
        "AK9*A*1*1*1~\n"
        "SE*6*0001~\n"
        "GE*1*1~\n"
        "IEA*1*000000001~\n"
    )


def test_segments_and_elements_in_error():
    bad = document(
        sets=[{"status": "R", "codes": "5 4"}],
        groups=[{"status": "R", "accepted": 0}],
        faults=[
            {"position": 2, "element": 1, "reference": "373", "code": "8", "value": "20261301"},
            {"position": 2, "element": 2, "reference": "76", "code": "1"},
            {"level": "segment", "position": 4, "segment_id": "N1", "loop": "N1", "code": "4"},
            {"position": 5, "segment_id": "IT1", "loop": "IT1", "element": 7, "component": 2, "code": "6"},
            {"level": "segment", "position": 9, "segment_id": "TDS", "code": "3"},
            {"level": "set", "position": 12, "segment_id": "SE", "code": "4"},
        ],
    )
    assert said(only(bad))[2:-2] == [
        "AK1*IN*41",
        "AK2*810*0001",
        "AK3*BIG*2**8",
        "AK4*1*373*8*20261301",
        "AK4*2*76*1",
        "AK3*N1*4*N1*4",
        "AK3*IT1*5*IT1*8",
        "AK4*7:2**6",
        "AK3*TDS*9**3",
        "AK5*R*5*4",
        "AK9*R*1*1*0",
    ]


def test_partial_acceptance_lists_every_set():
    partly = document(
        sets=[{}, {"control_number": "0002", "status": "R", "codes": "7"}, {"control_number": "0003", "status": "E"}],
        groups=[{"status": "P", "declared": 4, "received": 3, "accepted": 2, "codes": "5"}],
        faults=[{"set": 2, "level": "segment", "code": "2"}],
    )
    told = said(only(partly))[3:-2]
    assert told == [
        *("AK2*810*0001", "AK5*A", "AK2*810*0002", "AK5*R*7", "AK2*810*0003", "AK3*BIG*2**2", "AK5*E*5"),
        "AK9*P*4*3*2*5",
    ]


def test_999_where_the_group_names_a_guide_or_the_partner_asks():
    faults = [{"element": 3, "component": 1, "repetition": 2, "reference": "127", "code": "12", "value": "AB"}]
    guide = {"functional_id": "HC", "release": "005010X222A1", "status": "R", "accepted": 0}
    given = document(
        [{"version": "00501"}], [guide], [{"set_id": "837", "convention": "005010X222A1", "status": "R"}], faults
    )
    reply = only(given)
    assert reply.kind == "999"
    assert said(reply) == [
        "GS*FA*TIDEGS*SENDERGS*20260820*1234*1*X*005010X231A1",
        "ST*999*0001*005010X231A1",
        "AK1*HC*41*005010X222A1",
        "AK2*837*0001*005010X222A1",
        "IK3*BIG*2**8",
        "IK4*3:1:2*127*12*AB",
        "IK5*R*5",
        "AK9*R*1*1*0",
        "SE*8*0001",
        "GE*1*1",
    ]
    assert oracle.segments(reply.body)[0][11:13] == ["^", "00501"]
    plain = document([{"version": "00501"}], [{"release": "005010"}])
    assert [only(plain, acknowledgment=it).kind for it in ("auto", "997", "999")] == ["997", "997", "999"]
    old = document(groups=[{"release": "004010X098A1"}])
    assert [only(old, acknowledgment=it).kind for it in ("auto", "997", "999")] == ["997"] * 3


def test_a_later_997_names_release_convention_and_repetition():
    given = document(
        groups=[{"functional_id": "SE", "release": "004050"}],
        sets=[{"set_id": "601", "convention": "CBP601", "status": "R", "codes": "5"}],
        faults=[{"element": 2, "repetition": 3, "code": "7", "value": "X"}],
    )
    told = said(only(given))
    assert told[0].endswith("*X*004050")
    assert told[2:6] == ["AK1*SE*41*004050", "AK2*601*0001*CBP601", "AK3*BIG*2**8", "AK4*2::3**7*X"]


@pytest.mark.parametrize(("sent", "read"), [("003040", "004010"), ("005030", "005010"), ("004020", "005010")])
def test_a_group_that_is_read_by_the_maps_of_another_release_is_answered_in_its_own(sent, read):
    given = document(groups=[{"release": sent, "read_as": read}])
    gs, st, ak1, *_ = said(acknowledge(given, how())[0])
    assert gs.endswith(f"*X*{sent}") and st == "ST*997*0001"
    assert ak1 == ("AK1*IN*41" if sent < "004050" else f"AK1*IN*41*{sent}"), "AK103 is of 004050 and later"


def test_codes_that_an_older_list_lacks():
    faults = [{"element": 1, "code": "12"}, {"element": 2, "code": "13"}]
    given = document(sets=[{"status": "R", "codes": "18 19"}], groups=[{"codes": "19", "status": "R"}], faults=faults)
    told = said(only(given))
    assert told[5:9] == ["AK4*1**3", "AK4*2**3", "AK5*R*5*1", "AK9*R*1*1*1*6"]


@pytest.mark.parametrize(
    ("interchange", "told"),
    [
        ({"ack_requested": True}, "TA1*000000007*260820*1130*A*000"),
        ({"code": "E", "note": "021"}, "TA1*000000007*260820*1130*E*021"),
        ({"code": "E", "note": "014", "date": "261301", "time": "2500"}, "TA1*000000007*260820*1234*E*014"),
        ({"code": "E", "note": "?!", "control_number": "SEVEN"}, "TA1*000000000*260820*1130*E*024"),
    ],
)
def test_ta1_stands_before_the_group(interchange, told):
    reply = only(document([interchange]))
    assert reply.kind == "997"
    assert said(reply)[:2] == [told, "GS*FA*TIDEGS*SENDERGS*20260820*1234*1*X*004010"]
    assert oracle.segments(reply.body)[-1] == ["IEA", "1", "000000001"], "TA1 is no group"


def test_a_rejected_interchange_gets_a_ta1_alone():
    reply = only(document([{"code": "R", "note": "025"}]))
    assert (reply.kind, said(reply)) == ("ta1", ["TA1*000000007*260820*1130*R*025"])


def test_an_interchange_of_nothing_is_answered():
    reply = only(document(groups=[], sets=[]))
    assert (reply.kind, said(reply)) == ("ta1", ["TA1*000000007*260820*1130*A*000"])


@pytest.mark.parametrize("asked", [False, True])
def test_acknowledgments_are_never_acknowledged(asked):
    back = document(
        [{"ack_requested": asked, "only_acknowledgments": True}], [{"functional_id": "FA"}], [{"set_id": "997"}]
    )
    reply = only(back)
    assert (reply.kind, bool(reply.body)) == (("ta1", True) if asked else ("none", False))
    mixed = document(groups=[{"functional_id": "FA"}, {"control_number": "42"}], sets=[{"set_id": "997"}, {"group": 1}])
    assert [it for it in said(only(mixed)) if it.startswith("AK1")] == ["AK1*IN*42"]


def test_each_interchange_has_its_own_reply_to_its_own_sender():
    given = document(
        [
            {},
            {"sender": "OTHER", "sender_qualifier": "ZZ", "usage": "T", "control_number": "000000008"},
            {"code": "R", "note": "001"},
        ],
        [
            {},
            {"interchange": 1, "sender": "O1"},
            {"interchange": 1, "sender": "O1"},
            {"interchange": 1, "sender": "O2"},
        ],
        [{}, {"interchange": 1, "group": 1}, {"interchange": 1, "group": 2}, {"interchange": 1, "group": 3}],
    )
    first, second, third = acknowledge(given, how())
    assert [it.interchange for it in (first, second, third)] == [0, 1, 2]
    assert [it.kind for it in (first, second, third)] == ["997", "997", "ta1"]
    assert [it.partner.identifier for it in (first, second, third)] == ["SENDER", "OTHER", "SENDER"]
    isa = oracle.segments(second.body)[0]
    assert (isa[7], isa[8].strip(), isa[15]) == ("ZZ", "OTHER", "T")
    groups = [it for it in said(second) if it.startswith(("GS", "ST", "GE"))]
    assert groups == [
        *("GS*FA*TIDEGS*O1*20260820*1234*1*X*004010", "ST*997*0001", "ST*997*0002", "GE*2*1"),
        *("GS*FA*TIDEGS*O2*20260820*1234*2*X*004010", "ST*997*0003", "GE*1*2"),
    ]
    assert [oracle.segments(it.body)[0][13] for it in (first, second, third)] == ["000000001", "000000001", "000000002"]
    assert not oracle.faults(second.body)


def test_who_speaks():
    misrouted = document([{"receiver": "ELSE"}])
    assert oracle.segments(only(misrouted).body)[0][6].strip() == US.identifier
    assert oracle.segments(only(misrouted, own=()).body)[0][6].strip() == "ELSE"
    blank = document([{"receiver": "", "receiver_qualifier": "", "sender": ""}], [{"sender": "", "receiver": ""}])
    assert said(only(blank))[0] == "GS*FA*TIDEWAITER*UNKNOWN*20260820*1234*1*X*004010"
    assert said(only(blank, group_id="TIDEGROUP"))[0].startswith("GS*FA*TIDEGROUP*UNKNOWN*")
    isa = oracle.segments(only(blank, own=(), nobody=Party("01", "OURS")).body)[0]
    assert [isa[at].strip() for at in (5, 6, 7, 8)] == ["01", "OURS", "ZZ", "UNKNOWN"]
    long = document([{"sender": "A SENDER OF MORE THAN FIFTEEN"}], [{"sender": ""}])
    assert said(only(long))[0].startswith("GS*FA*TIDEGS*A SENDER OF MOR*")


def test_each_partner_is_answered_as_agreed_with_it():
    given = document(
        [{"version": "00501"}, {"version": "00501", "sender": "OTHER"}],
        [{"release": "005010"}, {"release": "005010", "interchange": 1}],
        [{}, {"interchange": 1, "group": 1}],
    )
    asked = []

    def agreed(partner):
        asked.append(partner)
        if partner.identifier == "OTHER":
            return how(acknowledgment="999", separators=Separators("|", ">", "!", "\x15", ""))
        return how()

    first, second = acknowledge(given, agreed)
    assert asked == [Party("01", "SENDER"), Party("01", "OTHER")]
    assert (first.kind, second.kind) == ("997", "999")
    assert (first.body[3:4], second.body[3:4], second.body[-1:]) == (b"*", b"|", b"\x15")
    assert [oracle.faults(it.body) for it in (first, second)] == [[], []]


def test_bad_data_is_quoted_without_harm():
    values = ["A*B~C:D^E", "x" * 150, "   ", "\x00\x07\n", "caf\xe9 ", "~" * 99]
    given = document(
        sets=[{"status": "R"}],
        groups=[{"status": "R"}],
        faults=[{"element": n + 1, "code": "6", "value": value} for n, value in enumerate(values)],
    )
    quoted = [it.split("*")[4:] for it in said(only(given)) if it.startswith("AK4")]
    assert quoted == [["A?B?C?D?E"], ["x" * 99], [], ["??"], ["caf?"], ["?" * 99]]


def test_what_does_not_fit_is_made_to():
    given = document(
        groups=[{"functional_id": "X", "control_number": "ABC", "release": "12", "declared": 10**9}],
        sets=[
            {"set_id": "", "control_number": "", "status": "R"},
            {"set_id": "8\x015", "control_number": "1", "status": ""},
            {"set_id": "INVOICE", "control_number": "12345678901", "status": "A"},
        ],
        faults=[{"level": "segment", "segment_id": "", "position": 0, "loop": "2010AA", "code": "9"}],
    )
    assert said(only(given))[2:-2] == [
        "AK1*X *0",
        *("AK2*???*0000", "AK3*???*1*2010*8", "AK5*R*5"),
        *("AK2*8?5*1   ", "AK5*R"),
        *("AK2*INV*123456789", "AK5*A"),
        "AK9*A*999999*1*1",
    ]


@pytest.mark.parametrize(("release", "told"), [("004010", "999999"), ("004050", "999999"), ("005010", "1234567")])
def test_positions_have_ten_digits_from_005010_on(release, told):
    given = document(
        groups=[{"release": release}], sets=[{"status": "R"}], faults=[{"level": "segment", "position": 1_234_567}]
    )
    (reply,) = acknowledge(given, how())
    assert f"AK3*BIG*{told}**8" in said(reply)


def test_too_many_faults_are_cut_and_the_cut_is_told():
    elements = [{"element": n % 120, "code": "5"} for n in range(120)]
    given = document(sets=[{"status": "R"}], faults=[*elements, {"position": 3, "level": "segment"}, {"position": 4}])
    reply = only(given, most=2)
    assert reply.left_out == 21 + 2
    assert sum(it.startswith("AK4") for it in said(reply)) == 99


def test_separators_are_those_of_the_file_unless_agreed():
    given = document([{"element_separator": "|", "terminator": "\x15", "component_separator": ">"}])
    (reply,) = acknowledge(given, how())
    assert (reply.body[3:4], reply.body[104:106], b"\n" in reply.body) == (b"|", b">\x15", False)
    for broken in ({"element_separator": "A"}, {"terminator": ""}, {"terminator": "\x80"}, {"element_separator": "~"}):
        assert only(document([broken])).body[3:4] == b"*"
    for component, ours in (
        ("*", b":"),
        ("", b":"),
        ("\x1f", b":"),
        ("^", b":"),
        ("A", b":"),
        ("\xa6", b":"),
        ("<", b"<"),
    ):
        assert only(document([{"component_separator": component}])).body[104:105] == ours
    late = document([{"version": "00501", "repetition_separator": "\x1d"}], [{"release": "005010"}])
    assert only(late).body[82:83] == b"^"
    assert only(given, separators=Separators(element="+")).body[3:4] == b"+"


def test_the_oracle_finds_what_is_wrong():
    (reply,) = acknowledge(document(sets=[{"status": "R"}], faults=[{"element": 1, "value": "x"}]), how())
    assert not oracle.faults(reply.body)
    for right, wrong in ((b"AK5*R", b"AK5*Q"), (b"AK4*1", b"AK4*X"), (b"SE*8", b"SE*9"), (b"AK9*A*1*1*1~\n", b"")):
        assert right in reply.body
        assert oracle.faults(reply.body.replace(right, wrong)), wrong


def rows(usual: dict, size: int, **fixed) -> st.SearchStrategy:
    """Rows with a few columns of anything."""
    one = {"str": st.text(st.characters(max_codepoint=255), max_size=20), "int": st.integers(-2, 10**10)}
    columns = {
        name: st.one_of(st.just(value), one[type(value).__name__])
        for name, value in usual.items()
        if type(value).__name__ in one
    }
    return st.lists(st.fixed_dictionaries(columns | fixed), max_size=size)


@st.composite
def documents(draw) -> tuple:
    which = st.sampled_from
    interchanges = draw(rows(INTERCHANGE, 3, code=which("AER"), ack_requested=st.booleans()))
    last = st.integers(0, max(len(interchanges) - 1, 0))
    releases = which(["004010", "004050", "005010", "005010X222A1", "4010", "006020", "x"])
    status = which("AEPR")
    groups = draw(rows(GROUP, 4, interchange=last, release=releases, status=status)) if interchanges else []
    last = st.integers(0, max(len(groups) - 1, 0))
    codes = st.lists(st.integers(0, 30).map(str), max_size=8).map(" ".join)
    sets = draw(rows(SET, 5, group=last, codes=codes, status=which("AER"))) if groups else []
    last = st.integers(0, max(len(sets) - 1, 0))
    level, code = which(["set", "segment", "element"]), st.integers(0, 14).map(str)
    place = st.integers(-2, 999_999)  # pyx12 has six digits for a position in 005010, too; X12 has ten
    faults = draw(rows(FAULT, 8, set=last, level=level, code=code, position=place)) if sets else []
    return document(interchanges, groups, sets, faults), draw(which(["auto", "997", "999"]))


@drawn(documents())
@settings(max_examples=int(os.environ.get("TIDEWAITER_SOAK_X12", 25)))
def test_whatever_came_is_answered_once_and_validly(drawn_document):
    given, acknowledgment = drawn_document
    replies = acknowledge(given, how(acknowledgment=acknowledgment))
    assert [it.interchange for it in replies] == list(range(len(given.interchanges)))
    for reply in replies:
        assert (reply.kind == "none") == (not reply.body)
        if reply.kind in ("997", "999"):
            assert oracle.faults(reply.body) == []


@pytest.mark.parametrize(
    ("version", "group", "of", "kind"),
    [("00401", ("RA", "004010"), "820", "997"), ("00501", ("HC", "005010X222A1"), "837", "999")],
)
def test_pyx12s_maps_as_they_come(version, group, of, kind):
    """Where its lists know the group and the set, the maps that pyx12 ships agree as they are."""
    given = document(
        [{"version": version}],
        [{"functional_id": group[0], "release": group[1], "status": "R", "accepted": 0}],
        [{"set_id": of, "status": "R"}],
        [{"element": 4, "component": 2, "reference": "380", "code": "6", "value": "1,0"}, {"level": "segment"}],
    )
    reply = only(given, own=(), acknowledgment="auto")
    assert reply.kind == kind
    text = reply.body.decode().replace("*01*SENDER", "*ZZ*SENDER")
    assert pyx12.x12n_document.x12n_document(pyx12.params.params(), io.StringIO(text), None, None)
