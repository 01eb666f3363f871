"""Writes the types of the extension module: make_stub.py FOLDER_OF_CORE OUT.pyi."""

import pathlib
import re
import subprocess
import sys


def main() -> None:
    folder, out = sys.argv[1:]
    subprocess.run([sys.executable, "-m", "nanobind.stubgen", "-q", "-i", folder, "-m", "_core", "-o", out], check=True)
    stub = pathlib.Path(out)
    # mypy --strict wants to know of what a path is made.
    stub.write_text(re.sub(r"os\.PathLike(?!\[)", "os.PathLike[str]", stub.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
