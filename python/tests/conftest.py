"""What the tests share: pictures made from seeds, and one library of them with the package's own model."""

import pathlib

import hashlens
import numpy as np
import pytest

COUNT = 72
KINDS = ("rust", "leaf", "sea")


def pixels(seed: int, height: int = 72, width: int = 96) -> np.ndarray:
    """Smooth random colours, (height, width, 3) uint8; different for every seed."""
    corners = np.random.default_rng(seed).uniform(0, 255, (5, 6, 3))
    rows, columns = np.linspace(0, 3.999, height), np.linspace(0, 4.999, width)
    y, x = rows.astype(int), columns.astype(int)
    dy, dx = (rows - y)[:, None, None], (columns - x)[None, :, None]
    top = corners[y][:, x] * (1 - dx) + corners[y][:, x + 1] * dx
    below = corners[y + 1][:, x] * (1 - dx) + corners[y + 1][:, x + 1] * dx
    return (top * (1 - dy) + below * dy).astype(np.uint8)


def ppm(image: np.ndarray) -> bytes:
    """A picture file's bytes."""
    kind = b"P5" if image.ndim == 2 else b"P6"
    return b"%s %d %d 255\n" % (kind, image.shape[1], image.shape[0]) + image.tobytes()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Class folders of COUNT pictures, KIND/SEED.ppm; never changed."""
    top = tmp_path_factory.mktemp("pictures")
    for seed in range(COUNT):
        place = top / KINDS[seed % len(KINDS)]
        place.mkdir(exist_ok=True)
        (place / f"{seed:02}.ppm").write_bytes(ppm(pixels(seed)))
    return top


@pytest.fixture(scope="session")
def made(folder: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A library of these pictures, tagged kind=KIND; only read."""
    path = tmp_path_factory.mktemp("made") / "shared"
    with hashlens.open(path) as library:
        for kind in KINDS:
            report = library.add(folder / kind, tags={"kind": kind})
            assert report.failed == 0
    return path


@pytest.fixture
def library(made: pathlib.Path):
    with hashlens.open(made, create=False) as opened:
        yield opened


@pytest.fixture
def empty(tmp_path: pathlib.Path):
    """A new library of the test's own."""
    with hashlens.open(tmp_path / "own") as opened:
        yield opened
