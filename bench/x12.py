"""How fast X12 is read and validated: our compiled maps against pyx12, MB of input per CPU second on one core.

    python -m bench.x12 [--megabytes 20] [--slice 0.3] [--small 200] [--seed 1] [--repeat 3] [--json]

The file holds shipments (601) and invoices (810) in turn, made by :mod:`bench.x12_traffic`. Everything is done that the
intake does before it judges: split, envelope, every segment's place, every element's type, length, codes and notes, all
faults as a table. pyx12's two figures are of a slice of the same file: our driver over its walker and element tests,
and its bare reader, which splits and counts and looks into no map. The best of the repetitions counts.

Small files are interchanges of one set, of every set and release in turn, read and judged one by one; beside them
stands what pyx12 by itself makes of each (:mod:`bench.x12_pyx12`): its walk with maps kept, and its own program, which
loads the map for every file. Milliseconds of CPU time a file."""

from __future__ import annotations

import argparse
import io
import json
import resource
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyx12.x12file

from bench import x12_pyx12
from bench.x12_traffic import small_files, traffic
from parsers.x12 import judge, read, splitter


def measure(megabytes: float, part: float, seed: int = 1, repeat: int = 3) -> dict[str, Any]:
    """Rates in MB a CPU second, and what follows from them."""
    pa.set_cpu_count(1)
    data = traffic(megabytes, seed)
    small = traffic(part, seed)
    document = read.read(small, validator="compiled")  # the maps are compiled once per process, as in a worker
    before = _peak()
    split = _rate(data, lambda: splitter.split(data), repeat)
    compiled = _rate(data, lambda: read.read(data, validator="compiled"), repeat)
    after = _peak()
    driver = _rate(small, lambda: read.read(small, validator="pyx12"), 1)
    bare = _rate(small, lambda: sum(1 for _ in pyx12.x12file.X12Reader(io.StringIO(small.decode("latin-1")))), 1)
    return {
        "megabytes": round(len(data) / 1e6, 1),
        "segments a kilobyte": round(len(document.segments) / len(small) * 1e3, 1),
        "faults": len(document.faults),
        "split MB/s": round(split, 1),
        "compiled MB/s": round(compiled, 1),
        "pyx12 driver MB/s": round(driver, 2),
        "pyx12 bare reader MB/s": round(bare, 2),
        "times the pyx12 driver": round(compiled / driver, 1),
        "times the bare reader": round(compiled / bare, 1),
        "peak bytes a byte of input": round((after - before) / len(data), 1),
    }


def measure_small(count: int, seed: int = 1, repeat: int = 3) -> dict[str, Any]:
    """Milliseconds a small file, ours and pyx12's, and their ratios."""
    files = small_files(count, seed)
    steps: dict[str, Callable[[str, bytes], Any]] = {
        "ours": lambda _, data: judge.judge(read.read(data)),
        "walk": lambda _, data: x12_pyx12.faults(data),
        "program": lambda release, data: x12_pyx12.is_valid(data, release),
    }
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeat + 1):  # the first time maps are loaded and compiled
        for name, step in steps.items():
            start = time.process_time()
            for release, data in files:
                step(release, data)
            taken[name].append(1e3 * (time.process_time() - start) / count)
    ours, walk, program = (min(taken[name][1:]) for name in steps)
    return {
        "small files": count,
        "bytes a small file": sum(len(data) for _, data in files) // count,
        "small file ms": round(ours, 1),
        "small file pyx12 walk ms": round(walk, 2),
        "small file pyx12 program ms": round(program, 1),
        "times the walk, small": round(walk / ours, 2),
        "times the program, small": round(program / ours, 1),
    }


def _rate(data: bytes, step: Callable[[], Any], repeat: int) -> float:
    taken = []
    for _ in range(repeat):
        start = time.process_time()
        result = step()
        taken.append(time.process_time() - start)
        del result
    return len(data) / 1e6 / min(taken)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--slice", type=float, default=0.3, help="megabytes for pyx12")
    parser.add_argument("--small", type=int, default=200, help="how many small files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    chosen = parser.parse_args()
    result = measure(chosen.megabytes, chosen.slice, chosen.seed, chosen.repeat)
    result |= measure_small(chosen.small, chosen.seed, chosen.repeat)
    print(json.dumps(result) if chosen.json else "\n".join(f"{name:>27}  {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
