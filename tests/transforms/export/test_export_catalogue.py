"""The page of the rules is the one that the register makes."""

from transforms.export import catalogue


def test_the_page_is_current() -> None:
    text = catalogue.PAGE.read_text(encoding="utf-8")
    assert catalogue.page(text) == text, "python -m transforms.export.catalogue"
