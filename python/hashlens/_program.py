"""What only the program `hashlens` does, because it needs a library for training: run, and its report read."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hashlens._errors import CancelledError, Error, InvalidArgumentError, ModelMismatchError, NotFoundError, UnsupportedError
from hashlens._inputs import PathInput

# The README lists what exit codes mean. What is no class of its own there is Error: its message tells.
_OF_EXIT_CODE: Mapping[int, type[Error]] = {2: InvalidArgumentError, 4: ModelMismatchError, 130: CancelledError}
_DONE = (0, 3)  # 3: some pictures could not be read


def train(
    data: PathInput,
    output: PathInput,
    *,
    bits: Sequence[int] | int | None = None,
    time_budget: str | None = None,
    epochs: int | None = None,
    loss: str | None = None,
    backbone: PathInput | None = None,
    resume: bool = False,
    program: PathInput | None = None,
    progress: bool | None = None,
    **options: object,
) -> dict[str, Any]:
    """Trains a network and its codes on labelled pictures, by the program `hashlens train`.

    data: a folder of class folders, a .csv (path,label), a .jsonl file, or a database. output: the new model package,
    which hashlens.open(path, model=output) uses. bits: lengths of codes. time_budget: "30m", "2h". options: any other
    option of `hashlens train`, as image_size=96 for --image-size 96; True for one without a value.

    program: the program's file; None: $HASHLENS_PROGRAM, else `hashlens` in PATH. progress: what the program says of
    its work, on sys.stderr; None: when that is a terminal. Ctrl-C stops it with what was done kept, for resume=True.

    Gives the report (docs/training.md). Raises UnsupportedError where the program is not installed, and the errors of
    what it says.
    """
    given: dict[str, object] = {"bits": bits, "time_budget": time_budget, "epochs": epochs, "loss": loss}
    given |= {"backbone": backbone, "resume": resume, **options}
    return run(["train", data, "-o", output, "--json"], given, program, progress)


def run(
    words: Sequence[PathInput], options: Mapping[str, object], program: PathInput | None, progress: bool | None
) -> dict[str, Any]:
    """The last line that the program prints, as JSON; its failure as the error that it stands for."""
    command = [os.fspath(_find(program)), *(os.fspath(word) for word in words)]
    for name, value in options.items():
        command += _option(name, value)
    shown = sys.stderr.isatty() if progress is None else progress
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            said = _hear(process, shown)
            printed = process.stdout.read() if process.stdout else b""
            code = process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)  # Ctrl-C on a terminal has done so already: once more does no harm
            process.wait()
            raise
    if code not in _DONE:
        raise _OF_EXIT_CODE.get(code, Error)(said or f"{command[0]} ended with {code}")
    report: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return report


def _find(program: PathInput | None) -> PathInput:
    wanted = program or os.environ.get("HASHLENS_PROGRAM") or shutil.which("hashlens")
    if not wanted:
        raise UnsupportedError(
            "training needs the program hashlens, which is not in PATH: install it (README), or say where it is by program=... or $HASHLENS_PROGRAM"
        )
    if not os.access(wanted, os.X_OK):
        raise NotFoundError(f"{os.fspath(wanted)}: no program")
    return wanted


def _option(name: str, value: object) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    if isinstance(value, (list, tuple)):
        return [flag, ",".join(str(one) for one in value)]
    return [flag, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]


def _hear(process: subprocess.Popen[bytes], shown: bool) -> str:
    """The last line that the program says; all are passed on where they are to be shown."""
    last = ""
    for line in process.stderr or ():
        text = line.decode(errors="replace")
        if shown:
            sys.stderr.write(text)
        last = text.strip() or last
    return last.removeprefix("hashlens: ")

