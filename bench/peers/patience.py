"""Ends a process whose index takes too long to build."""

import contextlib
import os
import threading
import time

from engine import BUILD_THREADS

LOOK_EVERY_S = 0.5


@contextlib.contextmanager
def patience(seconds, give_up):
    """Calls give_up() and ends the process with the code that it returns, when the body takes more than `seconds` of all cores.

    The time is that which all cores would take without other work: what others use of the machine does not count.
    A library that adds a row in one long call cannot be interrupted otherwise.
    """
    done = threading.Event()
    start = time.process_time()

    def watch():
        while not done.wait(LOOK_EVERY_S):
            if (time.process_time() - start) / BUILD_THREADS > seconds:
                os._exit(give_up())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
