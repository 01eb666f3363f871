#!/usr/bin/env python3
"""Every fuzz target is built and has seeds; tools/fuzz.sh reports what targets did. Builds and targets are fakes here."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ = ROOT / "fuzz"
MOST_SEED_BYTES = 300_000

TARGET = """#!/bin/sh
for option in "$@"; do
  case $option in -artifact_prefix=*) prefix=${option#*=} ;; esac
done
echo "#3 DONE cov: 12 ft: 34 corp: 2/9b exec/s: 5" >&2
echo "stat::number_of_executed_units: 1000" >&2
echo "stat::average_exec_per_sec:     50" >&2
%s
"""


class TargetsTest(unittest.TestCase):
    def setUp(self):
        listed = subprocess.run([ROOT / "tools/fuzz.sh", "--list"], capture_output=True, text=True, check=True)
        self.targets = listed.stdout.split()

    def test_every_target_is_listed(self):
        files = [file.stem for file in FUZZ.glob("*.cc") if "const FuzzTarget k" in file.read_text()]
        self.assertEqual(sorted(files), sorted(self.targets))

    def test_a_target_is_named_as_its_file(self):
        for name in self.targets:
            self.assertIn(f'("{name}", ', (FUZZ / f"{name}.cc").read_text())

    def test_every_target_has_seeds_and_all_are_small(self):
        for name in self.targets:
            self.assertTrue(list((FUZZ / "corpus" / name).iterdir()), name)
        self.assertLess(sum(file.stat().st_size for file in (FUZZ / "corpus").rglob("*") if file.is_file()), MOST_SEED_BYTES)

    def test_dictionaries_are_of_targets(self):
        for file in (FUZZ / "dictionaries").iterdir():
            self.assertIn(file.stem, self.targets)


class ToolTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tools").mkdir()
        for tool in ("fuzz.sh", "progress.sh"):
            shutil.copy(ROOT / "tools" / tool, self.root / "tools")
        (self.root / "fuzz").mkdir()
        (self.root / "fuzz/CMakeLists.txt").write_text("hashlens_fuzz(good hashlens_base)\nhashlens_fuzz(bad hashlens_base)\n")
        self.write("bin/cmake", "#!/bin/sh\n")
        self.write("build/fuzz/bin/fuzz_good", TARGET % "")
        self.write("build/fuzz/bin/fuzz_bad", TARGET % 'echo "artifact_prefix=x; Test unit written to ${prefix}crash-1" >&2; exit 77')

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def fuzz(self, *arguments):
        environment = os.environ | {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"}
        return subprocess.run([self.root / "tools/fuzz.sh", *arguments], env=environment, capture_output=True, text=True, check=False)

    def test_what_a_target_did(self):
        done = self.fuzz("good", "1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines()[1].split(), ["good", "1000", "50", "12", "34", "none"])

    def test_a_finding(self):
        done = self.fuzz("all", "0.5", "--json")
        self.assertEqual(done.returncode, 1)
        good, bad = json.loads(done.stdout)
        self.assertEqual((good["target"], good["seconds"], good["executions"], good["finding"]), ("good", 30, 1000, None))
        self.assertEqual(bad["finding"], "build/fuzz/findings/bad/crash-1")
        self.assertIn("bad: build/fuzz/findings/bad/crash-1", done.stderr)

    def test_wrong_usage(self):
        for arguments in ((), ("good",), ("good", "x"), ("good", "0"), ("other", "1"), ("good", "1", "--jsn")):
            done = self.fuzz(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertEqual(len(done.stderr.splitlines()), 1, arguments)
        self.assertEqual(self.fuzz("--help").returncode, 0)

    def test_a_build_that_fails(self):
        self.write("bin/cmake", "#!/bin/sh\necho no compiler >&2\nexit 1\n")
        done = self.fuzz("good", "1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no compiler", done.stderr)
        self.assertIn("tools/setup.sh --fuzz", done.stderr)


if __name__ == "__main__":
    unittest.main()
