#!/usr/bin/env python3
"""Prints pairs of pictures that are nearly the same: distance, path, path; the nearest first, tabs between.

usage: near_duplicates.py LIB [--below DISTANCE] [-k NEIGHBOURS]

Every image of the library is a query for its NEIGHBOURS nearest; pairs below DISTANCE are printed once each.
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library")
    parser.add_argument("--below", type=float, default=0.5)
    parser.add_argument("-k", type=int, default=10)
    arguments = parser.parse_args()

    paths = {image["id"]: image["path"] for image in json_lines("list", arguments.library)}
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
        print(f"{distance:.4f}\t{paths[one]}\t{paths[other]}")


if __name__ == "__main__":
    main()
