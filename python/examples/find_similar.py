"""Keeps a library of a folder and prints the pictures most like one: find_similar.py LIBRARY FOLDER PICTURE."""

import pathlib
import sys

import hashlens
import numpy as np
import numpy.typing as npt


def find(library_path: pathlib.Path, folder: pathlib.Path, picture: pathlib.Path) -> list[tuple[pathlib.Path, float | None]]:
    """The ten nearest, best first, with the distance of their features (0..2)."""
    with hashlens.open(library_path) as library:
        report = library.add(folder)
        print(f"{report.added} added, {report.failed} failed", file=sys.stderr)
        result = library.search(picture, k=10)
        return [(hit.path, hit.distance) for hit in result]


def nearest_codes(library: hashlens.Library, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Ids of the five nearest images of each code, by a CodeIndex of the library's codes."""
    index = hashlens.CodeIndex(library.info().bits, library.codes())
    _, rows = index.search(codes, k=5)
    return library.ids()[rows]


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit("usage: find_similar.py LIBRARY FOLDER PICTURE")
    for path, distance in find(*map(pathlib.Path, sys.argv[1:])):
        print(f"{distance:.3f}  {path}" if distance is not None else path)


if __name__ == "__main__":
    main()
