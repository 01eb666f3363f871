"""Classes of errors, and arguments that make no sense."""

import importlib
import os
import signal
import subprocess
import sys
import textwrap

import hashlens
import numpy as np
import pytest
from conftest import COUNT, pixels

DEADLINE_S = 120
MANY = 200  # pictures: more than one thread reads in the tenth of a second after which progress is told


def test_classes():
    assert issubclass(hashlens.NotFoundError, FileNotFoundError)
    assert issubclass(hashlens.InvalidArgumentError, ValueError)
    assert issubclass(hashlens.IoError, OSError)
    for name in hashlens.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(hashlens, name), hashlens.Error)


def test_a_library_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        hashlens.open(tmp_path / "none", create=False)
    assert not list(tmp_path.iterdir())
    with pytest.raises(hashlens.NotFoundError, match="no-such-model"):
        hashlens.open(tmp_path / "none", model="no-such-model")


def test_an_existing_library_has_its_bits(made):
    with pytest.raises(hashlens.InvalidArgumentError, match="128"):
        hashlens.open(made, bits=64)
    hashlens.open(made, bits=128, model="efficientnet-lite0").close()


def test_damage_is_named(empty, folder):
    empty.add(folder / "sea")
    files = sorted((empty.path / "segments").glob("*.features"))
    content = bytearray(files[0].read_bytes())
    content[len(content) // 2] ^= 1
    files[0].write_bytes(content)
    problems = empty.verify().problems
    assert len(problems) == 1 and files[0].name in problems[0]


@pytest.fixture
def start():
    """Starts Python programs with stdout as a pipe of text; none outlives the test."""
    started = []

    def run(script: str, *arguments: object, **options: object) -> subprocess.Popen:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options))
        return started[-1]

    yield run
    for process in started:
        with process:
            process.kill()


def test_busy(empty, start):
    script = textwrap.dedent(
        """
        import sys, hashlens

        def pictures():
            yield "first", b"no picture"
            print("started", flush=True)
            sys.stdin.readline()

        hashlens.open(sys.argv[1]).add(pictures())
        """
    )
    # The other process holds the lock while its iterable waits.
    other = start(script, empty.path, stdin=subprocess.PIPE)
    assert other.stdout.readline() == "started\n"
    with pytest.raises(hashlens.BusyError):
        empty.add(("1.ppm", pixels(1)))
    other.communicate("\n", timeout=DEADLINE_S)
    assert other.returncode == 0
    assert empty.add(("1.ppm", pixels(1))).added == 1


@pytest.mark.parametrize(
    "picture, said",
    [
        (pixels(1).astype(np.float32), "uint8"),
        (np.zeros((4, 4, 2), np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "without pixels"),
        (np.zeros((2, 4, 4, 3), np.uint8), "shape"),
        (None, "query"),
        (0, "ids start at 1"),
        (object(), "picture"),
        (hashlens.Text("red car"), "model"),
    ],
)
def test_what_is_no_query(library, picture, said):
    with pytest.raises(ValueError, match=said):
        library.search([picture])


def test_tags_that_are_none(empty):
    for tags in ({"a": 1}, "ab", [("a",)], 7, {"a": [1]}):
        with pytest.raises(ValueError, match="tags are"):
            empty.add(("1.ppm", pixels(1)), tags=tags)


def test_arguments(library):
    with pytest.raises(ValueError, match="k='3'"):
        library.search(1, k="3")
    with pytest.raises(ValueError, match="on_error"):
        library.search([1], on_error="ignore")
    with pytest.raises(ValueError, match="k=0"):
        library.search(1, k=0)
    with pytest.raises(ValueError, match="strategy"):
        library.search(1, strategy="best")
    with pytest.raises(ValueError):
        library.add([])
    with pytest.raises(hashlens.NotFoundError, match="no-such"):
        hashlens.describe_model("no-such")
    library.close()
    with pytest.raises(ValueError, match="closed"):
        library.search(1)


INTERRUPTED = """
import os, signal, sys, numpy as np, hashlens

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have ignored it

def endless():
    rng = np.random.default_rng(1)
    for number in range(10**9):
        if number == 40:
            print("running", flush=True)
        yield f"{number}.ppm", rng.integers(0, 256, (64, 64, 3), np.uint8)

library = hashlens.open(sys.argv[1])
try:
    library.add(endless(), batch=8)
except KeyboardInterrupt:
    print("kept", len(library.list()), flush=True)
"""


def test_ctrl_c_stops_and_keeps(tmp_path, start):
    running = start(INTERRUPTED, tmp_path / "own")
    assert running.stdout.readline() == "running\n"
    running.send_signal(signal.SIGINT)
    words = running.stdout.readline().split()
    assert running.wait(timeout=DEADLINE_S) == 0
    assert words[0] == "kept" and int(words[1]) > 0
    with hashlens.open(tmp_path / "own", create=False) as library:
        assert len(library.list()) == int(words[1]) and library.verify().problems == []


SLOW = """
import sys, threading, os, signal, hashlens

signal.signal(signal.SIGINT, signal.default_int_handler)
library = hashlens.open(sys.argv[1], jobs=1)
def stop(now):
    if now.stage == "indexing" and now.done > 0:
        os.kill(os.getpid(), signal.SIGINT)
try:
    library.add(sys.argv[2], progress=stop, batch=4)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_ctrl_c_during_an_index_run(tmp_path, folder, start):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(MANY):
        (many / f"{number}.ppm").hardlink_to(next(folder.glob("*/*.ppm")))
    running = start(SLOW, tmp_path / "own", many)
    assert running.communicate(timeout=DEADLINE_S)[0] == "stopped\n" and running.returncode == 0
    with hashlens.open(tmp_path / "own", create=False) as library:
        assert library.verify().problems == []
        assert 0 < len(library.list()) < MANY
        assert library.add(many).failed == 0 and len(library.list()) == MANY
        assert library.add(folder).failed == 0 and len(library.list()) == MANY + COUNT


def test_missing_libraries_are_explained():
    load = importlib.import_module("hashlens._load")
    told = load._explained(ImportError("libvips.so.42: cannot open shared object file: No such file or directory"))
    assert "apt-get install" in str(told) and "libvips42" in str(told)
    assert os.environ.get("HASHLENS_MODEL") is None
