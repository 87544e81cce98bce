"""The compact tables of X12 sets (parsers/x12/maps) and the pyx12 maps made from them."""

import io
import re
from functools import cache
from pathlib import Path

import pytest
import pyx12.map_if
import pyx12.map_index
import pyx12.map_walker
import pyx12.params
import pyx12.x12file

from parsers.x12.maps import generate, tables

ALL = list(tables.transactions())


def by_name(t):
    return f"{t.set_id}-{t.release}"


def test_sets_and_releases_of_the_project():
    have = {(t.release, t.set_id) for t in ALL}
    assert have >= {(r, s) for r in tables.RELEASES for s in ("601", "824", "810", "820", "350", "355", "997")}
    assert ("005010", "999") in have and ("004010", "999") not in have


@pytest.mark.parametrize("t", ALL, ids=by_name)
def test_a_set_is_a_tree_from_st_to_se(t):
    first, *_, last = t.nodes
    assert (first.segment, last.segment, first.usage, last.usage) == ("ST", "SE", "R", "R")
    for node in t.nodes:
        assert node.ordinal == t.nodes.index(node)
        if node is not first:
            opener = t.nodes[node.parent]
            assert opener.opens_loop and opener.depth == node.depth - 1 and opener.ordinal < node.ordinal
        assert node.max_use >= 1 and node.usage in "RS" and (node.loop_repeat >= 1) is node.opens_loop
        assert [e.position for e in node.elements] == list(range(1, len(node.elements) + 1))
        for rule in node.syntax:
            kind, *places = re.findall(r"^[PRECL]|\d\d", rule)
            assert kind in "PRECL" and len(places) >= 2, (node.segment, rule)
            assert max(map(int, places)) <= len(node.elements), (node.segment, rule)


def test_lengths_follow_the_release():
    def longest(release):
        return tables.segment(release, "REF").elements[1].max

    assert (longest("004010"), longest("004050"), longest("005010")) == (30, 50, 50)


def test_what_may_be_repeated_is_told():
    context = tables.transaction("005010", "999").nodes[4].elements[0]
    assert (context.reference, context.repeat) == ("C998", 10)
    assert {e.repeat for node in tables.transaction("004010", "997").nodes for e in node.elements} == {1}


def test_group_and_release_names():
    assert tables.group_sets("SO", "004050") == ("350", "355")
    assert tables.group_sets("FA", "005010") == ("997", "999") and tables.group_sets("FA", "004010") == ("997",)
    assert tables.group_sets("HC", "005010") == () and tables.group_sets("SE", "003060") == ()
    named = {"004010VICS": "004010", "005010X231A1": "005010", "00401": "004010", "3060": None, "": None}
    assert {text: tables.normal_release(text) for text in named} == named
    assert tables.transaction("004010", "850") is None and tables.transaction("003060", "601") is None


# --- the generated pyx12 maps ---------------------------------------------------------------------------------------


@cache
def loaded(release, name):
    return pyx12.map_if.load_map_file(name, pyx12.params.ParamsBase(), str(tables.map_directory(release)))


def test_regenerating_the_maps_leaves_no_difference():
    assert generate.differences() == []
    assert generate.main(["--check"]) == 0


def test_a_changed_and_a_stray_map_are_told(tmp_path):
    made = generate.generate()
    for name, text in made.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + " " * (name == "004050/601.xml"), "utf-8")
    (tmp_path / "004050/999.xml").write_text("<transaction/>", "utf-8")
    assert generate.differences(tmp_path) == ["004050/601.xml", "004050/999.xml"]


@pytest.mark.parametrize("t", ALL, ids=by_name)
def test_a_map_has_every_segment_of_the_table(t):
    """Segments in order, their usage, counts, relations and elements as pyx12 reads them are those of the table."""
    root = loaded(t.release, f"{t.set_id}.xml")
    assert root.icvn in ("00401", "00501")
    inside = [n for n in root.loop_segment_iterator() if n.is_segment() and "/ST_LOOP" in n.get_path()]
    assert [n.id for n in inside] == [node.segment for node in t.nodes]
    for theirs, ours in zip(inside, t.nodes, strict=True):
        repeat = theirs.parent.get_max_repeat() if ours.opens_loop and ours.ordinal else ours.loop_repeat
        assert repeat == ours.loop_repeat
        assert theirs.get_max_repeat() == ours.max_use
        assert (theirs.parent.usage if ours.opens_loop and ours.ordinal else theirs.usage) == ours.usage
        assert tuple(rule[0] + "".join(f"{n:02d}" for n in rule[1:]) for rule in theirs.syntax) == ours.syntax
        assert len(theirs.children) == len(ours.elements)
        for place, part in zip(theirs.children, ours.elements, strict=True):
            assert (place.seq, place.data_ele, place.usage) == (part.position, part.reference, part.usage)
            composite = isinstance(part, tables.Composite)
            assert place.is_composite() is composite and (not composite or place.repeat == part.repeat)
            pairs = zip(place.children, part.components, strict=True) if composite else [(place, part)]
            for simple, e in pairs:
                assert (simple.data_type, simple.min_len, simple.max_len) == (e.type, e.min, e.max), (ours.segment, e)
                assert (simple.rec is not None) is (e.codes is not None or e.pattern is not None)
                assert not simple.valid_codes or simple.id in ("ST01", "ISA12")


@pytest.mark.parametrize("release", tables.RELEASES)
def test_every_group_of_a_release_has_a_map_that_loads(release):
    directory = str(tables.map_directory(release))
    index = pyx12.map_index.map_index(directory)
    for version in ("00401", "00501"):
        control = loaded(release, f"x12.control.{version}.xml")
        assert control.icvn == version and control.getnodebypath("/ISA_LOOP/GS_LOOP/ST_LOOP/SE")
        for functional_id in tables.functional_ids(release):
            name = index.get_filename(version, release, functional_id)
            assert name and loaded(release, name).getnodebypath("/ISA_LOOP/GS_LOOP/GE")
            held = [c.children[0].valid_codes for c in loaded(release, name).loop_segment_iterator() if c.id == "ST"]
            assert held == [[set_id] for set_id in tables.group_sets(functional_id, release)]
        assert index.get_filename(version, release, "HC") is None


# --- sets written by hand walk through pyx12 without a fault, and with one where they are broken ----

SAMPLES = {
    "601": (
        "SE",
        "BA1*Y*1*10*MX*SRN006502016**US*TX**ABCD**SEA STAR~YNQ*RZ*N~YNQ*QQ*N~DTM*274*20260310~P5*L*D*2304~P5*D*K*20195~"
        "REF*BN*25039614~M12*70~VID*CN*ABCD*123456~N1*EX*ACME EXPORT INC*24*12345678900~N2*MARK DOE*7085550100~"
        "N3*1100 DOCK ROAD~N4*COLUMBIA*MD*21044*US~N1*CN*ACME MEXICO SA~N3*AV. CENTRAL 1~N4*TOLUCA**52600*MX~"
        "L13*B*3907200000*KG*17600*10*26518*1***K*18924*POLYETHERS IN TOTES*OS*1~X1**NLR*****C33**D*******EAR99~"
        "L13*B*8703230000*NO*1*10*9000*2~VEH**1HGCM82633A004352~N1*MF*MAKER CORP~",
    ),
    "824": (
        "AG",
        "BGN*11*0001*20260310*1200~N1*FW*FORWARDER LLC*24*98765432100~REF*IV*1~OTI*TA*BN*SRN006502016***"
        "20260310*1200*1*0001*601~REF*ACA*X20260310000001~DTM*097*20260310~TED*024*TEXT~NTE*GEN*SHIPMENT ADDED~",
    ),
    "810": (
        "IN",
        "BIG*20260301*INV-1*20260201*PO-77~CUR*SE*EUR~REF*BM*BL123~"
        "N1*SU*LIEFERANT GMBH*92*S1~N3*WEG 1~N4*BREMEN**28195*DE~"
        "N1*BY*IMPORTER INC~DTM*011*20260302~FOB*PP*OR*BREMEN~IT1*1*10*EA*12.5**VP*ABC-1*PO*PO-77~TXI*VA*1.1~"
        "PID*F****STEEL BOLTS~MEA*WT*G*10*KG~SLN*1**I~N1*MF*WERK AG~IT1*2*5*EA*100~TDS*62500~CAD*S***DBS~"
        "SAC*C*D240***1500~CTT*2~",
    ),
    "820": (
        "RA",
        "BPR*C*1234.56*C*ACH*CTX*01*026009593*DA*123456*1234567890**01*021000021*DA*99*20260331~TRN*1*STMT-2026-03~"
        "CUR*PR*USD~REF*IX*1~DTM*097*20260331~N1*PE*US CUSTOMS~N1*PR*IMPORTER INC~ENT*1~RMR*IV*12345678901**1000~"
        "DTM*003*20260301~RMR*IV*12345678902**234.56~",
    ),
    "350": (
        "SO",
        "M10*ABCD*O*US**SEA STAR*001W*1**P~P4*2304*20260310~X4*BL1*10***20260310*1200*1C**ABCD~K1*CARGO RELEASED~"
        "P4*2305*20260311~X4*BL2*5***20260311**1C**ABCD~BA1*Y*1*10*MX*SRN1*****ABCD~X4*BL9*1***20260310*1200*69**ABCD~",
    ),
    "355": (
        "SO",
        "M10*ABCD*O*US**SEA STAR*001W*1**P~P4*2304*20260310~K1*A REMARK~LX*1~M11*BL1*20195*10*CTN*100*K******ABCD~"
        "K1*ERROR*SECOND~N1*SH*SHIPPER~N3*STREET 1~K1*BAD ADDRESS~VID*CN*ABCD*123456~N10*5*BOLTS~H1*UN1203~K3*BILLS 1~",
    ),
    "997": ("FA", "AK1*SE*1~AK2*601*0001~AK3*BA1*2*BA1*8~AK4*2*306*7*ZZ~AK5*R*5~AK2*601*0002~AK5*A~AK9*P*2*2*1~"),
    "999": (
        "FA",
        "AK1*SE*1*005010~AK2*601*0001~IK3*BA1*2*BA1*8~CTX*SITUATIONAL TRIGGER*BA1*2~IK4*2*306*7*ZZ~IK5*R*5~"
        "AK2*601*0002~IK5*A~AK9*P*2*2*1~",
    ),
}
CASES = [t for t in ALL if t.set_id in SAMPLES]


def interchange(t, body, version="00401"):
    functional_id, _ = SAMPLES[t.set_id]
    repetition = "U" if version == "00401" else "^"
    sets = "".join(
        f"ST*{t.set_id}*000{n}~{body}SE*{body.count('~') + 2}*000{n}~" for n in (1, 2)
    )  # twice, so that counters have to begin again
    return (
        f"ISA*00*          *00*          *01*123456789      *ZZ*TIDEWAITER     *260310*1735*{repetition}*{version}"
        f"*000000650*0*T*>~GS*{functional_id}*123456789*TIDEWAITER*20260310*173519*1*X*{t.release}~{sets}"
        "GE*2*1~IEA*1*000000650~"
    )


def walk(t, text):
    """pyx12's own reader, walker and element checks; (code, segment, element) of every fault."""
    source = pyx12.x12file.X12Reader(io.StringIO(text))
    node = loaded(t.release, f"x12.control.{source.icvn}.xml").getnodebypath("/ISA_LOOP/ISA")
    index = pyx12.map_index.map_index(str(tables.map_directory(t.release)))
    walker = pyx12.map_walker.walk_tree()
    faults = []
    for seg in source:
        before, name = node, seg.get_seg_id()
        if name == "ISA":
            walker.forceWalkCounterToLoopStart("/ISA_LOOP", "/ISA_LOOP/ISA")
        elif name == "GS":
            map_name = index.get_filename(source.icvn, seg.get_value("GS08"), seg.get_value("GS01"))
            node = loaded(t.release, map_name).getnodebypath("/ISA_LOOP/GS_LOOP/GS")
            walker.forceWalkCounterToLoopStart("/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS")
        else:
            node, _, _, errors = walker.walk_errors(node, seg, source.get_seg_count(), source.get_cur_line(), None)
            faults += [(e.err_cde, e.seg_data.get_seg_id(), "") for e in errors]
        if node is None:
            node = before
            continue
        faults += [(e.err_cde, name, e.refdes) for e in node.is_valid_errors(seg)[1]]
    return faults + [("envelope", name, text) for name, *_, text in source.pop_errors()]


@pytest.mark.parametrize("t", CASES, ids=by_name)
def test_a_good_set_has_no_fault(t):
    body = SAMPLES[t.set_id][1]
    if (t.set_id, t.release) == ("350", "004010"):  # there, each X4 has its equipment
        body = re.sub("(X4[^~]*BL[12][^~]*~(K1[^~]*~)?)", r"\1N7*ABCD*123456~", body)
    for version in ("00401", "00501"):
        assert walk(t, interchange(t, body, version)) == []


BROKEN = [
    ("601", "BA1*Y*1", "BA1*Q*1", ("7", "BA1", "BA101")),  # a wrong code keeps its place and its loop
    ("601", "*10*26518*1*", "*10*A*1*", ("6", "L13", "L1306")),
    ("601", "***K*18924*", "***K**", ("2", "L13", 10)),  # P1011
    ("601", "BA1*Y", "YNQ*RZ*N~BA1*Y", ("1", "YNQ", "")),
    ("601", "~REF*BN*25039614", "~REF*BN", ("2", "REF", 2)),
    ("810", "BIG*20260301*", "BIG*20261301*", ("8", "BIG", "BIG01")),
    ("810", "TDS*62500~", "", ("3", "TDS", "")),
    ("820", "ACH*", "AC*", ("4", "BPR", "BPR04")),
    ("824", "OTI*TA", "OTI*QQ", ("7", "OTI", "OTI01")),
    ("355", "K3*BILLS 1~", "K3*BILLS 1~K3*MORE~", ("5", "K3", "")),
    ("997", "AK5*R", "AK5*Z", ("7", "AK5", "AK501")),
]


@pytest.mark.parametrize(("set_id", "old", "new", "fault"), BROKEN)
def test_a_broken_set_has_the_fault_it_should_and_no_other(set_id, old, new, fault):
    t = tables.transaction("004050", set_id)
    body = SAMPLES[set_id][1]
    assert old in body
    assert walk(t, interchange(t, body.replace(old, new))) == [fault, fault]  # in each of the two sets


def test_a_cancelled_export_leaves_out_what_customs_made_conditional():
    t = tables.transaction("004050", "601")
    assert walk(t, interchange(t, "BA1*N*C*10*MX*SRN1*****ABCD~N1*EX*ACME*24*12345678900~")) == []


def test_sets_of_one_group_come_in_any_order():
    t = tables.transaction("004050", "355")
    text = interchange(t, SAMPLES["355"][1])
    for number, set_id in enumerate(("350", "355", "350", "350"), 11):
        body = SAMPLES[set_id][1]
        text = text.replace("GE*", f"ST*{set_id}*00{number}~{body}SE*{body.count('~') + 2}*00{number}~GE*", 1)
    assert walk(t, text.replace("GE*2", "GE*6")) == []


# --- the documents ----------------------------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"


def test_the_examples_for_vendors_have_no_fault():
    examples = re.findall(r"```x12\n(.*?)```", (DOCS / "x12-vendors.md").read_text("utf-8"), re.S)
    assert [re.search(r"ST\*(\d+)", text)[1] for text in examples][:2] == ["601", "810"]
    for text in examples:
        release = tables.normal_release(re.search(r"GS(?:\*[^*]*){7}\*(\w+)", text)[1])
        found = tables.transaction(release, re.search(r"ST\*(\d+)", text)[1])
        assert walk(found, text) == []


def test_the_page_names_the_sets_and_releases_that_there_are():
    rows = re.findall(
        r"^\| (\d{3}) \| (.*?) \| (.*?) \| (\w+) \| (\w+) \| (\w+) \|", (DOCS / "x12.md").read_text("utf-8"), re.M
    )
    told = {
        (set_id, release)
        for set_id, *_, a, b, c in rows
        for release, is_there in zip(tables.RELEASES, (a, b, c), strict=True)
        if is_there == "yes"
    }
    assert told == {(t.set_id, t.release) for t in ALL}
    assert {(set_id, name, tuple(groups.split())) for set_id, name, groups, *_ in rows} == {
        (t.set_id, t.name, t.functional_ids) for t in ALL
    }
