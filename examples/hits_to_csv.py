#!/usr/bin/env python3
"""Turns what `hashlens search --json` prints into CSV: query, rank, distance, hamming, path.

usage: hashlens search LIB *.jpg --json | hits_to_csv.py > hits.csv
"""

import csv
import json
import sys


def main():
    writer = csv.writer(sys.stdout)
    writer.writerow(["query", "rank", "distance", "hamming", "path"])
    for line in sys.stdin:
        result = json.loads(line)
        if "error" in result:
            print(f"hits_to_csv: {result['error']}", file=sys.stderr)
            continue
        for hit in result["hits"]:
            writer.writerow([result["query"], hit["rank"], hit["distance"], hit["hamming"], hit["path"]])


if __name__ == "__main__":
    main()
