"""When a file is complete."""

from hypothesis import given
from hypothesis import strategies as st

from sftp_drop import names
from sftp_drop.stillness import Spot, State, Stillness

FILE, PART = Spot("acme", "inbox", "day.edi"), Spot("acme", "inbox", "day.edi.part")
OLD, NEW = State(80, 1000), State(160, 1001)


def looks(*moments, window=1.0):
    """What each of several listings, (time, listing), finds complete."""
    stillness = Stillness(window)
    return [stillness.complete(listing, now) for now, listing in moments]


def test_a_file_is_complete_after_standing_still_for_the_window():
    assert looks((0, {FILE: OLD}), (0.75, {FILE: OLD}), (1, {FILE: OLD})) == [([], 1.0), ([], 0.25), ([FILE], None)]


def test_growth_starts_the_window_again():
    assert looks((0, {FILE: OLD}), (1, {FILE: NEW}), (2, {FILE: NEW})) == [([], 1.0), ([], 1.0), ([FILE], None)]


def test_a_file_that_went_and_came_back_is_a_new_one():
    assert looks((0, {FILE: OLD}), (1, {}), (2, {FILE: OLD}))[-1] == ([], 1.0)


def test_a_watched_rename_is_complete_at_once():
    assert looks((0, {PART: OLD}), (0.1, {FILE: OLD}))[-1] == ([FILE], None)


def test_a_part_that_was_still_growing_when_last_seen_proves_nothing():
    assert looks((0, {PART: OLD}), (0.1, {FILE: NEW}))[-1] == ([], 1.0)


def test_a_copy_beside_its_part_proves_nothing():
    assert looks((0, {PART: OLD}), (0.1, {PART: OLD, FILE: OLD}))[-1] == ([], 1.0)


SPOTS = [FILE, PART, Spot("bolt", "inbox", "day.edi"), Spot("bolt", "check", "x.FILEPART"), Spot("bolt", "check", "x")]
LISTING = st.dictionaries(st.sampled_from(SPOTS), st.sampled_from([OLD, NEW]))


@given(st.lists(st.tuples(st.integers(0, 3), LISTING), max_size=12))
def test_nothing_is_complete_without_proof(steps):
    stillness, now = Stillness(2), 0
    history: list[tuple[int, dict[Spot, State]]] = []
    for pause, listing in steps:
        now += pause
        complete, wait = stillness.complete(listing, now)
        for spot, state in listing.items():
            same = now
            for then, seen in reversed(history):
                if seen.get(spot) != state:
                    break
                same = then
            watched = any(part.name.startswith(spot.name + ".") for _, seen in history for part in seen)
            if names.partial(spot.name):
                assert spot not in complete
            elif now - same >= 2:
                assert spot in complete
            elif not watched:
                assert spot not in complete
        assert wait is None or 0 < wait <= 2
        history.append((now, listing))
