"""A process for test_processes: it and its fork, in a group of its own, ignore SIGTERM and write their ids."""

import os
import signal
import sys
import time
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN)
if not os.fork():
    os.setpgid(0, 0)
Path(sys.argv[1], str(os.getpid())).touch()
time.sleep(60)
