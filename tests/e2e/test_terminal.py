"""Progress as terminals show it: one line, however narrow they are."""

import fcntl
import os
import pty
import re
import signal
import struct
import termios
import unittest

from case import Case

PICTURES = 300


class Terminal(Case):
    kind = "xterm"

    def environment(self):
        return {**super().environment(), "TERM": self.kind}

    def setUp(self):
        super().setUp()
        first = self.save("0000.png")
        for i in range(1, PICTURES):
            os.link(first, self.pictures / f"{i:04}.png")
        self.terminal, self.other_end = pty.openpty()
        self.addCleanup(os.close, self.terminal)

    def resize(self, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def index_here(self):
        # A commit for each picture takes long enough for several lines.
        process = self.start("index", self.library, self.pictures, "--batch", 1, stderr=self.other_end)
        self.addCleanup(process.stdout.close)
        os.close(self.other_end)
        return process

    def read(self):
        """What has been written, b"" at the end."""
        try:
            return os.read(self.terminal, 65536)
        except OSError:  # nobody has the other end any more
            return b""

    def read_until(self, text):
        seen = b""
        while text not in seen:
            more = self.read()
            self.assertTrue(more, seen)
            seen += more
        return seen

    def drain(self):
        os.set_blocking(self.terminal, False)
        seen = b""
        while more := self.read():
            seen += more
        os.set_blocking(self.terminal, True)
        return seen

    def read_all(self, process):
        seen = b""
        while more := self.read():
            seen += more
        self.assertEqual(process.wait(timeout=600), 0, seen)
        return seen

    def lines(self, seen):
        """The texts that were drawn over each other; what comes after the last of them is no progress."""
        return [line.decode() for line in re.findall(rb"\r\x1b\[K([^\r]*)", seen)]

    def test_a_wide_terminal_shows_all(self):
        self.resize(120)
        seen = self.read_all(self.index_here())
        lines = self.lines(seen)
        self.assertIn(f"indexing: {PICTURES}/{PICTURES}", lines[-1])
        self.assertIn(b"%d added" % PICTURES, seen)

    def test_no_line_is_longer_than_a_narrow_terminal(self):
        for columns in (16, 5, 1):
            with self.subTest(columns=columns):
                self.library = self.folder / f"{columns}.hashlens"
                self.terminal, self.other_end = pty.openpty()
                self.addCleanup(os.close, self.terminal)
                self.resize(columns)
                lines = self.lines(self.read_all(self.index_here()))
                self.assertGreater(len(lines), 1)
                self.assertLess(max(map(len, lines)), columns, lines)
                self.assertEqual(lines[-1], f"indexing: {PICTURES}/{PICTURES}"[: columns - 1])

    def test_a_terminal_may_become_narrower(self):
        self.resize(120)
        process = self.index_here()
        seen = self.read_until(b"\r\x1b[Kindexing: ")
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        self.drain()
        self.resize(12)
        process.send_signal(signal.SIGCONT)
        lines = self.lines(self.read_all(process))
        self.assertTrue(lines, seen)
        self.assertLess(max(map(len, lines)), 12, lines)


class DumbTerminal(Terminal):
    """Takes no escape sequences: gets what a file gets."""

    kind = "dumb"

    def test_a_wide_terminal_shows_all(self):
        seen = self.read_all(self.index_here())
        self.assertNotIn(b"\x1b", seen)
        self.assertIn(b"%d added" % PICTURES, seen)

    test_no_line_is_longer_than_a_narrow_terminal = test_a_terminal_may_become_narrower = None


if __name__ == "__main__":
    unittest.main()
