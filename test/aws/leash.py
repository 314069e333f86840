"""MiniStack on a leash: it ends when its standard input does, with the functions that it runs and the directory in which
they were unpacked, so that nothing outlives a test run, not even a killed one."""

import os
import signal
import sys
from pathlib import Path
from shutil import rmtree
from threading import Thread

DIRECTORY = sys.argv.pop()
Path(DIRECTORY).mkdir()
os.environ["TMPDIR"] = DIRECTORY  # Functions are unpacked there, and never cleared away.

from ministack.app import main  # noqa: E402: it reads the environment


def end_with_parent():
    sys.stdin.buffer.read()
    rmtree(DIRECTORY, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


Thread(target=end_with_parent, daemon=True).start()
main()
