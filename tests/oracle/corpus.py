"""A generated corpus: picture files with what each of them shows."""

import dataclasses
import fnmatch
import os
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np

TOOL_PACKAGES = {  # program -> Debian package
    "cjpeg": "libjpeg-turbo-progs", "convert": "imagemagick", "cjxl": "libjxl-tools",
    "djxl": "libjxl-tools", "avifenc": "libavif-bin", "avifdec": "libavif-bin", "heif-enc": "libheif-examples",
    "heif-convert": "libheif-examples", "opj_compress": "libopenjp2-tools", "opj_decompress": "libopenjp2-tools",
    "tiffcp": "libtiff-tools", "tiff2rgba": "libtiff-tools", "dwebp": "webp", "rsvg-convert": "librsvg2-bin"}
TOOL_NAMES = {"convert": ("convert-im6.q16", "convert", "magick")}  # where a name has several programs


def tool(name):
    """The path of a program, or None."""
    return next(filter(None, map(shutil.which, TOOL_NAMES.get(name, (name,)))), None)


class MissingTool(Exception):
    """A program of TOOL_PACKAGES that is not installed."""


def run_tool(name, *arguments, data=None):
    """Runs a program of TOOL_PACKAGES; returns what it printed. OSError with its message when it fails."""
    program = tool(name)
    if program is None:
        raise MissingTool(name)
    with tempfile.TemporaryDirectory() as folder:  # ImageMagick leaves files of its delegates behind
        environment = {**os.environ, "TMPDIR": folder, "MAGICK_TEMPORARY_PATH": folder}
        done = subprocess.run([program, *map(str, arguments)], input=data, capture_output=True, timeout=60, env=environment)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise OSError(f"{name}: {said[-1] if said else f'exit code {done.returncode}'}")
    return done.stdout


@dataclasses.dataclass
class Case:
    name: str  # FORMAT/WHAT
    path: pathlib.Path
    pixels: np.ndarray | None  # upright sRGB bytes that the file shows; None: what the first decoder says
    decoders: tuple | None  # names of decoders.py, asked in this order; None: those of the format
    profile: bool  # whether it has a colour profile, which the decoders have to follow

    @property
    def format(self):
        return self.name.partition("/")[0]


class Corpus:
    """Collects cases as files of `folder`. `only`: patterns of names; the others are not made."""

    def __init__(self, folder, only=()):
        self.folder = pathlib.Path(folder)
        self.only = only
        self.cases = []
        self.missing = {}  # program -> names of the cases that were not made
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)

    def wants(self, name):
        return not self.only or any(fnmatch.fnmatchcase(name, pattern) or name.partition("/")[0] == pattern for pattern in self.only)

    def add(self, name, make, pixels=None, *, ending=None, decoders=None, profile=False):
        """`make`: the file's bytes, or a function that returns them; it may raise MissingTool."""
        if not self.wants(name):
            return
        assert all(case.name != name for case in self.cases), name
        form, _, what = name.partition("/")
        try:
            content = make() if callable(make) else make
        except MissingTool as missing:
            self.missing.setdefault(str(missing), []).append(name)
            return
        path = self.folder / form / f"{what}.{ending or form}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        self.cases.append(Case(name, path, pixels, decoders, profile))

    def through(self, program, arguments, *, source, source_ending, ending):
        """The file that a program makes of `source`; {in} and {out} stand for the files in `arguments`."""
        before = self.scratch / f"in.{source_ending}"
        after = self.scratch / f"out.{ending}"
        before.write_bytes(source)
        after.unlink(missing_ok=True)
        run_tool(program, *(str(a).replace("{in}", str(before)).replace("{out}", str(after)) for a in arguments))
        return after.read_bytes()
