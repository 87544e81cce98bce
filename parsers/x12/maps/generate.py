"""Make the pyx12 map directories from our own tables: ``python -m parsers.x12.maps.generate [--check]``.

One directory per release, because pyx12 has one flat dictionary of data elements per directory and their lengths differ
by release. In each: ``maps.xml`` (which map for which ISA12, GS08 and GS01), the two control maps, ``dataele.xml``,
``codes.xml`` (empty: no external lists) and a map per set, and one more for each functional group that may hold several
sets (``350-355.xml``), its ST loops told apart by ST01. ISA12 is 00401 or 00501 in pyx12 4.0.0 whatever the release;
the reader presents other versions as one of them.

pyx12 takes a required first element of type ID with valid codes for the key by which it finds the segment's place, so
that a wrong code there becomes a segment out of place. Where an element may only have certain values, it is therefore
given a regular expression, and ST01 alone has valid codes.
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from parsers.x12.maps import tables
from parsers.x12.maps.tables import HERE, UNBOUNDED, Composite, Element, Node, Segment, Transaction

VERSIONS = ("00401", "00501")
#: Of which release a control map takes the envelope's segments: ISA11 is another element from 00402 on.
ENVELOPE_OF = {"00401": "004010", "00501": "005010"}


def generate() -> dict[str, str]:
    """Every generated file: path relative to this package -> text."""
    out = {}
    for release in tables.releases():
        sets = {set_id: tables.transaction(release, set_id) for set_id in tables.set_ids(release)}
        maps = {set_id: [found] for set_id, found in sets.items() if found}
        of_group = {}
        for functional_id in tables.functional_ids(release):
            held = tables.group_sets(functional_id, release)
            of_group[functional_id] = "-".join(held)
            maps["-".join(held)] = [found for set_id in held if (found := sets[set_id])]
        for name, transactions in maps.items():
            out[f"{release}/{name}.xml"] = _text(_map(release, name, transactions))
        for version in VERSIONS:
            out[f"{release}/x12.control.{version}.xml"] = _text(_control(version))
        out[f"{release}/maps.xml"] = _text(_index(release, of_group))
        out[f"{release}/dataele.xml"] = _text(_dictionary(release))
        out[f"{release}/codes.xml"] = _text(ET.Element("codesets"))
    return out


def differences(directory: Path = HERE) -> list[str]:
    """What regenerating would change: files that differ, are missing, or should not be there."""
    made = generate()
    there = {str(path.relative_to(directory)): path.read_text("utf-8") for path in directory.glob("*/*.xml")}
    return sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))


def _map(release: str, name: str, transactions: list[Transaction]) -> ET.Element:
    root, group = _envelope(name, " / ".join(t.name for t in transactions), release, _versions(release))
    for found in transactions:
        identifier = "ST_LOOP" if len(transactions) == 1 else f"ST_{found.set_id}_LOOP"
        # Situational and all in one place, so that the sets of a group may come in any order; that a group is empty is
        # for the reader to say.
        loops: dict[int, ET.Element] = {-1: _loop(group, identifier, found.name, "S", 20, UNBOUNDED)}
        last = {-1: 0}  # the place of the last node in each loop
        for node in found.nodes:
            outer, place = loops[node.parent], last[node.parent] + 10
            last[node.parent] = place
            if not node.opens_loop:
                _segment(outer, _entry(node), node.usage, place, node.max_use, found.set_id)
                continue
            # An opener stands in its own loop, once and always; ST in the loop made for it above.
            if node.ordinal:
                outer = _loop(outer, _loop_id(found, node), node.name, node.usage, place, node.loop_repeat)
            loops[node.ordinal], last[node.ordinal] = outer, 10
            _segment(outer, _entry(node), "R", 10, 1, found.set_id)
    return _closed(root, group, release)


def _control(version: str) -> ET.Element:
    release = ENVELOPE_OF[version]
    root, group = _envelope("X12", "Envelope", release, (version,))
    opened = _loop(group, "ST_LOOP", "Transaction Set", "S", 20, UNBOUNDED)
    _segment(opened, tables.segment(release, "ST"), "R", 10, 1)
    _segment(opened, tables.segment(release, "SE"), "R", 20, 1)
    return _closed(root, group, release)


def _envelope(identifier: str, name: str, release: str, versions: tuple[str, ...]) -> tuple[ET.Element, ET.Element]:
    root = ET.Element("transaction", xid=identifier, name=name)
    interchange = _loop(root, "ISA_LOOP", "Interchange", "R", 10, UNBOUNDED)
    isa = _segment(interchange, tables.segment(release, "ISA"), "R", 10, 1)
    isa.set("end_tag", "IEA")
    # pyx12 reads from ISA12 which characters are allowed.
    _codes(isa.findall("element")[11], versions)
    _segment(interchange, tables.segment(release, "TA1"), "S", 15, UNBOUNDED)
    group = _loop(interchange, "GS_LOOP", "Functional Group", "S", 20, UNBOUNDED)
    _segment(group, tables.segment(release, "GS"), "R", 10, 1).set("end_tag", "GE")
    return root, group


def _closed(root: ET.Element, group: ET.Element, release: str) -> ET.Element:
    _segment(group, tables.segment(release, "GE"), "R", 30, 1)
    _segment(root[0], tables.segment(release, "IEA"), "R", 30, 1)
    return root


def _versions(release: str) -> tuple[str, ...]:
    """ISA12 of a map; pyx12 takes the first for the map's own."""
    return VERSIONS[::-1] if release >= "005010" else VERSIONS


def _loop_id(found: Transaction, node: Node) -> str:
    """A name of its own for each loop of a set, because pyx12 counts and compares by names."""
    path = []
    while node.parent >= 0:
        path.append(node.segment)
        node = found.nodes[node.parent]
    return "_".join([*reversed(path), "LOOP"])


def _loop(parent: ET.Element, identifier: str, name: str, usage: str, place: int, repeat: int) -> ET.Element:
    made = ET.SubElement(parent, "loop", xid=identifier)
    if identifier.startswith(("ISA_", "GS_", "ST_")):
        made.set("type", "explicit")
    for key, value in {"name": name, "usage": usage, "pos": f"{place:03d}", "repeat": _times(repeat)}.items():
        made.set(key, value)
    return made


def _entry(node: Node) -> Segment:
    return Segment(node.segment, node.name, node.elements, node.syntax)


def _segment(parent: ET.Element, entry: Segment, usage: str, place: int, max_use: int, set_id: str = "") -> ET.Element:
    made = ET.SubElement(
        parent, "segment", xid=entry.id, name=entry.name, usage=usage, pos=f"{place:03d}", max_use=_times(max_use)
    )
    for rule in entry.syntax:
        ET.SubElement(made, "syntax").text = rule
    for part in entry.elements:
        where = f"{entry.id}{part.position:02d}"
        if isinstance(part, Composite):
            inside = ET.SubElement(
                made,
                "composite",
                xid=where,
                data_ele=part.reference,
                name=part.name,
                usage=part.usage,
                seq=f"{part.position:02d}",
            )
            if part.repeat > 1:
                inside.set("repeat", str(part.repeat))
            for component in part.components:
                _element(inside, component, f"{where}-{component.position}")
        else:
            _element(made, part, where)
    if entry.id == "ST" and set_id:
        _codes(made.findall("element")[0], (set_id,))
    return made


def _element(parent: ET.Element, part: Element, where: str) -> None:
    made = ET.SubElement(
        parent,
        "element",
        xid=where,
        data_ele=part.reference,
        name=part.name,
        usage=part.usage,
        seq=f"{part.position:02d}",
    )
    pattern = f"^(?:{'|'.join(sorted(part.codes))})$" if part.codes else part.pattern
    if pattern:
        ET.SubElement(made, "regex").text = pattern


def _codes(made: ET.Element, codes: tuple[str, ...]) -> None:
    listed = ET.SubElement(made, "valid_codes")
    for code in codes:
        ET.SubElement(listed, "code").text = code


def _index(release: str, of_group: dict[str, str]) -> ET.Element:
    root = ET.Element("maps")
    for version in VERSIONS:
        listed = ET.SubElement(root, "version", icvn=version)
        for functional_id, name in sorted(of_group.items()):
            made = ET.SubElement(listed, "map", vriic=release, fic=functional_id, abbr=name)
            made.text = f"{name}.xml"
    return root


def _dictionary(release: str) -> ET.Element:
    found = {element.reference: element for element in _used(release)}
    root = ET.Element("data_elements")
    for reference in sorted(found, key=lambda r: (len(r), r)):
        e = found[reference]
        ET.SubElement(
            root,
            "data_ele",
            ele_num=reference,
            data_type=e.type,
            min_len=str(e.min),
            max_len=str(e.max),
            name=e.name,
        )
    return root


def _used(release: str) -> list[Element]:
    """Every simple element of the release's sets and of both envelopes."""
    entries = [tables.segment(of, name) for of in (*ENVELOPE_OF.values(), release) for name in tables.ENVELOPE]
    parts = [part for entry in entries for part in entry.elements]
    for set_id in tables.set_ids(release):
        found = tables.transaction(release, set_id)
        parts += [part for node in found.nodes for part in node.elements] if found else []
    return [e for part in parts for e in (part.components if isinstance(part, Composite) else (part,))]


def _times(count: int) -> str:
    return ">1" if count >= UNBOUNDED else str(count)


def _text(root: ET.Element) -> str:
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the maps, or with ``--check`` say what differs (exit code 1 when anything does)."""
    parser = argparse.ArgumentParser(description="Make the pyx12 maps from the tables beside them.")
    parser.add_argument("--check", action="store_true", help="change nothing, say what would change")
    options = parser.parse_args(arguments)
    changed = differences()
    if not options.check:
        made = generate()
        for name in changed:
            path = HERE / name
            if name in made:
                path.parent.mkdir(exist_ok=True)
                path.write_text(made[name], "utf-8")
            else:
                path.unlink()
    print("\n".join(changed) if changed else "nothing differs")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
