"""All benchmarks, each in a process of its own: `make bench`. Ratios hold on any machine, single seconds on none."""

from __future__ import annotations

import subprocess
import sys
import time

BENCHES = {
    "Decoding a day into tables, on one core": "bench.decode",
    "A day from files on disk to committed tables and answers": "bench.way",
    "Reading and validating X12, beside pyx12": "bench.x12",
    "One more invoice of an entry: the 10th file and the 100th": "bench.invoices",
    "The portal: pages of each persona, and month end": "bench.portal",
    "Closing a month of 1,100 accounts and 3 million summaries": "bench.close",
}


def main() -> int:
    for title, module in BENCHES.items():
        print(f"== {title}: python -m {module}", flush=True)
        began = time.perf_counter()
        code = subprocess.call([sys.executable, "-m", module, *sys.argv[1:]])
        print(f"   ({time.perf_counter() - began:.0f} s)\n", flush=True)
        if code:
            return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
