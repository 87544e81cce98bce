"""The compact tables of X12 sets (parsers/x12/maps) and the pyx12 maps made from them."""

import re

import pytest

from parsers.x12.maps import tables

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


def test_group_and_release_names():
    assert tables.group_sets("SO", "004050") == ("350", "355")
    assert tables.group_sets("FA", "005010") == ("997", "999") and tables.group_sets("FA", "004010") == ("997",)
    assert tables.group_sets("HC", "005010") == () and tables.group_sets("SE", "003060") == ()
    named = {"004010VICS": "004010", "005010X231A1": "005010", "00401": "004010", "3060": None, "": None}
    assert {text: tables.normal_release(text) for text in named} == named
    assert tables.transaction("004010", "850") is None and tables.transaction("003060", "601") is None
