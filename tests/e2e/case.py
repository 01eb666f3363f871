"""What the end-to-end tests share: the real program, a tiny model, and pictures in a temporary folder.

HASHLENS_PROGRAM is the program, HASHLENS_TEST_PARTS the folder that tools/make_test_model.py wrote; ctest sets both.
"""

import contextlib
import ctypes
import errno
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from PIL import Image

PROGRAM = os.environ["HASHLENS_PROGRAM"]
PARTS = os.environ["HASHLENS_TEST_PARTS"]

# Of every wait: long enough for a machine that builds something meanwhile.
DEADLINE_S = 300
POLL_S = 0.005

# A shell that runs the tests in the background ignores Ctrl-C for them, and what they start would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

LIBC = ctypes.CDLL(None, use_errno=True)
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def heed_permissions():
    """A preexec_fn: the program is then refused what the permissions of a file refuse, also as root."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and os.geteuid() == 0:
            raise OSError(ctypes.get_errno(), "cannot give up a capability of root")


def picture(seed, size=(24, 24)):
    """A picture of smooth random colours, different for every seed."""
    generator = random.Random(seed)
    small = Image.new("RGB", (4, 4))
    small.putdata([tuple(generator.randrange(256) for _ in range(3)) for _ in range(16)])
    return small.resize(size, Image.Resampling.BICUBIC)


class Case(unittest.TestCase):
    """Each test class has one model package; each test a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="hashlens-e2e-"))
        cls.model = cls.shared / "tiny"
        subprocess.run(
            [PROGRAM, "-q", "model", "pack", PARTS, "-o", cls.model, "--name", "tiny", "--input-size", "32", "--bits", "16,32"],
            check=True,
        )

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hashlens-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.pictures = self.folder / "pictures"
        self.pictures.mkdir()
        self.library = self.folder / "test.hashlens"

    def environment(self):
        return {**os.environ, "HASHLENS_MODEL": str(self.model)}

    def start(self, *arguments, **options):
        """Starts the program; the caller waits for it. It does not outlive the test."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen([PROGRAM, *map(os.fspath, map(_text, arguments))], env=self.environment(), **options)
        self.addCleanup(_end, process)
        return process

    def run_program(self, *arguments, exit_code=0, stdin=b"", **options):
        """Runs to the end; (stdout, stderr) as bytes. Fails unless the exit code is the expected one."""
        process = self.start(*arguments, stdin=subprocess.PIPE, **options)
        out, err = process.communicate(stdin, timeout=600)
        self.assertEqual(process.returncode, exit_code, f"{arguments}\n{out.decode(errors='replace')}\n{err.decode(errors='replace')}")
        return out, err

    def wait_for(self, condition, what, seconds=DEADLINE_S):
        """Returns the first true value of condition(). Fails when there is none in time. No other code of the tests sleeps."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                self.fail(f"not within {seconds} s: {what}")
            time.sleep(POLL_S)
        return value

    def wait_while_running(self, process, condition, what):
        """Like wait_for. Also fails when the process ends before."""
        def met():
            ended = process.poll() is not None
            value = condition()
            if ended and not value:
                self.fail(f"exit code {process.returncode} before {what}")
            return value

        return self.wait_for(met, what)

    @contextlib.contextmanager
    def paused(self, process):
        """Stops the process where it is, and continues it afterwards. Fails when it has ended already."""
        process.send_signal(signal.SIGSTOP)
        self.assertIsNone(process.returncode, "ended before it could be stopped")
        state = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        self.assertEqual(state.si_code, os.CLD_STOPPED, "ended before it could be stopped")
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def mount_small_disk(self, size):
        """A file system of `size`, such as "4m"; unmounted after the test."""
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a small tmpfs (needs root): " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        return disk

    def fill_disk(self, disk):
        """Leaves no byte free; returns the file that takes the room."""
        filler = disk / "filler"
        with self.assertRaises(OSError) as full, open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(1024))
        self.assertEqual(full.exception.errno, errno.ENOSPC)
        return filler

    def index(self, *arguments, exit_code=0):
        return self.run_program("index", self.library, self.pictures, *arguments, exit_code=exit_code)

    def json_lines(self, *arguments, exit_code=0):
        out, _ = self.run_program(*arguments, exit_code=exit_code)
        return [json.loads(line) for line in out.splitlines()]

    def info(self):
        return self.json_lines("info", self.library, "--json")[0]

    def failures(self):
        return {pathlib.Path(row["path"]).name: row["reason"] for row in self.json_lines("failures", self.library, "--json")}

    def verify(self, exit_code=0):
        return self.run_program("verify", self.library, exit_code=exit_code)

    def content(self):
        """Bytes of every exported file: what equal libraries have in common."""
        out = self.folder / "export"
        shutil.rmtree(out, ignore_errors=True)
        self.run_program("export", self.library, out)
        return {path.name: path.read_bytes() for path in sorted(out.iterdir())}

    def save(self, name, seed=None, image=None, **options):
        path = self.pictures / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (image or picture(name if seed is None else seed)).save(path, **options)
        return path


def _end(process):
    if process.poll() is None:
        process.kill()
    with process:  # waits, and closes the pipes
        pass


def _text(argument):
    return str(argument) if isinstance(argument, int) else argument
