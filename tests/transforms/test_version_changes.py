"""What changed between versions, as a person is told."""

from transforms.version_changes import HEADER, Change, changes


def header(**given):
    return dict.fromkeys(HEADER, "") | dict.fromkeys([n for n in HEADER if n.endswith("_cents")], 0) | given


def tariff(line, number, ordinal=1, value=100_00, duty=5_00):
    return {"line": line, "tariff": ordinal, "hts_number": number, "value_cents": value, "duty_cents": duty,
            "quantity_1": 100}  # fmt: skip


def facts(*tariffs, origin="DE"):
    lines = [{"line": line, "origin": origin, "spi": ""} for line in dict.fromkeys(t["line"] for t in tariffs)]
    return {"line": lines, "tariff": list(tariffs)}


def test_the_same_said_again_changes_nothing():
    assert changes(header(), header(), facts(tariff(1, "1")), facts(tariff(1, "1"))) == []


def test_amounts_are_told_as_money_with_their_line():
    old, new = header(total_duty_cents=5_00), header(total_duty_cents=7_00)
    found = changes(old, new, facts(tariff(1, "1")), facts(tariff(1, "1", duty=7_00)))
    assert found == [
        Change("", "duty", 500, 700, "money"),
        Change("line 1", "duty", 500, 700, "money"),
    ]


def test_lines_and_numbers_that_come_and_go_are_told_once():
    found = changes(
        header(entry_date="a"),
        header(),
        facts(tariff(1, "1"), tariff(1, "9903", 2), tariff(2, "2")),
        facts(tariff(1, "1"), tariff(3, "3")),
    )
    assert found == [
        Change("", "date of entry", "a", None, "text"),
        Change("line 2", "line taken out", None, None, "text"),
        Change("line 3", "line added", None, None, "text"),
        Change("line 1, tariff number 2", "tariff number", "9903", None, "text"),
    ]
