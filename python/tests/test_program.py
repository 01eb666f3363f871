"""What the program does for the package: here a program that only says how it was called."""

import pathlib
import sys

import hashlens
import pytest

PROGRAM = """#!{python}
import json, sys
print("hashlens: one line", file=sys.stderr)
print("hashlens: why it ended", file=sys.stderr)
if "{code}" in ("0", "3"):
    print(json.dumps({{"arguments": sys.argv[1:]}}))
sys.exit({code})
"""


@pytest.fixture
def program(tmp_path):
    """Makes a program that ends with the code."""

    def make(code: int) -> pathlib.Path:
        path = tmp_path / f"hashlens-{code}"
        path.write_text(PROGRAM.format(python=sys.executable, code=code))
        path.chmod(0o755)
        return path

    return make


def test_options_of_train(program, monkeypatch, capfd):
    monkeypatch.setenv("HASHLENS_PROGRAM", str(program(0)))
    report = hashlens.train("data", pathlib.Path("out"), bits=[12, 48], time_budget="30m", mirror=True, no_flip=False, image_size=96)
    assert report["arguments"] == (
        "train data -o out --json --bits 12,48 --time-budget 30m --mirror --image-size 96".split()
    )
    assert capfd.readouterr().err == ""
    assert hashlens.train("d", "o", program=program(3), progress=True)["arguments"][0] == "train"


def test_learning_from_labels(empty, program):
    report = empty.fit_supervised("labels.csv", 48, dry_run=True, program=program(0))
    wanted = ["model", "fit", str(empty.path), "--supervised", "labels.csv", "--json", "--bits", "48", "--dry-run"]
    assert report["arguments"] == wanted


@pytest.mark.parametrize(
    "code, kind", [(2, hashlens.InvalidArgumentError), (4, hashlens.ModelMismatchError), (5, hashlens.Error), (130, hashlens.CancelledError)]
)
def test_failures_are_errors(program, code, kind):
    with pytest.raises(kind, match="^why it ended$"):
        hashlens.train("data", "out", program=program(code))


def test_where_there_is_no_program(monkeypatch, tmp_path):
    monkeypatch.delenv("HASHLENS_PROGRAM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(hashlens.UnsupportedError, match="PATH"):
        hashlens.train("data", "out")
    with pytest.raises(hashlens.NotFoundError, match="nowhere"):
        hashlens.train("data", "out", program=tmp_path / "nowhere")
