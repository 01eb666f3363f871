"""Results as tables and as pages; models, evaluation, thumbnails, progress. Needs pandas, pyarrow and tqdm."""

import io
import random

import hashlens
import numpy as np
import pytest
from PIL import Image
from conftest import COUNT, KINDS, pixels


def test_pandas(library):
    frame = library.search(3, k=4).to_pandas()
    assert list(frame.columns) == ["rank", "id", "path", "hamming", "distance"] and list(frame["rank"]) == [1, 2, 3, 4]
    both = library.search([3, 10**9, 5], k=2, on_error="return").to_pandas()
    assert list(both["query_index"]) == [0, 0, 2, 2] and list(both["query"]) == ["id:3", "id:3", "id:5", "id:5"]
    images = library.list().to_pandas()
    assert len(images) == COUNT and set(images["width"]) == {96} and images["tags"][0] == [("kind", KINDS[0])]


def test_arrow(library):
    table = library.search(3, k=4).to_arrow()
    assert table.num_rows == 4 and table.column("id")[0].as_py() == 3
    assert library.list(limit=5).to_arrow().num_rows == 5


def test_html_has_pictures_and_escapes(empty):
    empty.add([("<b>.ppm", pixels(1))])
    page = empty.search(pixels(1))._repr_html_()
    assert page.count("data:image/jpeg;base64,") == 1 and "no picture at hand" in page
    assert "&lt;b&gt;.ppm" in page and "<b>.ppm" not in page


def test_html_of_files(library):
    assert library.search(1, k=3)._repr_html_().count("data:image/jpeg") == 4
    assert library.list(limit=3)._repr_html_().count("data:image/jpeg") == 3


def test_thumbnail():
    assert hashlens.thumbnail(pixels(1), 32).startswith(b"\xff\xd8\xff")


def test_models():
    model = hashlens.describe_model(hashlens.default_model())
    assert model.name in [each.name for each in hashlens.models()]
    assert {head.bits for head in model.heads} >= {20, 128} and model.dim == 1280
    assert any(form.name == "jpeg" and form.decodable and form.left_out for form in hashlens.formats())
    about = hashlens.decoder()
    assert about.program.name == "hashlens-decode" and not about.problem and about.no_new_privileges


def test_damaged_pictures(tmp_path):
    noise = Image.frombytes("RGB", (300, 300), random.Random(1).randbytes(3 * 300 * 300))
    buffer = io.BytesIO()
    noise.save(buffer, "jpeg", quality=90)
    picture = tmp_path / "most.jpg"
    picture.write_bytes(buffer.getvalue()[: len(buffer.getvalue()) * 9 // 10])
    with hashlens.open(tmp_path / "lenient", isolate="all") as library:
        assert library.add(picture).damaged == 1
        assert library.list()[0].tags == [("hashlens:damaged", "yes")]
    with hashlens.open(tmp_path / "strict", strict=True) as library:
        assert library.add(picture).failed == 1
    with pytest.raises(ValueError, match="isolate"):
        hashlens.open(tmp_path / "lenient", isolate="none")


def test_evaluate(folder):
    stages = set()
    report = hashlens.evaluate(folder, folder, k=10, progress=lambda now: stages.add(now.stage))
    assert report.database.pictures == report.in_both == COUNT and report.classes == len(KINDS)
    names = {method.name for method in report.methods}
    assert {"codes", "features"} <= names and stages
    assert all(0 <= method.map_at_k <= 1 and method.as_dict()["name"] == method.name for method in report.methods)


def test_progress_tells_and_an_error_in_it_stops(empty, folder):
    seen = []
    empty.add(folder / KINDS[0], progress=seen.append)
    assert seen[-1].stage and all(isinstance(now, hashlens.Progress) for now in seen)

    def broken(now):
        raise KeyError(now.stage)

    with pytest.raises(KeyError):
        empty.add(folder, progress=broken)


def test_a_bar_where_there_is_no_terminal(empty, capsys):
    empty.add([("1.ppm", pixels(1))], progress=True)
    out, error = capsys.readouterr()
    assert out == "" and "1/1" in error


def test_segments_are_the_library_without_a_copy(empty, folder):
    empty.add(folder / KINDS[0])
    empty.add(folder / KINDS[1])
    empty.remove([2, 30])
    parts = empty.segments()
    whole = empty.arrays()
    for name in ("ids", "codes", "features"):
        mine = np.concatenate([getattr(part, name)[part.present] for part in parts])
        assert np.array_equal(mine, getattr(whole, name)), name
        for part in parts:
            assert not getattr(part, name).flags.writeable and not getattr(part, name).flags.owndata
    assert sum(len(part.ids) for part in parts) == len(whole.ids) + 2 and all(part.quantised is None for part in parts)
    empty.compact(features="int8")
    # What was mapped stays, although its files are gone.
    assert np.array_equal(np.concatenate([part.features[part.present] for part in parts]), whole.features)
    (part,) = empty.segments()
    low, high, values = part.quantised
    assert part.features is None and part.present.all() and np.array_equal(part.ids, whole.ids)
    low, high = low[:, None].astype(np.float64), high[:, None].astype(np.float64)
    features = (low + (high - low) * values / 255).astype(np.float32).astype(np.float16)
    assert np.array_equal(features, empty.features())
