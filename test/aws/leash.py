"""MiniStack on a leash: it ends when its standard input does, with the functions that it runs, so that nothing outlives
a test run, not even a killed one."""

import os
import signal
import sys
from threading import Thread

from ministack.app import main


def end_with_parent():
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGTERM)


Thread(target=end_with_parent, daemon=True).start()
main()
