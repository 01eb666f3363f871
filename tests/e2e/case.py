"""What the end-to-end tests share: the real program, a tiny model, and pictures in a temporary folder.

HASHLENS_PROGRAM is the program, HASHLENS_TEST_PARTS the folder that tools/make_test_model.py wrote; ctest sets both.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from PIL import Image

PROGRAM = os.environ["HASHLENS_PROGRAM"]
PARTS = os.environ["HASHLENS_TEST_PARTS"]


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
        """Starts the program; the caller waits for it."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([PROGRAM, *map(os.fspath, map(_text, arguments))], env=self.environment(), **options)

    def run_program(self, *arguments, exit_code=0, stdin=b"", **options):
        """Runs to the end; (stdout, stderr) as bytes. Fails unless the exit code is the expected one."""
        process = self.start(*arguments, stdin=subprocess.PIPE, **options)
        out, err = process.communicate(stdin, timeout=600)
        self.assertEqual(process.returncode, exit_code, f"{arguments}\n{out.decode(errors='replace')}\n{err.decode(errors='replace')}")
        return out, err

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


def _text(argument):
    return str(argument) if isinstance(argument, int) else argument
