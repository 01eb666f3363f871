#!/usr/bin/env python3
"""Writes the seeds of all fuzz targets to fuzz/corpus/TARGET/NAME. Files that fuzzing found stay as they are."""

import importlib
import pathlib

from seed_files import SEEDS

FOLDER = pathlib.Path(__file__).resolve().parent


def main():
    for path in sorted(FOLDER.glob("seeds_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in vars(module).items():
            if name.startswith("add_") and function.__module__ == path.stem:
                function()
    for (target, name), data in SEEDS.items():
        folder = FOLDER / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    print(f"{len(SEEDS)} seeds in {FOLDER / 'corpus'}")


if __name__ == "__main__":
    main()
