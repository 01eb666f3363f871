#!/usr/bin/env python3
"""Prints the files that clang-tidy can check, each ended by NUL.

usage: tidy_files.py BUILD_FOLDER

Those of compile_commands.json, without generated files and without those that include libtorch.
clang 14 cannot parse libtorch's headers as C++20 (vectors of incomplete types); g++ compiles these
files with every warning. How many are left out is told on stderr.
"""

import functools
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


@functools.cache
def includes_torch(path):
    text = path.read_text(errors="replace")
    if re.search(r"#include <(torch|ATen|c10)/", text):
        return True
    for name in re.findall(r'#include "([^"]+)"', text):
        found = next((place for place in (ROOT / "src" / name, ROOT / "include" / name, ROOT / name) if place.is_file()), None)
        if found and includes_torch(found):
            return True
    return False


def main():
    build = pathlib.Path(sys.argv[1])
    files = {pathlib.Path(entry["file"]) for entry in json.loads((build / "compile_commands.json").read_text())}
    own = sorted(file for file in files if not file.is_relative_to(build.resolve()) and (ROOT / "build") not in file.parents)
    checked = [file for file in own if not includes_torch(file)]
    print(f"tidy: {len(checked)} files; {len(own) - len(checked)} that include libtorch are left out", file=sys.stderr)
    print(*checked, sep="\0", end="")


if __name__ == "__main__":
    main()
