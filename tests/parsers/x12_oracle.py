"""pyx12's own maps as judges of our acknowledgments.

Its 997 (004010) and 999 (005010X231A1) are made for health care: some of their elements list the groups, sets and
identifiers of that trade only. Copies without these lists (and, for a 997 from 004050 on, with the elements and codes
that releases after 004010 added) judge the rest. What pyx12 can not read at all is brought to what it can: TA1 is taken
out (it dies of it), the interchange is called 00401 or 00501.
"""

from __future__ import annotations

import atexit
import io
import json
import re
import shutil
import tempfile
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from unittest import mock

import pyx12.map_if
import pyx12.params
import pyx12.x12n_document

OURS = Path(__file__).parents[2] / "parsers" / "x12" / "maps"
TRADE = {"ISA05", "ISA07", "AK101", "AK201"}
MAPS = {"997.4010.xml", "999.5010X231.A1.xml", "codes.xml", "dataele.xml"}
CONTROL = {"x12.control.00401.xml", "x12.control.00501.xml"}
#: The business units that the 999's map names are those of its trade: these are ours.
UNITS = ("BA105", "BIG02", "BGN02")
LATER = {"AK502 AK503 AK504 AK505 AK506": ("18", "19"), "AK905 AK906 AK907 AK908 AK909": ("19",), "AK403": ("12", "13")}


def faults(body: bytes, release: str = "") -> list[str]:
    """What pyx12 finds wrong with an acknowledgment of ours, by its maps, or by ours of a release; empty: valid."""
    text, version = _readable(body)
    folder = OURS / release if release else maps()
    if release:  # our maps are called by the release alone
        text = re.sub(r"(?m)^(GS.*)X231A1(?=.$)", r"\1", text)
    out = io.StringIO()
    with _cached():
        valid = pyx12.x12n_document.x12n_document(
            pyx12.params.params(), io.StringIO(text), None, None, fd_json=out, map_path=str(folder)
        )
    told = [] if valid else [json.dumps(json.loads(out.getvalue() or "{}"))]
    return told if told or version else ["no interchange"]


def segments(body: bytes) -> list[list[str]]:
    """The segments of an interchange of ours, by the separators its ISA shows."""
    text = body.decode("latin-1")
    element, terminator = text[3], text[105]
    return [line.strip("\r\n").split(element) for line in text.split(terminator) if line.strip("\r\n")]


def _readable(body: bytes) -> tuple[str, str]:
    """Without TA1 and in a version of the interchange that pyx12 reads."""
    text = body.decode("ascii")
    element, terminator = text[3], text[105]
    lines = [line.strip("\r\n") for line in text.split(terminator)]
    isa = lines[0].split(element)
    extended = [line for line in lines if line.startswith(f"GS{element}")]
    late = any(line.split(element)[8] >= "005010" for line in extended)
    isa[12] = "00501" if late else "00401"
    if (isa[11] == "U" and late) or (isa[11] != "U" and not late):
        isa[11] = "^" if late else "U"
    kept = [element.join(isa), *(line for line in lines[1:] if line and not line.startswith(f"TA1{element}"))]
    newline = "" if terminator in "\r\n" else "\n"  # pyx12 stops at an empty segment
    return "".join(line + terminator + newline for line in kept), isa[12]


@contextmanager
def _cached():
    real = pyx12.map_if.load_map_file
    with mock.patch("pyx12.map_if.load_map_file", lambda name, param, path=None: _load(real, name, path)):
        yield


@cache
def _load(real, name, path):
    return real(name, pyx12.params.params(), path)


@cache
def maps() -> Path:
    """The folder of copies, for this run."""
    folder = Path(tempfile.mkdtemp(prefix="pyx12-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    source = files("pyx12") / "map"
    for name in MAPS | CONTROL:
        shutil.copyfile(str(source / name), folder / name)
    for name in MAPS & {"997.4010.xml", "999.5010X231.A1.xml"}:
        _without_trade(folder / name)
    _later(folder)
    for name in CONTROL:
        _without_trade(folder / name)
    releases = [f"00{n}0{m}0" for n in range(4, 9) for m in range(1, 7)]
    rows = {"00401": [], "00501": ['<map vriic="005010X231A1" fic="FA" abbr="999">999.5010X231.A1.xml</map>']}
    for icvn, found in rows.items():
        for release in releases:
            name = f"997.{'first' if release < '004050' else 'later'}.{icvn}.xml"
            found.append(f'<map vriic="{release}" fic="FA" abbr="997">{name}</map>')
    versions = "".join(f'<version icvn="{icvn}">{"".join(found)}</version>' for icvn, found in rows.items())
    (folder / "maps.xml").write_text(f'<?xml version="1.0"?><maps>{versions}</maps>')
    return folder


def _without_trade(path: Path) -> None:
    """Without the lists of one trade, and of releases: which of them we answer in is ours to say."""
    tree = ET.parse(path)
    for element in tree.iter("element"):
        if element.get("xid") in TRADE | {"GS08"} and (codes := element.find("valid_codes")) is not None:
            element.remove(codes)
    for segment in tree.iter("segment"):
        if segment.findtext("name") == "Business Unit Identifier":
            codes = segment.find("composite/element/valid_codes")
            for name in UNITS:
                ET.SubElement(codes, "code").text = name
    tree.write(path)


def _later(folder: Path) -> None:
    """The 997 in interchanges of both versions, as it is in 004010 and as it is from 004050 on."""
    for icvn in ("00401", "00501"):
        tree = ET.parse(folder / "997.4010.xml")
        for element in tree.iter("element"):
            if element.get("xid") == "ISA12":
                element.find("valid_codes/code").text = icvn
            if element.get("xid") == "ISA11" and icvn == "00501":
                element.remove(element.find("valid_codes"))
                element.find("data_ele").text = "I65"
        tree.write(folder / f"997.first.{icvn}.xml")
        for element in tree.iter("element"):
            for ids, codes in LATER.items():
                for code in codes if element.get("xid") in ids.split() else ():
                    ET.SubElement(element.find("valid_codes"), "code").text = code
        for parent, xid, number, seq in (("AK1", "AK103", "480", "03"), ("AK2", "AK203", "1705", "03")):
            segment = next(it for it in tree.iter("segment") if it.get("xid") == parent)
            segment.append(_element(xid, number, seq))
        next(it for it in tree.iter("composite")).append(_element("AK401-03", "1686", "03"))
        tree.write(folder / f"997.later.{icvn}.xml")


def _element(xid: str, number: str, seq: str) -> ET.Element:
    out = ET.Element("element", xid=xid)
    for tag, text in (("data_ele", number), ("name", xid), ("usage", "S"), ("seq", seq)):
        ET.SubElement(out, tag).text = text
    return out
