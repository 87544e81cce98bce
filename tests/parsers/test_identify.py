import pytest

from parsers.identify import identify
from tests.parsers.catair_files import batch


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\x1a\x00", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"ISA*00*          *00*", "x12"),
        (b"\n\nisa~00", "x12"),
        (b"ISABEL WROTE A LETTER", "unknown"),
        (b"UNA:+.? '", "unknown"),
        (b"hello, world\n", "unknown"),
        (bytes(range(256)) * 9, "unknown"),
        (batch(), "catair"),
        (batch().replace(b"\n", b""), "catair"),
        (b"\xef\xbb\xbf\r\n" + batch(), "catair"),
        (batch(a=""), "catair"),
        (batch()[:81], "catair"),
    ],
)
def test_kind(data: bytes, kind: str) -> None:
    assert identify(data) == kind


def test_one_broken_byte_does_not_decide(sound: bytes) -> None:
    assert all(identify(sound[:at] + b"?" + sound[at + 1 :]) == "catair" for at in range(0, len(sound), 7))


ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261126*0512*U*00401*000000001*0*P*:~"


@pytest.mark.parametrize(
    "data",
    [
        ISA,
        b"isa*00*~",
        b"\xef\xbb\xbf\r\n" + ISA,
        b"Dear customs,\nhere is the file:\n" + ISA,
        ISA.decode().encode("utf-16"),
        ISA.decode().encode("utf-16-le"),
        ISA.decode().encode("cp037"),
    ],
)
def test_x12_however_written(data):
    assert identify(data) == "x12"


@pytest.mark.parametrize("data", [b"ISAAC NEWTON", b"ISA\nGROUP\n", b"see ISA*00*"])
def test_the_letters_alone_are_not_x12(data):
    assert identify(data) == "unknown"
