import pytest

from parsers.catair import layout

NAMES = ("envelope_in", "envelope_out", "ae", "ax")


@pytest.mark.parametrize("name", NAMES)
def test_every_layout_tiles_the_record(name: str) -> None:
    for record, fields in layout.load(name).items():
        columns = [c for f in fields for c in range(f.start, f.end + 1)]
        assert columns == list(range(1, 81)), record


@pytest.mark.parametrize("name", NAMES)
def test_names_of_a_record_are_distinct_and_types_known(name: str) -> None:
    for record, fields in layout.load(name).items():
        assert len({f.name for f in fields}) == len(fields), record
        assert {f.type for f in fields} <= {"text", "int", "date", "filler"}, record
        assert all(f.width <= 16 for f in fields if f.type == "int"), record


def test_a_gap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"record": "10", "field": "a", "start": "2", "end": "80", "class": "X", "designation": "M"}
    rest = {"decimals": "", "constant": "", "type": "text"}
    monkeypatch.setattr(layout, "rows", lambda name: [row | rest])
    with pytest.raises(ValueError, match="does not tile"):
        layout.load("broken")


def test_overlays_share_their_records_discriminator() -> None:
    ae = layout.load("ae")
    assert len(ae.overlays("54")) == 12
    assert {ae[o][1].constant for o in ae.overlays("54")} == {f"{i:02d}" for i in range(1, 13)}


def test_every_available_application_has_its_data() -> None:
    for application in layout.applications().values():
        assert application.response
        assert bool(application.layout) == bool(application.grammar)
