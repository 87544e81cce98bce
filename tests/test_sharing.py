"""What goes to one process when tests are shared out."""

from tests import sharing


def test_airflow_a_server_and_any_other_module_are_a_unit_each() -> None:
    one, other = "tests/dags/test_stack.py::test_up", "tests/dags/test_month_close.py::test_a[x]"
    assert sharing.unit(one) == sharing.unit(other)
    embedded, debian = (f"tests/loaders/test_{{}}.py::Test::test_a[{server}-1]" for server in ("embedded", "debian"))
    assert sharing.unit(embedded.format("a")) == sharing.unit(embedded.format("b")) != sharing.unit(debian.format("a"))
    assert (
        sharing.unit(debian.format("a"))
        == sharing.unit(debian.format("b"))
        != sharing.unit("tests/loaders/test_a.py::b")
    )
    assert sharing.unit("tests/loaders/test_a.py::test_a[embeddedness]") == "tests/loaders/test_a.py"
    assert sharing.unit("tests/system/test_a.py::test_a[debian]") == "tests/system/test_a.py"


def test_airflow_begins_and_what_nobody_ranked_comes_last() -> None:
    some = ["tests/test_cli.py::test_a", "tests/portal/test_a.py::test_a", "tests/dags/test_a.py::test_a"]
    assert sorted(some, key=sharing.turn) == some[::-1]
