#!/usr/bin/env python3
"""Prints the tests that were skipped, with their reasons, from logs of test runs.

A LOG is ctest's Testing/Temporary/LastTest.log or what a test runner printed: ctest, GoogleTest,
Python's unittest (-v), node --test, pytest (-rs or -ra).
"""

import argparse
import ast
import collections
import pathlib
import re
import sys

NO_REASON = "no reason given"
COLOR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def googletest(lines):
    """[  SKIPPED ] Suite.Test (0 ms), after the message that "file.cc:12: Skipped" begins. A program that ran no test counts, too."""
    message = None
    for line in lines:
        if line == "[==========] Running 0 tests from 0 test suites.":
            yield "a test program", "ran no test: its filter or its shard left none"
        if re.match(r"\[ RUN      \] ", line):
            message = None
        elif place := re.match(r"(.*:\d+): Skipped$", line):
            message = [place[1]]
        elif skipped := re.match(r"\[  SKIPPED \] (.*) \(\d+ ms\)$", line):
            place, *reason = message or [NO_REASON]
            yield skipped[1], " ".join(reason) or place
            message = None
        elif message and line:
            message.append(line)


def unittest(lines):
    """test_a (module.Class.test_a) ... skipped 'reason'; output of the test may come between."""
    test = None
    for line in lines:
        # The id is followed by " ... ", by a line of the test's documentation, or by the subtest's parameters.
        if named := re.match(r"\s*\w+ \(([\w.]+)\)( [(\[].*[)\]])?(?= \.\.\. |$)", line):
            test = named[1] + (named[2] or "")
        if skipped := re.search(r"(?:^| \.\.\. )skipped ('.*'|\".*\")$", line):
            yield test or "a class or module", ast.literal_eval(skipped[1])
            test = None
        elif re.search(r"(?:^| \.\.\. )(ok|FAIL|ERROR|expected failure|unexpected success)$", line):
            test = None


def node(lines):
    """TAP's "ok 1 - name # SKIP reason" and the spec reporter's "﹣ name (0.1ms) # reason"."""
    for line in lines:
        skipped = re.match(r"\s*(?:not )?ok \d+ - (.*?) # SKIP ?(.*)$", line) or re.match(r"\s*﹣ (.*) \([\d.]+ms\) # (.*)$", line)
        if skipped:
            reason = skipped[2] if skipped[2] != "SKIP" else ""
            yield skipped[1].replace("\\#", "#"), reason.replace("\\#", "#")


def pytest(lines):
    """SKIPPED [2] tests/test_a.py:12: reason"""
    for line in lines:
        if skipped := re.match(r"SKIPPED \[(\d+)\] (.*?:\d+): (.*)$", line):
            for _ in range(int(skipped[1])):
                yield skipped[2], skipped[3]


NOT_RUN = r"(Unable to find (executable|required file):|Failed test dependencies:) "


def ctest(lines):
    """What ctest prints: "3/9 Test #3: name ....***Skipped   0.01 sec", after the reason of a test that did not run."""
    reason = ""
    for line in lines:
        if re.match(NOT_RUN, line):
            reason = line
        elif ended := re.match(r"\s*\d+/\d+ Test\s+#\d+: (\S.*?) \.*(?:\*\*\*| {3})(Skipped|Not Run|\w+)(?: \((Disabled)\))? +[\d.]+ sec", line):
            if ended[2] in ("Skipped", "Not Run"):
                yield ended[1], ended[3] or (reason if ended[2] == "Not Run" and reason else ended[2])
            reason = ""


Runner = collections.namedtuple(
    "Runner",
    [
        "skips",  # lines -> (test, reason) of each skipped test
        "ended",  # matches a line that every finished run has
        "counted",  # matches the line with the number of skipped tests
    ],
)
RUNNERS = (
    Runner(googletest, r"\[==========\] \d+ tests? from ", r"\[  SKIPPED \] (\d+) tests?, listed below"),
    Runner(unittest, r"Ran \d+ tests? in ", r"(?:OK|FAILED|NO TESTS RAN) \(.*?\bskipped=(\d+)"),
    Runner(node, r"(?:#|ℹ) tests \d+$", r"(?:#|ℹ) skipped (\d+)$"),
    Runner(pytest, r"=*\s*\d+ (?:passed|failed|skipped|errors?|xfailed|xpassed|deselected)\b.* in [\d.]+s\b", r"=*\s*(?:\d+ \w+, )*(\d+) skipped\b.* in [\d.]+s\b"),
    Runner(ctest, r"\d+% tests passed, ", r"(?!)"),
)


def read_output(lines):
    """[(test, reason)] of what one or more runners printed, and whether there was a whole run in it."""
    skips, ended = [], False
    for runner in RUNNERS:
        named = [(test, reason or NO_REASON) for test, reason in runner.skips(lines)]
        counted = sum(int(found[1]) for line in lines if (found := re.match(runner.counted, line)))
        skips += named + [("a test that the log does not name", NO_REASON)] * (counted - len(named))
        ended = ended or any(re.match(runner.ended, line) for line in lines)
    return skips, ended


def read_last_test_log(lines):
    """read_output() of each test of ctest's LastTest.log. A test that did not run has no start time there.

    SKIP_RETURN_CODE leaves no trace in this file; such a test prints one line, "skipped: REASON", and no more.
    """
    skips, test, started, output, reason = [], "", True, None, ""
    for line in lines:
        if output is not None:
            if line != "<end of output>":
                output.append(line)
                continue
            inner = [] if not started else read_output(output[1:])[0]
            if len(output) == 2 and output[1].startswith("skipped: "):
                inner = [(test, output[1].removeprefix("skipped: "))]
            skips += [(name if name == test else f"{test}: {name}", why) for name, why in inner]
            if not started:
                skips.append((test, reason or "Disabled"))
            output, reason, reported = None, "", bool(inner) or not started
        elif begun := re.match(r"\s*\d+/\d+ Test: (.*)$", line):
            test, started = begun[1], True
        elif re.match(NOT_RUN, line):
            reason = line
        elif re.match(r'".*" start time: $', line):
            started = False
        elif line == "Output:":
            output = []
        elif line.startswith("Skip regular expression found in output") and not reported:
            skips.append((test, line))
    return skips, any(line.startswith("End testing: ") for line in lines)


def read_log(path):
    lines = [COLOR.sub("", line).rstrip("\r") for line in path.read_text(encoding="utf-8", errors="replace").split("\n")]
    return read_last_test_log(lines) if lines[0].startswith("Start testing: ") else read_output(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--none", action="store_true", help="exit with 1 if a test was skipped")
    parser.add_argument("logs", nargs="+", metavar="LOG", type=pathlib.Path)
    arguments = parser.parse_args()

    counts, unread = collections.Counter(), False
    for path in arguments.logs:
        try:
            skips, ended = read_log(path)
        except OSError as error:
            print(f"skipped_tests: {path}: {error.strerror}", file=sys.stderr)
            unread = True
            continue
        counts.update(skips)
        if not ended:
            print(f"skipped_tests: {path}: no finished test run in this log", file=sys.stderr)
            unread = True

    total = counts.total()
    print("no test was skipped" if total == 0 else "1 test was skipped:" if total == 1 else f"{total} tests were skipped:")
    for (test, reason), count in counts.items():
        print(f"  {test}: {reason}" + (f" ({count} times)" if count > 1 else ""))
    return 2 if unread else int(arguments.none and total > 0)


if __name__ == "__main__":
    sys.exit(main())
