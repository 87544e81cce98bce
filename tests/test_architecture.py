"""The rooms of the house and the direction of the arrows (docs/architecture.md)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "parsers": set(),
    "transforms": {"parsers"},
    "loaders": {"parsers"},
    "sftp_drop": set(),
    "tidewaiter": {"sftp_drop", "loaders", "transforms", "parsers"},
    "portal": {"tidewaiter", "sftp_drop", "loaders", "transforms", "parsers"},
    "dags": {"tidewaiter", "sftp_drop", "loaders", "transforms", "parsers"},
}
OURS = set(MAY_IMPORT)
MOST_LINES = 400
#: Longer on purpose: a migration that has been released stays as it is.
LONGER = {"loaders/migrations/versions/0001_initial_schema.py"}
FILES = [(room, path) for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level names of ours that a file imports anywhere, function bodies and type-checking blocks included."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names & OURS


@pytest.mark.parametrize(("room", "path"), FILES, ids=lambda v: str(v.relative_to(ROOT)) if isinstance(v, Path) else v)
def test_arrows_point_one_way(room, path):
    assert imported(path) - {room} <= MAY_IMPORT[room]


def test_only_loaders_write_sql():
    statement = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|COPY\s+\w+)\b", re.S)
    for room, path in FILES:
        if room == "loaders":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not statement.search(node.value), f"{path.relative_to(ROOT)}:{node.lineno} writes SQL"


def test_parsers_know_no_clock_network_or_database():
    forbidden = {"datetime.now", "time.time", "sqlalchemy", "psycopg", "socket", "paramiko", "airflow"}
    for room, path in FILES:
        if room in ("parsers", "transforms"):
            text = path.read_text()
            assert not [name for name in forbidden if name in text], path.relative_to(ROOT)


def test_modules_have_one_reason_to_exist_and_are_small():
    paths = [path for room in (*MAY_IMPORT, "bench", "tests") for path in (ROOT / room).rglob("*.py")]
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}
    assert {name for name, lines in long.items() if lines > MOST_LINES} == LONGER


def test_dags_are_thin():
    for path in sorted((ROOT / "dags").glob("*.py")):
        assert len(path.read_text().splitlines()) < 100, path.name
