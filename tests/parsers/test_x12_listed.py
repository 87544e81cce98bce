"""What is listed of a file that is full of faults: as much of each set as of any other, the rest counted."""

import pandas as pd

from parsers.x12 import judge, listed, read
from tests.parsers.test_x12_odd_files import GS, ISA, SET


def several(bad: list[int]) -> read.Document:
    """Sets with so many prices that are no number each, and one name too long, behind these."""
    sets = []
    for number, lines in enumerate(bad, 1):
        body = SET.replace("*EA*1.5*", "*EA*x*").replace("SELLER", "S" * 70)
        line = body[body.index("IT1*") : body.index("TDS*")]
        body = body.replace(line, line * lines).replace("SE*7*", f"SE*{6 + lines}*")
        sets.append(body.replace("0001~", f"{number:04}~"))
    text = ISA + GS + "".join(sets) + f"GE*{len(sets)}*1~IEA*1*000000001~"
    return judge.judge(read.read(text.encode()))


def test_little_is_listed_as_it_is() -> None:
    document = several([3, 2])
    assert listed.shortened(document, 3, 7) is document and not len(document.untold)


def test_each_kind_has_its_place_and_what_is_left_out_is_counted() -> None:
    document = several([30, 1, 5])
    cut = listed.shortened(document, of_one=4)
    assert cut.faults["set"].tolist() == [0] * 5 + [1] * 2 + [2] * 5
    assert cut.faults["code"].tolist() == ["5", *"6666", "5", "6", "5", *"6666"]
    assert cut.untold[["set", "count"]].to_numpy().tolist() == [[0, 26], [2, 1]]
    pd.testing.assert_frame_equal(cut.sets, document.sets)


def test_a_file_has_an_end_too_and_every_set_is_told_of() -> None:
    cut = listed.shortened(several([30, 1, 5]), in_all=8)
    assert cut.faults.groupby("set").size().tolist() == [3, 2, 3]
    assert cut.untold["count"].sum() == 39 - 8
