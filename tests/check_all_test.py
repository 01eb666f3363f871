#!/usr/bin/env python3
"""tools/check_all.sh goes on after a failure, and runs a part again only if the content changed. Builds and tests are fakes here."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PARTS = ["kills", "schemathesis", "train", "wheel", "docs", "dev", "tidy", "asan", "asan-train", "tsan", "fuzz", "packages", "service"]

# Notes its name, settings and arguments, then fails or waits as the test wants.
FAKE = r"""#!/usr/bin/env bash
call="$(basename "$0") $*"
echo "${HASHLENS_KILLS:+HASHLENS_KILLS=$HASHLENS_KILLS }${HASHLENS_OPENAPI_EXAMPLES:+HASHLENS_OPENAPI_EXAMPLES=$HASHLENS_OPENAPI_EXAMPLES }$call" >>"$CALLS"
echo "output of $call"
if [[ -n "${WAIT_IN-}" && $call == *"$WAIT_IN"* ]]; then touch "$CALLS.waiting"; sleep 60; fi
if [[ -n "${CHANGE_IN-}" && $call == *"$CHANGE_IN"* ]]; then echo changed >>tracked.txt; fi
if [[ $call == ctest* || $call == "make test-all" ]]; then
  mkdir -p build/release/Testing/Temporary
  { echo "Start testing: now"
    echo "1/1 Test: e2e.test_a"
    echo "\"e2e.test_a\" start time: now"
    echo "Output:"
    echo "----------------------------------------------------------"
    echo "test_a (test_a.A.test_a) ... ${SKIP:-ok}"
    echo "<end of output>"
    echo "End testing: now"
  } >build/release/Testing/Temporary/LastTest.log
fi
if [[ $call == python_wheel.sh* ]]; then echo "3 passed in 0.1s"; fi
if [[ $call == dpkg-query* ]]; then echo installed; fi
if [[ -n "${FAIL-}" && $call == *"$FAIL"* ]]; then exit 3; fi
"""


class CheckAllTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve() / "tree"
        self.calls_file = self.root.parent / "calls"
        bin_folder = self.root.parent / "bin"
        for fake in ("make", "cmake", "ctest", "dpkg-query", "apt-get"):
            self.make_program(bin_folder / fake, FAKE)
        self.make_program(bin_folder / "sudo", '#!/usr/bin/env bash\nexec "$@"\n')
        for fake in ("tools/setup.sh", "tools/python_wheel.sh", "tools/check.sh", "tools/fuzz.sh", "packaging/check_contents.sh", "packaging/check_deb.sh", "packaging/check_service.sh"):
            self.make_program(self.root / fake, FAKE)
        for tool in ("check_all.sh", "stages.sh", "progress.sh", "skipped_tests.py"):
            shutil.copy(ROOT / "tools" / tool, self.root / "tools")
        (self.root / ".gitignore").write_text("/build/\n__pycache__/\n")
        (self.root / "tracked.txt").write_text("one\n")
        self.environment = {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "HOME": str(self.root.parent),
            "CALLS": str(self.calls_file),
            "LC_ALL": "C.UTF-8",
        }
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "a")
        self.git("config", "user.email", "a@example.org")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "all")

    def make_program(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def git(self, *arguments):
        return subprocess.run(["git", *arguments], cwd=self.root, env=self.environment, capture_output=True, text=True, check=True).stdout

    def check_all(self, *arguments, **settings):
        """The finished run; self.calls are the programs that it called."""
        self.calls_file.unlink(missing_ok=True)
        done = subprocess.run(
            [self.root / "tools/check_all.sh", *arguments], env=self.environment | settings, capture_output=True, text=True, check=False
        )
        self.calls = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return done

    def table(self, done):
        """The names in the table of times."""
        return re.findall(r"^(\S+) +\d+\.\d +\d+\.\d", done.stdout, re.MULTILINE)

    def test_all_parts_in_order(self):
        done = self.check_all()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.table(done), [*PARTS, "total"])
        self.assertTrue(done.stdout.endswith("no test was skipped\n"), done.stdout)
        for call in (
            "HASHLENS_KILLS=100 ctest --preset release --no-tests=error -R ^e2e[.]test_(crash|features)$",
            "HASHLENS_OPENAPI_EXAMPLES=400 ctest --preset release --no-tests=error -R ^e2e[.]test_openapi$",
            "make test-all",
            "python_wheel.sh --all",
            "make docs",
            "check.sh ",
            "fuzz.sh all 1",
            "cmake --preset asan-ubsan -D HASHLENS_TRAIN=OFF",
            "check_deb.sh build/release/packages",
            "check_service.sh build/release/packages",
        ):
            self.assertIn(call, self.calls)
        self.assertEqual(self.git("status", "--short"), "")

    def test_the_list_and_the_help(self):
        self.assertEqual([line.split()[0] for line in self.check_all("--list").stdout.splitlines()], PARTS)
        done = self.check_all("--help")
        self.assertEqual((done.returncode, done.stderr, self.calls), (0, "", []))
        self.assertIn("Examples:", done.stdout)
        done = self.check_all("kills", "nothing")
        self.assertEqual((done.returncode, self.calls), (2, []))
        self.assertIn('there is no part "nothing"', done.stderr)

    def test_sanitizers_are_three_parts(self):
        self.assertEqual(self.table(self.check_all("sanitizers")), ["asan", "asan-train", "tsan", "total"])

    def test_a_failure_is_named_at_the_end_and_the_rest_runs(self):
        done = self.check_all("docs", "dev", "tidy", "packages", FAIL="check.sh")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.table(done), ["docs", "dev", "tidy", "packages", "total"])
        self.assertRegex(done.stdout, r"(?m)^tidy .*FAILED$")
        self.assertIn("output of check.sh", done.stderr)
        self.assertEqual(done.stderr.splitlines()[-1], "check_all: FAILED: tidy; see build/check_all/PART.log")
        self.assertIn("output of make docs", (self.root / "build/check_all/docs.log").read_text())
        # Only that part runs again.
        done = self.check_all("docs", "dev", "tidy", "packages")
        self.assertEqual((done.returncode, self.table(done)), (0, ["tidy", "total"]))

    def test_the_first_command_that_fails_ends_a_part(self):
        done = self.check_all("asan", FAIL="cmake --build")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([call for call in self.calls if call.startswith("ctest")], [])

    def test_what_has_passed_runs_again_only_for_another_content(self):
        self.assertEqual(self.table(self.check_all("docs")), ["docs", "total"])
        done = self.check_all("docs")
        self.assertEqual((done.returncode, self.calls, self.table(done)), (0, [], []))
        self.assertIn("passed before for this content: docs", done.stderr)
        self.assertEqual(self.table(self.check_all("--again", "docs")), ["docs", "total"])
        # A changed file, a new one, another mode; then the same committed, which is no new content.
        (self.root / "tracked.txt").write_text("two\n")
        self.assertEqual(self.table(self.check_all("docs")), ["docs", "total"])
        (self.root / "new.txt").write_text("")
        self.assertEqual(self.table(self.check_all("docs")), ["docs", "total"])
        (self.root / "new.txt").chmod(0o755)
        self.assertEqual(self.table(self.check_all("docs")), ["docs", "total"])
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "the same")
        self.assertEqual(self.table(self.check_all("docs")), [])

    def test_a_tree_that_changes_meanwhile_does_not_count(self):
        done = self.check_all("docs", CHANGE_IN="make docs")
        self.assertEqual(done.returncode, 0)
        self.assertIn("files changed while it ran", done.stderr)
        self.assertEqual(self.table(self.check_all("docs")), ["docs", "total"])

    def test_skipped_tests_of_all_parts_come_at_the_end(self):
        done = self.check_all("kills", "asan", "wheel", SKIP="skipped 'needs root'")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.endswith("2 tests were skipped:\n  e2e.test_a: test_a.A.test_a: needs root (2 times)\n"), done.stdout)
        # Also those of parts that had passed.
        done = self.check_all("kills", "asan", "wheel")
        self.assertIn("2 tests were skipped", done.stdout)

    def test_all_runs_of_ctest_in_a_part_count(self):
        done = self.check_all("tsan", SKIP="skipped 'why'")
        self.assertIn("3 tests were skipped", done.stdout)

    def test_schemathesis_may_not_be_skipped(self):
        self.assertEqual(self.check_all("schemathesis", SKIP="skipped 'not installed'").returncode, 1)

    def test_after_an_interruption_it_goes_on(self):
        self.calls_file.unlink(missing_ok=True)
        process = subprocess.Popen(
            [self.root / "tools/check_all.sh", "kills", "docs", "dev", "tidy"],
            env=self.environment | {"WAIT_IN": "make docs"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        while not pathlib.Path(f"{self.calls_file}.waiting").exists():
            self.assertIsNone(process.poll())
        done = self.check_all("docs")
        self.assertEqual(done.returncode, 2)
        self.assertIn("another tools/check_all.sh is at work", done.stderr)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate()
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("interrupted in docs", err)
        self.assertEqual(self.table(self.check_all("kills", "docs", "dev", "tidy")), ["docs", "dev", "tidy", "total"])


if __name__ == "__main__":
    unittest.main()
