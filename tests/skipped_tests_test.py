#!/usr/bin/env python3
"""tools/skipped_tests.py finds the skipped tests in what each test runner prints."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent.parent / "tools" / "skipped_tests.py"

# The samples are output of the runners: GoogleTest 1.12, Python 3.11, Node.js 20, pytest 9, CMake 3.25.
GOOGLETEST = """\
[==========] Running 6 tests from 2 test suites.
[----------] 4 tests from Formats
[ RUN      ] Formats.Plain
[       OK ] Formats.Plain (0 ms)
[ RUN      ] Formats.Reason
some output
s.cc:4: Skipped
this machine's libvips cannot write .jxl
[  SKIPPED ] Formats.Reason (0 ms)
[ RUN      ] Formats.NoReason
s.cc:5: Skipped

[  SKIPPED ] Formats.NoReason (0 ms)
[ RUN      ] Formats.TwoLines
s.cc:6: Skipped
first line
second line
[  SKIPPED ] Formats.TwoLines (0 ms)
[----------] 4 tests from Formats (0 ms total)

[----------] 2 tests from All/Param
[ RUN      ] All/Param.Odd/0
[       OK ] All/Param.Odd/0 (0 ms)
[ RUN      ] All/Param.Odd/1
s.cc:9: Skipped
odd
[  SKIPPED ] All/Param.Odd/1 (0 ms)
[----------] 2 tests from All/Param (0 ms total)

[==========] 6 tests from 2 test suites ran. (0 ms total)
[  PASSED  ] 2 tests.
[  SKIPPED ] 4 tests, listed below:
[  SKIPPED ] Formats.Reason
[  SKIPPED ] Formats.NoReason
[  SKIPPED ] Formats.TwoLines
[  SKIPPED ] All/Param.Odd/1
"""
GOOGLETEST_SKIPS = [
    "Formats.Reason: this machine's libvips cannot write .jxl",
    "Formats.NoReason: s.cc:5",
    "Formats.TwoLines: first line second line",
    "All/Param.Odd/1: odd",
]

UNITTEST = r"""test_empty (sample.One.test_empty) ... skipped ''
test_noisy (sample.One.test_noisy) ... noise
out
skipped 'after noise'
test_ok (sample.One.test_ok) ... ok
test_said (sample.One.test_said)
A line about it. ... skipped 'it\'s "quoted"'
test_sub (sample.One.test_sub) ... 
  test_sub (sample.One.test_sub) (i=1) ... skipped 'sub 1'
  test_sub (sample.One.test_sub) (i=2) ... skipped 'sub 2'
test_x (sample.One.test_x) ... expected failure
skipped 'no class'
test_a (sample.Whole.test_a) ... skipped 'Schemathesis is not installed: tools/setup.sh --web'

----------------------------------------------------------------------
Ran 7 tests in 0.001s

OK (skipped=7, expected failures=1)
"""
UNITTEST_SKIPS = [
    "sample.One.test_empty: no reason given",
    "sample.One.test_noisy: after noise",
    "sample.One.test_said: it's \"quoted\"",
    "sample.One.test_sub (i=1): sub 1",
    "sample.One.test_sub (i=2): sub 2",
    "a class or module: no class",
    "sample.Whole.test_a: Schemathesis is not installed: tools/setup.sh --web",
]

NODE_TAP = r"""TAP version 13
# Subtest: plain
ok 1 - plain
  ---
  duration_ms: 0.780126
  ...
# Subtest: with a reason
ok 2 - with a reason # SKIP no Chromium
  ---
  duration_ms: 0.092111
  ...
# Subtest: later \# 1
ok 3 - later \# 1 # SKIP said in the test
  ---
  duration_ms: 0.084617
  ...
# Subtest: to do
ok 4 - to do # TODO
  ---
  duration_ms: 0.10948
  ...
# Subtest: the page
    # Subtest: opens
    ok 1 - opens
      ---
      duration_ms: 4.881026
      ...
    # Subtest: closes
    ok 2 - closes # SKIP
      ---
      duration_ms: 0.090353
      ...
    1..2
ok 5 - the page
  ---
  duration_ms: 5.249583
  type: 'suite'
  ...
1..5
# tests 6
# suites 1
# pass 2
# fail 0
# cancelled 0
# skipped 3
# todo 1
# duration_ms 162.042784
"""
NODE_SPEC = """\
✔ plain (0.91256ms)
﹣ with a reason (0.090425ms) # no Chromium
﹣ later # 1 (0.108887ms) # said in the test
✔ to do (0.112027ms) # TODO
▶ the page
  ✔ opens (1.155557ms)
  ﹣ closes (0.071557ms) # SKIP
✔ the page (1.514617ms)
ℹ tests 6
ℹ suites 1
ℹ pass 2
ℹ fail 0
ℹ cancelled 0
ℹ skipped 3
ℹ todo 1
ℹ duration_ms 142.68147
"""
NODE_SKIPS = ["with a reason: no Chromium", "later # 1: said in the test", "closes: no reason given"]

PYTEST = """\
.ss.s                                                                    [100%]
=========================== short test summary info ============================
SKIPPED [1] test_b.py:2: could not import 'torch': No module named 'torch'
SKIPPED [2] test_a.py:9: not today: later
2 passed, 3 skipped, 1 xfailed in 0.01s
"""
PYTEST_SKIPS = ["test_b.py:2: could not import 'torch': No module named 'torch'", "test_a.py:9: not today: later (2 times)"]

CTEST = """\
Test project /tmp/build
      Start  1: Formats.Plain
 1/6 Test  #1: Formats.Plain ....................   Passed    0.01 sec
      Start  2: code
 2/6 Test  #2: code .............................***Skipped   0.00 sec
      Start  3: missing
Could not find executable /nonexistent/program
Unable to find executable: /nonexistent/program
 3/6 Test  #3: missing ..........................***Not Run   0.00 sec
      Start  4: off
 4/6 Test  #4: off ..............................***Not Run (Disabled)   0.00 sec
      Start  5: fails
 5/6 Test  #5: fails ............................***Failed    0.00 sec
      Start  6: needs
Failed test dependencies: setup
 6/6 Test  #6: needs ............................***Not Run   0.00 sec

60% tests passed, 2 tests failed out of 5

The following tests did not run:
	  2 - code (Skipped)
	  4 - off (Disabled)
"""
CTEST_SKIPS = [
    "code: Skipped",
    "missing: Unable to find executable: /nonexistent/program",
    "off: Disabled",
    "needs: Failed test dependencies: setup",
]


def last_test_log(*tests):
    """ctest's LastTest.log of tests: (name, output, what ctest says after it) or (name, None, what it says before it)."""
    rule = "-" * 58 + "\n"
    text = "Start testing: Nov 30 23:37 UTC\n" + rule
    for i, (name, output, says) in enumerate(tests):
        at = f"{i + 1}/{len(tests)}"
        text += says if output is None else ""
        text += f'{at} Testing: {name}\n{at} Test: {name}\nCommand: ""\nDirectory: /tmp/build\n'
        text += f'"{name}" start time: {"" if output is None else "Nov 30 23:37 UTC"}\nOutput:\n{rule}{output or ""}<end of output>\n'
        text += f"Test time =   0.01 sec\n{rule}{says or 'Test Passed.' + chr(10) if output is not None else 'Test Passed.' + chr(10)}"
        text += f'"{name}" end time: Nov 30 23:37 UTC\n"{name}" time elapsed: 00:00:00\n{rule}\n'
    return text + "End testing: Nov 30 23:37 UTC\n\nmodule =   0.04 sec*proc\n\n"


SKIP_EXPRESSION = "Test Pass Reason:\nSkip regular expression found in output. Regex=[\\[  SKIPPED \\]]\n"


class SkippedTestsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_tool(self, *texts, options=()):
        logs = [self.folder / f"{i}.log" for i in range(len(texts))]
        for log, text in zip(logs, texts):
            log.write_text(text)
        return subprocess.run([sys.executable, TOOL, *options, *logs], capture_output=True, text=True, check=False)

    def assert_skips(self, done, total, expected):
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        first, *lines = done.stdout.splitlines()
        self.assertEqual(lines, [f"  {line}" for line in expected])
        self.assertEqual(first, "1 test was skipped:" if total == 1 else f"{total} tests were skipped:")

    def test_what_each_runner_prints(self):
        for text, total, expected in (
            (GOOGLETEST, 4, GOOGLETEST_SKIPS),
            (UNITTEST, 7, UNITTEST_SKIPS),
            (NODE_TAP, 3, NODE_SKIPS),
            (NODE_SPEC, 3, NODE_SKIPS),
            (PYTEST, 3, PYTEST_SKIPS),
            (CTEST, 4, CTEST_SKIPS),
        ):
            with self.subTest(expected[0]):
                self.assert_skips(self.run_tool(text), total, expected)
                coloured = "\n".join(f"\x1b[32m{line}\x1b[0m" for line in text.split("\n"))
                self.assert_skips(self.run_tool(coloured), total, expected)

    def test_one_log_of_several_runners(self):
        self.assert_skips(self.run_tool(PYTEST + UNITTEST + GOOGLETEST), 14, GOOGLETEST_SKIPS + UNITTEST_SKIPS + PYTEST_SKIPS)

    def test_the_log_of_ctest(self):
        one = GOOGLETEST.partition("[ RUN      ] Formats.NoReason")[0]
        log = last_test_log(
            ("Formats.Plain", "[       OK ] Formats.Plain (0 ms)\n", ""),
            ("Formats.Reason", one, SKIP_EXPRESSION),
            ("e2e.test_a", UNITTEST, ""),
            ("missing", None, "Unable to find executable: /nonexistent/program\n"),
            ("off", None, ""),
            ("browser.page", NODE_TAP, "Test Failed.\n"),
            ("other", "skipping\n", SKIP_EXPRESSION),
            ("browser.code", "skipped: tools/setup.sh --web installs it\n", ""),
            ("needs", None, "Failed test dependencies: setup\n"),
        )
        expected = [
            GOOGLETEST_SKIPS[0],
            *(f"e2e.test_a: {line}" for line in UNITTEST_SKIPS),
            "missing: Unable to find executable: /nonexistent/program",
            "off: Disabled",
            *(f"browser.page: {line}" for line in NODE_SKIPS),
            "other: " + SKIP_EXPRESSION.splitlines()[1],
            "browser.code: tools/setup.sh --web installs it",
            "needs: Failed test dependencies: setup",
        ]
        self.assert_skips(self.run_tool(log), 16, expected)

    def test_a_program_that_ran_no_test(self):
        empty = "[==========] Running 0 tests from 0 test suites.\n[==========] 0 tests from 0 test suites ran. (0 ms total)\n[  PASSED  ] 0 tests.\n"
        done = self.run_tool(empty, options=("--none",))
        self.assertEqual(done.returncode, 1)
        self.assertIn("ran no test", done.stdout)

    def test_several_logs_are_added_up(self):
        done = self.run_tool(PYTEST, last_test_log(("a", GOOGLETEST, "")), PYTEST)
        self.assert_skips(done, 10, [PYTEST_SKIPS[0] + " (2 times)", PYTEST_SKIPS[1].replace("2 times", "4 times"), *(f"a: {line}" for line in GOOGLETEST_SKIPS)])

    def test_tests_that_only_the_summary_counts(self):
        self.assert_skips(self.run_tool("s.s\n" + "-" * 70 + "\nRan 3 tests in 0.001s\n\nOK (skipped=2)\n"), 2, ["a test that the log does not name: no reason given (2 times)"])
        self.assert_skips(self.run_tool("..s\n2 passed, 1 skipped in 0.02s\n"), 1, ["a test that the log does not name: no reason given"])

    def test_what_python_prints_today(self):
        (self.folder / "sample.py").write_text(
            "import unittest\nclass A(unittest.TestCase):\n  def test_a(self): self.skipTest('why not')\n  def test_b(self): pass\n"
        )
        done = subprocess.run([sys.executable, "-m", "unittest", "-v", "sample"], cwd=self.folder, capture_output=True, text=True, check=True)
        self.assert_skips(self.run_tool(done.stderr), 1, ["sample.A.test_a: why not"])

    def test_none_fails_only_if_a_test_was_skipped(self):
        clean = last_test_log(("a", "skipped or not, a # SKIP in the middle\n", ""))
        for options in ((), ("--none",)):
            done = self.run_tool(clean, options=options)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "no test was skipped\n", ""))
        self.assertEqual(self.run_tool(clean, PYTEST, options=("--none",)).returncode, 1)

    def test_a_log_without_a_finished_run_is_an_error(self):
        for text in ("", "make: *** No rule to make target\n", last_test_log(("a", GOOGLETEST, "")).partition("End testing")[0]):
            for options in ((), ("--none",)):
                done = self.run_tool(text, options=options)
                self.assertEqual(done.returncode, 2)
                self.assertIn("0.log: no finished test run in this log", done.stderr)
        done = subprocess.run([sys.executable, TOOL, self.folder / "none.log"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("No such file", done.stderr)


if __name__ == "__main__":
    unittest.main()
