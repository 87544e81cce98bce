"""How fast a day of entry summaries becomes tables: MB/s on one core, and as a ratio to a plain copy of the same bytes.

    python -m bench.decode [--summaries 15000] [--seed 1] [--repeat 3] [--json]

Everything is decoded: every field of every record, characters checked, into pandas tables with Arrow strings. The bytes
are those of :mod:`bench.generate`, all files of the day joined into one shard. The best of the repetitions counts: the
first one also pays the operating system for memory that later ones find ready.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from bench.generate import DEFAULT_DAY, generate
from parsers.catair import envelope, envelope_checks, framing, read


def measure(data: bytes, repeat: int = 3) -> dict[str, float]:
    """Seconds of each step over ``data``, the best of ``repeat``, and what follows from them."""
    pa.set_cpu_count(1)
    parsed = read.parse([data])
    frames = parsed.frames
    began = time.process_time()
    read.parse([data])
    cpu = time.process_time() - began
    seconds = {
        "copy": _best(lambda: np.frombuffer(data, np.uint8).copy(), repeat),
        "frame": _best(lambda: framing.frame([data]), repeat),
        "envelope": _best(lambda: envelope_checks.check(frames, envelope.read(frames)), repeat),
        "parse": _best(lambda: read.parse([data]), repeat),
    }
    return {
        "megabytes": round(len(data) / 1e6, 1),
        "records": len(frames),
        "transactions": len(parsed.transactions),
        "record types": len(parsed.tables),
        "rejected batches": int(parsed.batches["rejected"].sum()),
        **{f"{step} seconds": round(value, 4) for step, value in seconds.items()},
        "parse cpu seconds": round(cpu, 4),  # what remains when neighbours share the machine
        "megabytes a second": round(len(data) / 1e6 / seconds["parse"], 1),
        "times a copy": round(seconds["parse"] / seconds["copy"], 1),
        "peak megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _best(step: Callable[[], Any], repeat: int) -> float:
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = step()
        taken.append(time.perf_counter() - start)
        del result
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--summaries", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    chosen = parser.parse_args()
    data = b"".join(file.data for file in generate(DEFAULT_DAY, chosen.summaries, chosen.seed))
    result = measure(data, chosen.repeat)
    print(json.dumps(result) if chosen.json else "\n".join(f"{name:>20}  {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
