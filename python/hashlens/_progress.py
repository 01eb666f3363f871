"""Progress of long calls: a bar on a terminal or in a notebook, or a function of the caller's own."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Union


SECONDS_WITHOUT_BAR = 1.0  # what is done by then needs none, unless it is asked for


@dataclass(frozen=True)
class Progress:
    """How far long work is.

    stage: "looking", "indexing", "fitting codes", ...
    done, total: of whatever the stage counts; total 0: not known yet.
    failed, skipped: pictures, so far.
    detail: for people.
    seconds_left: below 0: as the rate so far tells.
    """

    stage: str
    done: int
    total: int
    failed: int
    skipped: int
    detail: str
    seconds_left: float


ProgressInput = Union[bool, Callable[[Progress], object], None]
"""None: a bar on a terminal or in a notebook, where tqdm is installed. True: a bar anywhere. False: none. A function is
called with a Progress about ten times a second, on the calling thread; an exception of it stops the work, and what was done
until then is kept."""
CoreProgress = Union[Callable[..., None], None]


@contextlib.contextmanager
def progress_function(progress: ProgressInput) -> Iterator[CoreProgress]:
    """What the extension calls, for the time of the with block."""
    if callable(progress):
        tell = progress
        yield lambda *values: _ignore(tell(Progress(*values)))
        return
    tqdm = _tqdm(progress)
    if tqdm is None:
        yield None
        return
    bar = _Bar(tqdm)
    try:
        yield bar.show
    finally:
        bar.close()


def _ignore(_: object) -> None:
    pass


def _tqdm(progress: bool | None) -> Any:
    if progress is False or (progress is None and not (sys.stderr.isatty() or _in_notebook())):
        return None
    # In notebooks the bars of tqdm.auto need ipywidgets.
    module = "tqdm.auto" if importlib.util.find_spec("ipywidgets") else "tqdm"
    try:
        tqdm = importlib.import_module(module).tqdm
    except ImportError:
        if progress:
            raise ImportError("progress=True needs tqdm: pip install tqdm") from None
        return None
    return functools.partial(tqdm, delay=0 if progress else SECONDS_WITHOUT_BAR)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


class _Bar:
    """One tqdm bar a stage."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None
        self._stage = ""

    def show(
        self, stage: str, done: int, total: int, failed: int, skipped: int, detail: str, seconds_left: float
    ) -> None:
        if self._bar is None or stage != self._stage:
            self.close()
            self._bar = self._tqdm(total=total or None, desc=stage)
            self._stage = stage
        self._bar.total = total or None
        notes = [f"{failed} failed"] if failed else []
        if detail:
            notes.append(detail)
        self._bar.set_postfix_str(", ".join(notes), refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
