"""Changes of files as they happen (inotify): how far a program is, and programs that are killed at one of them."""

import contextlib
import os
import select
import signal
import struct
import time

from case import DEADLINE_S, LIBC

IN_MODIFY, IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
IN_ONLYDIR, IN_IGNORED, IN_ISDIR = 0x0100_0000, 0x8000, 0x4000_0000
CHANGES = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE
EVENT = struct.Struct("iIII")


class DiskChanges:
    """Every change below a folder from now on: files and folders that are made, written, renamed and removed."""

    def __init__(self, folder):
        self.inotify = LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.inotify < 0:
            raise OSError("inotify_init1 failed")
        self.folders = {}
        self.unseen = []
        self._watch(os.fspath(folder))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self.inotify)

    def wait_for(self, wanted, process):
        """Until wanted(path of a change) is true. False when the process ended before. Each change is looked at once."""
        deadline = time.monotonic() + DEADLINE_S
        ended = os.pidfd_open(process.pid)
        try:
            poller = select.poll()
            poller.register(self.inotify, select.POLLIN)
            poller.register(ended, select.POLLIN)
            while True:
                ready = dict(poller.poll(max(0, deadline - time.monotonic()) * 1000))
                self._read()
                while self.unseen:
                    if wanted(self.unseen.pop(0)):
                        return ended not in ready
                if ended in ready:
                    return False
                if not ready:
                    raise AssertionError(f"no change and no end within {DEADLINE_S} s")
        finally:
            os.close(ended)

    def _watch(self, folder):
        number = LIBC.inotify_add_watch(self.inotify, os.fsencode(folder), CHANGES | IN_ONLYDIR)
        if number < 0:
            return  # gone already
        self.folders[number] = folder
        with contextlib.suppress(FileNotFoundError):  # as it may go meanwhile
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    self._watch(entry.path)

    def _read(self):
        while True:
            try:
                self._take(os.read(self.inotify, 1 << 16))
            except BlockingIOError:
                return

    def _take(self, data):
        at = 0
        while at < len(data):
            number, mask, _, size = EVENT.unpack_from(data, at)
            name = os.fsdecode(data[at + EVENT.size : at + EVENT.size + size].rstrip(b"\0"))
            at += EVENT.size + size
            if mask & IN_IGNORED or number not in self.folders:
                continue
            path = os.path.join(self.folders[number], name)
            if mask & IN_ISDIR and mask & (IN_CREATE | IN_MOVED_TO):
                self._watch(path)
            self.unseen.append(path)


def count_changes(case, *arguments, exit_code=0):
    """Runs the program to its end; the number of changes below the test's folder."""
    seen = []
    with DiskChanges(case.folder) as changes:
        process = case.start(*arguments)
        changes.wait_for(lambda path: seen.append(path), process)
        _, err = process.communicate()
    case.assertEqual(process.returncode, exit_code, err)
    case.assertGreater(len(seen), 0)
    return len(seen)


def kill_at_change(case, number, *arguments, exit_code=0):
    """Starts the program and kills it (kill -9) at that change below the test's folder; 0 is at its start. False when it ended
    before, which must be with the exit code."""
    left = [number]

    def is_it(path):
        left[0] -= 1
        return left[0] <= 0

    with DiskChanges(case.folder) as changes:
        process = case.start(*arguments)
        if number == 0 or changes.wait_for(is_it, process):
            process.kill()
        _, err = process.communicate()
    if process.returncode != -signal.SIGKILL:
        case.assertEqual(process.returncode, exit_code, err)
    return process.returncode == -signal.SIGKILL
