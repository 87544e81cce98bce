"""Every rule on export filings: it fires where its case says, at its element, and is silent on a sound filing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from bench import generate_exports
from tests.transforms.export import exported as ex
from transforms.export import account_rows, facts, lists, registry, rules

line, day = ex.line, timedelta(days=1)
#: A number of the demonstration tariff in dozens and kilograms.
DOZENS = "6109100012"
AIR = {"mode": "40", "carrier": "5X", "unlading": ""}


class Bent:
    """A shipment whose segments are bent: ``edits`` maps (segment id, element) to another value, or a segment id to
    None (left out) or to a list of segments that stand for it."""

    def __init__(self, edits: dict[Any, Any], *lines: dict[str, Any], **changes: Any) -> None:
        self.edits, self.shipment = edits, ex.shipment(*lines, **changes)

    def segments(self) -> list[tuple[str, ...]]:
        out: list[tuple[str, ...]] = []
        for segment in self.shipment.segments():
            if segment[0] in self.edits:
                out += self.edits[segment[0]] or []
                continue
            bent = list(segment) + [""] * 20
            for (id, element), value in ((k, v) for k, v in self.edits.items() if isinstance(k, tuple)):
                name, _, entity = id.partition(":")
                if name == segment[0] and entity in ("", segment[1]):
                    bent[element] = value
            out.append(tuple(bent[:20]))
        return out


def consignee(*segments: tuple[str, ...]) -> dict[str, Any]:
    """The parties of a shipment with another consignee (none: without one)."""
    return {"N1": [("N1", "EX", ex.NAME, "24", ex.EIN), *segments], "N3": None, "N4": None}


GERMAN = ("N1", "CN", "Nordsee Handel GmbH"), ("N4", "Hamburg", "", "20457", "DE", "ZZ", "R")
#: code -> what fires it (a shipment or a bent one), and the element it is told at.
FIRES: dict[str, tuple[Any, str]] = {
    "T02": (Bent({("BA1", 2): "Q"}), "BA102"),
    "T03": (ex.shipment(reference="S" * 18), "BA105"),
    "T05": (ex.shipment(agent="Fast"), "N104"),
    "T06": (Bent({("N1:EX", 3): "", ("N1:EX", 4): ""}), "N104"),
    "T07": (ex.shipment(exporter="1234567"), "N104"),
    "T08": (ex.shipment(exporter="11111111100"), "N104"),
    "T10": (ex.shipment(destination="US", unlading="42870"), "BA104"),
    "T11": (ex.shipment(state=""), "BA108"),
    "T12": (ex.shipment(carrier="M4"), "BA110"),
    "T13": (ex.shipment(port=""), "P503"),
    "T14": (ex.shipment(unlading="4287"), "P503"),
    "T15": (Bent({"REF": None}), "BA1"),
    "T16": (ex.shipment(routed="X"), "M1204"),
    "T17": (Bent({"YNQ": None}), "BA1"),
    "T18": (Bent({("BA1", 1): "Z"}), "BA101"),
    "T19": (Bent({("BA1", 4): "GU"}), "BA104"),
    "T20": (Bent({"DTM": None}), "BA1"),
    "T21": (Bent({("DTM", 2): "20260931"}), "DTM02"),
    "T22": (ex.shipment(day=ex.TODAY + 121 * day), "DTM02"),
    "T23": (ex.shipment(option="3"), "BA109"),
    "T24": (ex.shipment(option="4", day=ex.TODAY - 6 * day), "DTM02"),
    "T25": (Bent({("X1", 7): "C30", ("X1", 2): "D123456"}, option="4"), "BA109"),
    "T27": (Bent(consignee()), "BA1"),
    "T28": (Bent(consignee(GERMAN[0], (*GERMAN[1][:6], "Q"))), "N406"),
    "T29": (Bent(consignee(GERMAN[0], (*GERMAN[1][:4], "QQ", "ZZ", "R"))), "N404"),
    "T30": (Bent(consignee(GERMAN[0], (*GERMAN[1][:4], "US", "ZZ", "R"))), "N404"),
    "T31": (Bent(consignee(GERMAN[0], (*GERMAN[1][:4], "FR", "ZZ", "R"))), "N404"),
    "T32": (Bent({("M12", 1): "99"}), "M1201"),
    "T33": (Bent({("M12", 1): "36"}), "M1202"),
    "T35": (ex.shipment(line(value=0)), "L1306"),
    "T36": (ex.shipment(line(value="4000.50")), "L1306"),
    "T37": (ex.shipment(line(value=2500)), "L1306"),
    "T38": (ex.shipment(line(number="04090000")), "L1302"),
    "T39": (ex.shipment(line(number="9903880100")), "L1302"),
    "T40": (ex.shipment(line(number=DOZENS, unit_1="DZ", unit_2="LT", quantity_2=5)), "L1308"),
    "T41": (Bent({"X1": None}), "L1302"),
    "T42": (Bent({("X1", 7): "C99"}), "X107"),
    "T43": (Bent({("X1", 7): "C30"}), "X102"),
    "T45": (Bent({("X1", 7): "C32", ("X1", 16): ""}), "X116"),
    "T46": (Bent({("L13", 13): "QQ"}), "L1313"),
    "T47": (ex.shipment(line(origin="X")), "X109"),
    "T48": (Bent({"X1": [("X1", "", "NLR", "", "", "", "", "C33", "", "D"), ("VEH", "1", "", "2020")]}), "VEH02"),
    "T49": (Bent({("L13", 10): "L"}), "L1310"),
    "T50": (ex.shipment(line(), line(number="0808100065")), "L1307"),
    "T51": (ex.shipment(line(description="")), "L1312"),
    "T52": (Bent({"X1": [("X1", "", "NLR", "", "", "", "", "C33", "", "D"), ("VEH", "1", "VIN1")]}), "VEH09"),
    "T53": (ex.shipment(line(quantity_1="5.0001")), "L1304"),
    "T54": (ex.shipment(line(line=0)), "L1307"),
    "T57": (ex.shipment(line(action="Q"), action="2"), "L1314"),
    "T58": (ex.shipment(port="0981"), "P503"),
    "T59": (ex.shipment(unlading="99999"), "P503"),
    "077": (Bent({"L13": None, "X1": None}), "BA105"),
    "105": (ex.shipment(mode="99"), "BA103"),
    "107": (Bent({("BA1", 4): "QQ"}), "BA104"),
    "110": (ex.shipment(state="QQ"), "BA108"),
    "118": (ex.shipment(carrier=""), "BA110"),
    "123": (ex.shipment(conveyance=""), "BA112"),
    "126": (ex.shipment(mode="50"), "BA112"),
    "128": (ex.shipment(port="9999"), "P503"),
    "138": (ex.shipment(unlading=""), "BA1"),
    "146": (Bent({("BA1", 4): "PR"}), "P503"),
    "147": (Bent({"M12": [("M12", "70")]}), "M1204"),
    "227": (ex.shipment(), "BA1"),
    "336": (Bent(consignee(GERMAN[0], ("N4", "Hamburg", "HH", "20457", "DE", "ZZ", "R"))), "N402"),
    "505": (ex.shipment(line(value="4000.001")), "L1306"),
    "511": (Bent({("X1", 7): "C40"}, mode="70", conveyance="", unlading=""), "X107"),
    "515": (Bent({("X1", 16): "1234"}), "X116"),
    "538": (ex.shipment(line(weight=0)), "L1311"),
    "623": (ex.shipment(line(number="0101999999")), "L1302"),
    "626": (ex.shipment(line(unit_1="")), "L1303"),
    "628": (ex.shipment(line(unit_1="LT")), "L1303"),
    "641": (ex.shipment(line(quantity_1=0)), "L1304"),
    "643": (ex.shipment(line(number=DOZENS, unit_1="DZ")), "L1309"),
    "651": (Bent({("L13", 13): "HV"}), "L1313"),
    "700": (ex.shipment(day=ex.TODAY - day), "DTM02"),
}
#: The world that a case needs: who sends, who may.
WORLDS = {"T05": {"exporters": ex.exporters(may_file=False), "sender": ex.FORWARDER}, "227": {"sender": ex.FORWARDER}}
WORLDS |= {code: {"ref": ex.loaded()} for code in ("T58", "T59")}


def found(code: str, sent: Any) -> Any:
    """What the rules of one code find."""
    x, world = facts.facts(ex.sent(sent)), ex.world(**WORLDS.get(code, {}))
    rules_ = [it for it in registry.REGISTRY if it.code == code]
    return registry.ordered([registry.finds(x, it, registry.broken(x, world, it)) for it in rules_])


@pytest.mark.parametrize("code", sorted({it.code for it in registry.REGISTRY}))
def test_a_rule_fires_at_its_element(code: str) -> None:
    sent, place = FIRES[code]
    mine = found(code, sent)
    assert len(mine)
    told = mine.iloc[0]
    document = ex.sent(sent)
    id = document.elements[told["segment"]][0]
    if place:
        assert id + (f"{told['element']:02}" if told["element"] else "") == place
    if told["element"]:
        row = document.elements[told["segment"]]
        assert told["found"] == (row[told["element"]] if told["element"] < len(row) else "")
    assert told["severity"] == registry.KINDS[registry.codes()[code].kind] and told["why"] and told["mend"]


def test_a_sound_filing_is_passed_over_in_silence() -> None:
    assert ex.codes(ex.shipment()) == []
    assert ex.codes(ex.shipment(agent="Fast"), of=ex.world(sender=ex.FORWARDER)) == []
    assert ex.codes(ex.shipment(action="3")) == [], "a cancellation needs no more than its reference and exporter"
    assert ex.codes(ex.shipment(option="4", day=ex.TODAY - 5 * day)) == []
    many = generate_exports.filings(7, [(ex.EIN, ex.NAME)], ex.TODAY + day, 300, days=20)
    assert not len(ex.found(*many))


SILENT: dict[str, Any] = {
    "Schedule B by its six digits": Bent({("L13", 1): "B"}, line(number="0409009999", unit_1="XX")),
    "household goods have no number": Bent({("L13", 13): "HH"}, line(number="X")),
    "by air no port of unlading": ex.shipment(**AIR),
    "Puerto Rico is a destination": Bent(
        {("BA1", 4): "PR", ("P5:D", 2): "D", ("P5:D", 3): "4909"}
        | consignee(GERMAN[0], ("N4", "San Juan", "PR", "00901", "PR", "ZZ", "R"))
    ),
    "questions under codes that we do not know": Bent({"YNQ": [("YNQ", "QQ", "N")], "M12": None}),
    "a low value under a license is filed": Bent(
        {("X1", 7): "C30", ("X1", 2): "D123456", ("X1", 16): "3A001"}, line(value=100)
    ),
    "no low value to China": Bent(
        {("BA1", 4): "CN"} | consignee(GERMAN[0], ("N4", "Shanghai", "", "", "CN", "ZZ", "R")), line(value=100)
    ),
    "two lines of one number are not of low value together": ex.shipment(line(value=2000), line(line=2, value=2000)),
    "a unit that the wire has no code for": Bent({}, line(number="0406302400", unit_2="XX", quantity_2=5)),
    "an EIN without its suffix": ex.shipment(exporter="12-3456789"),
    "a deleted line says nothing else": Bent(
        {"X1": None}, line(action="3", number="", value=0, weight=0, description="", quantity_1=0), action="2"
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_exceptions_that_can_be_seen_are_kept(name: str) -> None:
    assert ex.codes(SILENT[name]) == []


def test_an_account_that_is_not_active_has_no_filings_made() -> None:
    for status in ("suspended", "applied"):
        assert ex.codes(ex.shipment(), of=ex.world(exporters=ex.exporters(status=status))) == ["T08"]


def test_rules_without_their_tables_are_skipped() -> None:
    sent = Bent({("BA1", 3): "99", ("BA1", 4): "QQ", ("L13", 2): "0101999999"}, port="9999", exporter="11111111100")
    assert {"105", "107", "128", "623", "T08"} <= set(ex.codes(sent))
    assert ex.codes(sent, of=registry.World(ex.TODAY)) == ["T31"], "what needs no table still is looked at"


def test_what_only_an_operator_has_is_used_where_it_is_loaded() -> None:
    """Schedule B in full and by day, airports without ships, Schedule K: with the tables, and never without."""
    loaded, b = ex.world(ref=ex.loaded()), {("L13", 1): "B"}
    ended = Bent(b, line(number="0409000099"))
    for sent, code in (
        (ended, "623"),
        (Bent(b, line(number="0409001111")), "623"),
        (ex.shipment(port="0981"), "T58"),
        (ex.shipment(unlading="99999"), "T59"),
    ):
        assert ex.codes(sent, of=loaded) == [code] and code not in set(ex.codes(sent)) - {"128"}
    told = ex.found(ex.shipment(port="0981"), ex.shipment(unlading="99999"), of=loaded)
    assert told["severity"].tolist() == ["I", "I"], "the filing stands"
    assert ex.codes(Bent(b), of=loaded) == [] == ex.codes(ex.shipment(), of=loaded)
    before = Bent(b, line(number="0409000099"), day=date(2026, 8, 30), option="4")
    assert "623" not in ex.codes(before, of=loaded), "in force on the day of export"
    by_air = ex.shipment(port="0981", **{k: v for k, v in AIR.items() if k != "port"})
    assert ex.codes(by_air, of=loaded) == []


def test_every_code_is_of_a_rule_or_of_the_life_cycle() -> None:
    assert rules.__all__
    ruled = {it.code for it in registry.REGISTRY}
    assert set(FIRES) == ruled
    decided = {"068", "T01", "T04", "T09", "T55", "T56", "056", "8H1", *(str(n) for n in range(970, 984))}
    assert set(registry.codes()) == ruled | decided
    assert {it.kind for it in registry.codes().values()} <= set(registry.KINDS)
    assert all(code.startswith("T") == (it.published == "ours") for code, it in registry.codes().items())


def test_units_of_the_wire_are_units_of_the_tariff() -> None:
    assert all(lists.units()[wire] == unit for unit, wire in generate_exports.WIRE.items())


def test_numbers_that_are_too_large_to_be_added_up_are_not_read() -> None:
    most, more = str(facts.LARGEST), str(facts.LARGEST + 1)
    assert ex.codes(ex.shipment(line(value=most, quantity_1=most))) == []
    assert ex.codes(ex.shipment(line(value=more, quantity_1=more, weight=more))) == ["T53", "505", "T53"]


def test_facts_know_their_lines_and_parties() -> None:
    two = ex.shipment(line(vin="V1"), line(line=2), agent="Fast")
    x = facts.facts(ex.sent(two, ex.shipment(reference="B"), ex.shipment(reference="C", action="3")))
    assert x.shipment["reference"].tolist() == ["SRN0001", "B", "C"]
    assert x.commodity["shipment"].tolist() == [0, 0, 1] and x.license["commodity"].tolist() == [0, 1, 2]
    assert x.vehicle[["commodity", "vin"]].to_numpy().tolist() == [[0, "V1"]]
    assert x.party["role"].tolist() == ["exporter", "agent", "consignee", "exporter", "consignee", "exporter"]
    assert (x.party["commodity"] == -1).all() and x.party["country"].tolist()[2] == "DE"
    assert x.shipment["export_date"].isna().tolist() == [False, False, True]
    assert np.array_equal(x.of_shipment("commodity", "reference"), ["SRN0001", "SRN0001", "B"])


def test_equipment_and_its_seals_belong_to_the_shipment() -> None:
    containers = b"VID*CN*ABCU*123456*SEAL1*SEAL2~VID*TL**T-9~N1*EX"
    data = ex.wire(ex.shipment(), ex.shipment(reference="B")).replace(b"N1*EX", containers, 1)
    data = re.sub(rb"~\nSE\*(\d+)", lambda it: b"~\nSE*%d" % (int(it[1]) + 2), data, count=1)
    x = facts.facts(ex.document(data))
    assert x.equipment["shipment"].tolist() == [0, 0]
    rows = account_rows.children(x)["export_equipment"]
    assert rows[["kind", "initial", "number", "seal_1", "seal_2"]].to_numpy().tolist() == [
        ["CN", "ABCU", "123456", "SEAL1", "SEAL2"],
        ["TL", "", "T-9", "", ""],
    ]
    assert rows["line"].tolist() == [0, 0] and rows["record"].is_monotonic_increasing
