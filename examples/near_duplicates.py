#!/usr/bin/env python3
"""Prints pairs of pictures that are nearly the same: distance, path, path; the nearest first, tabs between.

usage: near_duplicates.py LIB [--below DISTANCE] [-k NEIGHBOURS] [--copies]

Every image of the library is a query for its NEIGHBOURS nearest; pairs below DISTANCE are printed once each, with tabs, newlines and bytes that are
no UTF-8 in their names escaped. With --copies only the second path of each is, as it is on disk, ended by NUL: for `xargs -0`.
The program is `hashlens` of the PATH, or what HASHLENS_PROGRAM names.
"""

import argparse
import json
import os
import subprocess
import sys

PROGRAM = os.environ.get("HASHLENS_PROGRAM", "hashlens")
BATCH = 500  # queries that one process answers


def json_lines(*arguments):
    done = subprocess.run([PROGRAM, "--quiet", *arguments, "--json"], stdout=subprocess.PIPE)
    if done.returncode not in (0, 3):  # 3: some queries failed, and stderr says which
        sys.exit(done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def path_of(image):
    """The bytes on disk: a path that is no UTF-8 has them as path_hex."""
    return bytes.fromhex(image["path_hex"]) if "path_hex" in image else image["path"].encode()


def printable(path):
    text = path.decode(errors="backslashreplace")
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library")
    parser.add_argument("--below", type=float, default=0.5)
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--copies", action="store_true")
    arguments = parser.parse_args()

    paths = {image["id"]: path_of(image) for image in json_lines("list", arguments.library)}
    ids = sorted(paths)
    pairs = {}
    for first in range(0, len(ids), BATCH):
        queries = [f"--id={number}" for number in ids[first : first + BATCH]]
        for result in json_lines("search", arguments.library, "-k", str(arguments.k + 1), *queries):
            query = int(result["query"].removeprefix("id:"))
            for hit in result.get("hits", ()):
                if hit["id"] != query and hit["distance"] < arguments.below:
                    pairs[min(query, hit["id"]), max(query, hit["id"])] = hit["distance"]
    for (one, other), distance in sorted(pairs.items(), key=lambda pair: (pair[1], pair[0])):
        if arguments.copies:
            sys.stdout.buffer.write(paths[other] + b"\0")
        else:
            print(f"{distance:.4f}\t{printable(paths[one])}\t{printable(paths[other])}")


if __name__ == "__main__":
    main()
