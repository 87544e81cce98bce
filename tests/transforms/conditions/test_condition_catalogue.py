"""The committed page of conditions is what the register says today."""

from __future__ import annotations

from transforms.conditions import catalogue
from transforms.conditions.evaluate import unregistered
from transforms.conditions.registry import REGISTRY


def test_the_page_is_current():
    assert catalogue.PAGE.read_text(encoding="utf-8") == catalogue.page(), (
        "run python -m transforms.conditions.catalogue"
    )


def test_every_rule_raises_a_published_code():
    assert unregistered(REGISTRY) == []


def test_every_rule_says_why_and_how_to_mend_it():
    assert [rule.code for rule in REGISTRY if not rule.why or not rule.mend] == []
