#!/usr/bin/env python3
"""Compares what hashlens decodes with the pixels that a generated corpus was made of, and with other decoders.

Prints every case that differs and a table by format. Exits with 1 when a case is not as known.py expects.

examples:
  compare.py --program build/release/bin/hashlens_decode_to_ppm
  compare.py --program build/release/bin/hashlens_decode_to_ppm --only tiff --only 'png/grey*' --corpus build/oracle
"""

import argparse
import collections
import dataclasses
import fnmatch
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import decoders
import known
from corpus import Corpus
from families import FAMILIES

MOST = 3.0  # mean absolute difference of 255 up to which two pictures are the same
NOT_KNOWN = "not a picture of a known format"


@dataclasses.dataclass
class Result:
    name: str
    verdict: str  # equal, within, differs, refused, unread
    difference: float | None = None  # mean absolute difference of 255; None without pixels of ours or without the same size
    why: str = ""  # of refused: our error; of differs: what is different
    truth: str = "source"  # what it was compared with: "source", or the decoder's name
    confirmed_by: str = ""  # the first decoder that shows the same as the source
    others: dict = dataclasses.field(default_factory=dict)  # decoder -> what it says where it does not confirm the source

    @property
    def right(self):
        return self.verdict in ("equal", "within")


def difference(a, b):
    """Mean absolute difference, or None when the sizes differ."""
    return float(np.abs(a.astype(int) - b.astype(int)).mean()) if a.shape == b.shape else None


def alike(a, b):
    found = difference(a, b)
    return found is not None and found < MOST


def size_of(pixels):
    return f"{pixels.shape[1]}x{pixels.shape[0]}"


def decode(program, paths):
    """Path -> RGB bytes, or the error as text."""
    names = "".join(f"{path}\n" for path in paths)
    done = subprocess.run([str(program)], input=names.encode(), capture_output=True, timeout=600)
    stream, at, found = done.stdout, 0, {}

    def next_line():
        nonlocal at
        end = stream.find(b"\n", at)
        line, at = stream[at:end], end + 1
        return line

    for path in paths:
        line = next_line()
        if line.startswith(b"error: "):
            found[path] = line[len(b"error: "):].decode(errors="replace")
            continue
        if line != b"P6":
            raise RuntimeError(f"{program} ended at {path}: exit code {done.returncode}: {done.stderr.decode(errors='replace')}")
        width, height = map(int, next_line().split())
        next_line()  # the maximum, 255
        found[path] = np.frombuffer(stream, np.uint8, 3 * width * height, at).reshape(height, width, 3)
        at += 3 * width * height
    return found


def confirm(case, result):
    """Asks decoders until one shows what the source says."""
    for name in case.decoders or decoders.names_for(case.format):
        pixels, why = decoders.ask(name, case.path, case.profile)
        if pixels is None:
            result.others[name] = why
        elif alike(pixels, case.pixels):
            result.confirmed_by = name
            return
        else:
            found = difference(pixels, case.pixels)
            result.others[name] = size_of(pixels) if found is None else f"differs by {found:.1f}"


def truth_of(case, result):
    """The pixels that ours are compared with, or None when no decoder can read the file."""
    if case.pixels is not None:
        confirm(case, result)
        return case.pixels
    for name in case.decoders or decoders.names_for(case.format):
        pixels, why = decoders.ask(name, case.path, case.profile)
        if pixels is not None:
            result.truth = result.confirmed_by = name
            return pixels
        result.others[name] = why
    return None


def judge(case, ours):
    result = Result(case.name, "")
    truth = truth_of(case, result)
    if isinstance(ours, str):
        result.verdict, result.why = "unread" if ours == NOT_KNOWN and case.format not in known.READ else "refused", ours
    elif truth is None:
        result.verdict, result.why, result.truth = "differs", "no decoder reads it", ""
    else:
        result.difference = difference(ours, truth)
        if result.difference is None:
            result.verdict, result.why = "differs", f"{size_of(ours)} instead of {size_of(truth)}"
        elif result.difference < MOST:
            result.verdict = "equal" if result.difference == 0 else "within"
        else:
            means = [tuple(int(v) for v in pixels.reshape(-1, 3).mean(axis=0)) for pixels in (ours, truth)]
            result.verdict, result.why = "differs", f"mean colour {means[0]} instead of {means[1]}"
    return result


def build(folder, only=()):
    corpus = Corpus(folder, only)
    for family in FAMILIES:
        family.add_to(corpus)
    return corpus


def compare(program, corpus):
    ours = decode(program, [case.path for case in corpus.cases])
    return [judge(case, ours[case.path]) for case in corpus.cases]


def complaints(results, corpus):
    """What is not as known.py expects, one line each."""
    for result in results:
        reason = known.reason_for(result.name)
        form = result.name.partition("/")[0]
        if form not in known.READ:
            if result.verdict != "unread":
                yield f"{result.name}: {form} is read now: add it to READ in known.py"
        elif reason is None and not result.right:
            found = "" if result.difference is None else f" by {result.difference:.1f} of 255"
            yield f"{result.name}: {result.verdict}{found} ({result.why}; compared with {result.truth})"
        elif reason is not None and result.right:
            yield f"{result.name}: is right now: remove its line from known.py ({reason})"
        if not result.confirmed_by and not known.unconfirmed(result.name) and "is not installed" not in str(result.others):
            yield f"{result.name}: no other decoder shows what the source says: {result.others}"
        if result.confirmed_by and known.unconfirmed(result.name):
            yield f"{result.name}: {result.confirmed_by} shows the same now: remove its line from UNCONFIRMED in known.py"
    if not corpus.only and not corpus.missing:
        for pattern in known.patterns():
            if not fnmatch.filter((result.name for result in results), pattern):
                yield f"{pattern}: known.py names it, but there is no such case"


def table(results):
    """Format -> counts by verdict, left_out, wrong_today."""
    counts = collections.defaultdict(collections.Counter)
    for result in results:
        row = counts[result.name.partition("/")[0]]
        row["cases"] += 1
        row[result.verdict] += 1
        row["left_out"] += bool(known.left_out(result.name)) and not result.right
        row["wrong_today"] += bool(known.wrong_today(result.name)) and not result.right
    return counts


def print_table(results):
    columns = ("cases", "equal", "within", "differs", "refused", "unread", "left_out", "wrong_today")
    counts = table(results)
    total = sum(counts.values(), collections.Counter())
    print(f"{'format':10}" + "".join(f"{name:>12}" for name in columns))
    for name, row in [*sorted(counts.items()), ("all", total)]:
        print(f"{name:10}" + "".join(f"{row[column] or '-':>12}" for column in columns))


def print_wrong(results):
    for result in results:
        if result.right or result.verdict == "unread":
            continue
        found = "-" if result.difference is None else f"{result.difference:.1f}"
        print(f"{result.verdict:8} {found:>6}  {result.name}: {result.why} [{result.truth}"
              f"{', as ' + result.confirmed_by if result.confirmed_by != result.truth and result.confirmed_by else ''}]"
              f"{'; known: ' + known.reason_for(result.name) if known.reason_for(result.name) else ''}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the test program hashlens_decode_to_ppm")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="compare a format, or cases by pattern; may be repeated")
    parser.add_argument("--corpus", type=pathlib.Path, metavar="FOLDER", help="keep the files of the corpus in this folder")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all results to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        corpus = build(options.corpus or scratch, options.only)
        results = compare(options.program, corpus)
    print_wrong(results)
    print_table(results)
    for name, cases in corpus.missing.items():
        print(f"skipped: {len(cases)} cases need {name}")
    if options.json:
        options.json.write_text(json.dumps({"table": table(results), "results": [dataclasses.asdict(r) for r in results],
                                            "skipped": corpus.missing}, indent=1) + "\n")
    wrong = list(complaints(results, corpus))
    for line in wrong:
        print(f"UNEXPECTED {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
