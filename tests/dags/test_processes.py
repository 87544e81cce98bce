"""Nothing we start outlives us."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tidewaiter.processes import Child

HERE = {"PYTHONPATH": str(Path(__file__).parent)}


def started(folder, count=2, patience=10.0):
    """The processes of tests/dags/tree.py once they have written their ids."""
    deadline = time.monotonic() + patience
    while len(pids := [int(p.name) for p in folder.iterdir() if p.name.isdigit()]) < count:
        assert time.monotonic() < deadline, "the tree did not grow"
        time.sleep(0.02)
    return [psutil.Process(pid) for pid in pids]


def gone(processes, patience=5.0):
    return not psutil.wait_procs(processes, timeout=patience)[1]


def test_stop_ends_a_tree_that_ignores_sigterm(tmp_path):
    child = Child("tree", str(tmp_path), log=tmp_path / "log.txt", env=HERE)
    tree = started(tmp_path)
    assert child.ended is None
    child.stop(grace=0.2)
    assert child.ended is not None
    assert gone(tree, patience=0.5)


def test_sigkill_of_the_parent_takes_the_tree_along(tmp_path):
    code = f"""
from pathlib import Path; import time
from tidewaiter.processes import Child
Child("tree", {str(tmp_path)!r}, log=Path({str(tmp_path / "log.txt")!r}), env={HERE!r}); time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code])
    tree = started(tmp_path)
    parent.kill()
    parent.wait()
    assert gone(tree)


def test_a_child_that_comes_too_late_ends_at_once(tmp_path):
    """Its parent may die before the child has asked the kernel to watch it."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tidewaiter.processes", "tree", str(tmp_path)],
        env={**os.environ, **HERE, "TIDEWAITER_PARENT": "1"},
        timeout=10,
    )
    assert done.returncode == 1 and list(tmp_path.iterdir()) == []


def test_the_end_of_its_log_says_why_it_failed(tmp_path):
    child = Child("no_such_module", log=tmp_path / "log.txt")
    deadline = time.monotonic() + 10
    while child.ended is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.ended == 1
    assert "no_such_module" in child.tail()


def test_what_an_earlier_run_wrote_is_not_its_output(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("listening on 1\n")
    child = Child("this", log=log)
    deadline = time.monotonic() + 10
    while child.ended is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.output().startswith("The Zen of Python") and len(child.tail(3).splitlines()) == 3
