"""Adding, removing, fitting: what changes a library."""

import pathlib
import threading

import hashlens
import numpy as np
import pytest
from conftest import COUNT, KINDS, pixels, ppm

EACH = COUNT // len(KINDS)


def test_folder_again_is_unchanged(empty, folder):
    first = empty.add(folder / KINDS[0], tags={"a": ["x", "y"]})
    assert (first.added, first.failed) == (EACH, 0)
    again = empty.add([folder / KINDS[0]])
    assert (again.added, again.unchanged) == (0, EACH)
    assert empty.tags() == {("a", "x"): EACH, ("a", "y"): EACH}


def test_what_is_given_is_found_by_its_name(empty, tmp_path):
    source = tmp_path / "source"
    report = empty.add((("set/%d.ppm" % seed, pixels(seed)) for seed in range(6)), source=source, tags={"made": "yes"})
    assert report.added == 6
    hit = empty.search(pixels(4), k=1)[0]
    assert hit.path == source / "set" / "4.ppm" and hit.hamming == 0
    again = empty.add([("set/1.ppm", pixels(1)), ("set/2.ppm", pixels(20))], source=source)
    assert (again.unchanged, again.replaced, again.added) == (1, 1, 1)
    assert empty.search(pixels(20), k=1)[0].path == source / "set" / "2.ppm"


def test_all_forms_in_one_call(empty, folder, tmp_path):
    (tmp_path / "one.pgm").write_bytes(ppm(pixels(30)[:, :, 0]))
    grey, alpha = pixels(31)[:, :, 1], np.dstack([pixels(32), np.full((72, 96), 255, np.uint8)])
    report = empty.add(
        [
            folder / KINDS[2],
            ppm(pixels(33)),
            grey,
            ("alpha.png", alpha),
            ("renamed.pgm", tmp_path / "one.pgm"),
            hashlens.Picture(pixels(34), name="p.ppm", tags={"own": "1"}),
        ],
        tags={"all": "1"},
    )
    assert (report.added, report.failed) == (EACH + 5, 0)
    assert empty.tags() == {("all", "1"): EACH + 5, ("own", "1"): 1}
    # The same bytes have the same name, so nothing is there twice.
    assert empty.add(ppm(pixels(33))).unchanged == 1
    # Alpha of 255 everywhere changes nothing.
    assert empty.search(pixels(32), k=1)[0].path.name == "alpha.png"


def test_transparent_pixels_are_laid_on_white(empty):
    colour = pixels(5)
    clear = np.dstack([colour, np.zeros((72, 96), np.uint8)])
    empty.add([("white.ppm", np.full((72, 96, 3), 255, np.uint8)), ("colour.ppm", colour)])
    assert empty.search(clear, k=1)[0].path.name == "white.ppm"


def test_features_stand_for_pictures(empty):
    dim = empty.info().dim
    features = np.random.default_rng(1).normal(size=(3, dim)).astype(np.float32)
    report = empty.add(hashlens.Picture(name=f"f{i}", feature=feature) for i, feature in enumerate(features))
    assert report.added == 3
    stored = empty.features().astype(np.float64)
    expected = features / np.linalg.norm(features, axis=1, keepdims=True)
    assert np.abs(stored - expected).max() < 1e-3


def test_bad_pictures_fail_alone(empty):
    report = empty.add([("good.ppm", pixels(1)), ("bad.jpg", b"\xff\xd8\xff no picture")])
    assert (report.added, report.failed) == (1, 1)
    assert [failure.path.name for failure in empty.failures()] == ["bad.jpg"]


def test_an_error_of_the_generator_keeps_what_came_before(empty):
    def some():
        yield "1.ppm", pixels(1)
        yield "2.ppm", pixels(2)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        empty.add(some())
    assert len(empty.list()) == 2


def test_generator_runs_on_the_calling_thread(empty):
    threads = set()

    def some():
        threads.add(threading.current_thread())
        yield "1.ppm", pixels(1)

    empty.add(some(), progress=lambda now: threads.add(threading.current_thread()))
    assert threads == {threading.current_thread()}


def test_remove(empty):
    empty.add([(f"{seed}.ppm", pixels(seed)) for seed in range(6)], source="/from/memory")
    ids = empty.ids().tolist()
    assert empty.remove(ids[0]) == 1 and empty.remove(ids[1:3]) == 2
    assert empty.ids().tolist() == ids[3:]
    with pytest.raises(hashlens.NotFoundError):
        empty.remove(ids[0])
    with pytest.raises(FileNotFoundError):
        empty.search(ids[1])
    assert empty.remove(paths="/from/memory") == 3 and len(empty.list()) == 0


def test_tags_are_given_and_taken(empty):
    empty.add([(f"{seed}.ppm", pixels(seed)) for seed in range(4)], source="/from/memory", tags={"a": ["1", "2"]})
    ids = empty.ids().tolist()
    assert empty.tag(ids[:2], add={"b": "x"}, remove={"a": "1"}) == 2
    assert empty.tag(paths="/from/memory/3.ppm", remove_keys=["a"], add=[("c", "y")]) == 1
    assert empty.tag(filter={"b": "x"}, remove_keys="none") == 0
    assert empty.tags() == {("a", "2"): 3, ("b", "x"): 2, ("a", "1"): 1, ("c", "y"): 1}
    with pytest.raises(hashlens.NotFoundError, match="nothing was changed"):
        empty.tag([ids[0], 99], add={"b": "z"})
    for key in ("", "a=b"):
        with pytest.raises(ValueError, match="key of a tag"):
            empty.tag(ids[0], add={key: "1"})
        with pytest.raises(ValueError, match="key of a tag"):
            empty.add(("new.ppm", pixels(9)), tags={key: "1"})
    assert len(empty.list()) == 4


def test_lists_with_labels(empty, folder, tmp_path):
    wanted = tmp_path / "train.txt"
    wanted.write_text("rust/00.ppm 0\nleaf/01.ppm 1\n")
    names = tmp_path / "names.txt"
    names.write_text("red\ngreen\n")
    report = empty.add(wanted, root=folder, label_names=names)
    assert (report.added, report.failed) == (2, 0)
    assert empty.tags() == {("label", "red"): 1, ("label", "green"): 1}
    wanted.write_text("rust/00.ppm 1\nleaf/01.ppm 1\n")
    assert empty.add(wanted, root=folder, label_names=names).unchanged == 2
    assert empty.tags() == {("label", "green"): 2}
    with pytest.raises(ValueError, match="root"):
        empty.add(folder, root=tmp_path)


def test_a_path_that_is_not_there(empty, folder):
    with pytest.raises(FileNotFoundError, match="tpyo"):
        empty.add("tpyo")
    report = empty.add(["tpyo", folder / "sea"])
    assert (report.added, report.missing) == (EACH, 1) and "tpyo" in report.failures[0]


def test_a_relative_source(empty, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    empty.add(("1.ppm", pixels(1)), source="here")
    assert empty.path_of(1) == tmp_path / "here/1.ppm"


def test_fit_changes_codes_and_nothing_else(empty, folder):
    empty.add(folder)
    before = empty.features().copy()
    empty.fit(bits=16)
    assert empty.info().bits == 16 and empty.codes().shape == (COUNT, 2)
    assert np.array_equal(empty.features(), before)
    assert empty.search(7, k=1)[0].id == 7
    with pytest.raises(hashlens.InvalidArgumentError):
        empty.fit(bits=7)


def test_compact_and_verify(empty, folder):
    empty.add(folder / "sea")
    empty.remove(empty.ids()[:4])
    report = empty.compact(features="int8")
    assert report.purged == 4 and report.reduction.form == "int8"
    assert empty.info().features == "int8" and empty.verify().problems == []


def test_writers_of_one_library_wait_for_each_other(empty):
    errors = []

    def add(start: int) -> None:
        try:
            for seed in range(start, start + 3):
                empty.add((f"{seed}.ppm", pixels(seed)))
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=add, args=(10 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(empty.list()) == 12


def test_readers_follow_a_writer(tmp_path):
    with hashlens.open(tmp_path / "own") as writer, hashlens.open(tmp_path / "own", follow=True) as reader:
        writer.add(("1.ppm", pixels(1)))
        assert pathlib.Path(reader.search(pixels(1))[0].path).name == "1.ppm"
