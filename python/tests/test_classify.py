"""What pictures show, of files and of a library's images."""

import pathlib

import hashlens
import pytest
from conftest import COUNT, pixels, ppm

CLASSES = 1000  # of the package's own model


def names(categories: list[hashlens.Category]) -> list[str]:
    return [category.name for category in categories]


def test_every_picture_has_its_likeliest_classes(folder: pathlib.Path):
    assert hashlens.describe_model(hashlens.default_model()).classes == CLASSES
    rows = hashlens.classify(folder, top=3)
    assert len(rows) == COUNT and all(row.error is None and len(row.categories) == 3 for row in rows)
    for row in rows:
        chances = [category.probability for category in row.categories]
        assert chances == sorted(chances, reverse=True) and 0 < sum(chances) <= 1
        assert all(category.id.startswith("n") and category.name for category in row.categories)
    (everything,) = hashlens.classify(rows[0].path, top=CLASSES)
    assert everything.categories[:3] != [] and names(everything.categories)[:3] == names(rows[0].categories)
    assert abs(sum(category.probability for category in everything.categories) - 1) < 1e-5
    assert len(set(names(everything.categories))) == CLASSES


def test_pictures_in_any_form_in_their_order(folder: pathlib.Path):
    file = folder / "rust/00.ppm"
    rows = hashlens.classify((item for item in [pixels(0), b"no picture", file, ("name", ppm(pixels(0)))]), top=1)
    assert [row.error is None for row in rows] == [True, False, True, True]
    assert rows[1].categories == [] and rows[1].error
    assert names(rows[0].categories) == names(rows[2].categories) == names(rows[3].categories)
    assert rows[2].path == file and rows[3].path == pathlib.Path("name")
    missing = hashlens.classify([file, folder / "nosuch.jpg"])
    assert [row.error is None for row in missing] == [True, False]


def test_an_image_of_a_library_is_told_as_its_file_is(library: hashlens.Library):
    path = library.path_of(1)
    (row,) = hashlens.classify(path, top=CLASSES)
    stored = library.categories(1, top=CLASSES)
    assert names(stored)[0] == names(row.categories)[0]
    by_name = {category.name: category.probability for category in row.categories}
    assert max(abs(category.probability - by_name[category.name]) for category in stored) < 0.25
    assert len(library.categories(1)) == 5
    with pytest.raises(hashlens.NotFoundError):
        library.categories(10**6)


def test_what_is_wrong(folder: pathlib.Path):
    with pytest.raises(hashlens.InvalidArgumentError, match="top is 1 or more"):
        hashlens.classify(folder, top=0)
    with pytest.raises(hashlens.NotFoundError):
        hashlens.classify(folder, model="nosuch")


def test_categories_as_tags(empty: hashlens.Library, folder: pathlib.Path):
    key = "hashlens:category"
    empty.add(folder / "sea", tags={"kind": "sea"})
    count = COUNT // 3
    judged, unsure = empty.tag_categories()
    assert judged == count and 0 <= unsure <= count
    tagged = [image for image in empty.list() if any(name == key for name, _ in image.tags)]
    assert len(tagged) == count
    assert len(empty.list({key: "unsure"})) == unsure
    assert empty.tag_categories() == (0, 0)
    assert empty.tag(filter=hashlens.Filter(under="/"), remove_keys=[key]) == count
    assert all(image.tags == [("kind", "sea")] for image in empty.list())
    assert empty.tag_categories(probability=0.01)[0] == count
    with pytest.raises(hashlens.InvalidArgumentError, match="0.01 to 1"):
        empty.tag_categories(probability=2)
