"""Features, activations and codes without a library."""

import pathlib

import hashlens
import numpy as np
import pytest
from conftest import COUNT, pixels, ppm

ALL = ("feature", "activations", "code")


def test_rows_are_what_a_library_has(folder: pathlib.Path, library: hashlens.Library):
    made = hashlens.encode(folder, what=ALL)
    assert len(made.paths) == COUNT and made.failures == [] and made.bits == 128
    assert made.features.shape == (COUNT, made.shape[0]) and made.features.dtype == np.float32
    arrays = library.arrays()
    stored = {library.path_of(int(id)): row for row, id in enumerate(arrays.ids)}
    for row, path in enumerate(made.paths):
        assert (made.codes[row] == arrays.codes[stored[path]]).all()
        assert (made.features[row] == arrays.features[stored[path]].astype(np.float32)).all()
    bits = np.unpackbits(made.codes, axis=1, bitorder="little")
    assert ((made.activations >= 0.5) == (bits == 1)).all()


def test_pictures_in_any_form_in_their_order(folder: pathlib.Path):
    file = folder / "rust/00.ppm"
    given = [pixels(1), file, ppm(pixels(0)), ("name", pixels(1)), b"no picture", str(file)]
    made = hashlens.encode((item for item in given), what="code")
    assert made.features is None and made.activations is None
    assert len(made.codes) == 5 and [reason for _, reason in made.failures] != []
    assert (made.codes[0] == made.codes[3]).all() and (made.codes[1] == made.codes[2]).all()
    assert made.paths[1] == made.paths[4] == file and made.paths[3] == pathlib.Path("name")
    one = hashlens.encode(pixels(1))
    assert (one.codes[0] == made.codes[0]).all() and one.features.shape[0] == 1
    again = hashlens.encode(hashlens.Picture(feature=one.features[0], name="f"), what=["feature", "code"])
    assert (again.codes == one.codes).all()
    assert hashlens.encode([file, folder / "sea"], what="code").codes.shape[0] == 1 + COUNT // 3


def test_layers_and_what_is_wrong(folder: pathlib.Path):
    file = folder / "rust/00.ppm"
    made = hashlens.encode(file, layer="pool")
    assert made.codes is None and made.features.shape == (1, np.prod(made.shape))
    with pytest.raises(hashlens.InvalidArgumentError, match="near it are "):
        hashlens.encode(file, layer="none")
    with pytest.raises(hashlens.InvalidArgumentError, match="what is of"):
        hashlens.encode(file, what="codes")
    with pytest.raises(hashlens.InvalidArgumentError, match="99 bits"):
        hashlens.encode(file, bits=99)
    with pytest.raises(hashlens.NotFoundError):
        hashlens.encode(file, model="nosuch")
    missing = hashlens.encode([file, folder / "nosuch.jpg"])
    assert len(missing.paths) == 1 and missing.failures[0][0] == folder / "nosuch.jpg"


def test_an_error_in_python_ends_it():
    def broken():
        yield pixels(1)
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        hashlens.encode(broken())
