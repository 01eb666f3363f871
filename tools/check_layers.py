#!/usr/bin/env python3
"""Holds the sources to the include rules of docs/ARCHITECTURE.md.

usage: check_layers.py [ROOT]

Checks every .h and .cc file: which module may include which, which third-party headers belong
where, that header guards are named after the path, and that files stay short. One line for each
violation on stdout, then exit code 1. Files that only near the length limit give a warning.
"""

import argparse
import pathlib
import re
import sys

WARN_LINES = 400
MAX_LINES = 600

STATUS = "hashlens/status.h"
LEAVES = ("source", "data", "image", "model", "hash", "index", "store")
DECODE = "decode"  # linked into the program hashlens-decode alone
MODULES = ("base", DECODE, *LEAVES, "library", "exchange", "eval", "train")
FOLDERS = ("include", "src", "apps", "python", "examples", "tests", "bench", "fuzz")
PUBLIC = "hashlens"  # include/hashlens; the other areas are named after their folder
# Public headers for which few modules stand.
OWN_PUBLIC = {
    "index": ("hashlens/bitmap.h", "hashlens/code_index.h", "hashlens/memory_index.h", "hashlens/strategy.h"),
    "model": ("hashlens/onnx.h",),
    "source": ("hashlens/data_options.h",),
    "data": ("hashlens/data_options.h",),
}

# area -> areas it may include besides itself and hashlens/status.h
MAY_INCLUDE = {
    PUBLIC: (),
    "base": (),
    DECODE: ("base",),
    **{leaf: ("base",) for leaf in LEAVES},
    "data": ("base", "source"),  # labelled pictures may lie in a database
    "library": (PUBLIC, "base", *(leaf for leaf in LEAVES if leaf not in ("source", "data"))),
    "exchange": (PUBLIC, "base", "source", "data", "library"),
    "train": (PUBLIC, "base", "data", "image", "model", "hash", "library"),
    "eval": (PUBLIC, "base", "data", "image", "model", "hash", "index", "library"),
    "apps": (PUBLIC,),
    "python": (PUBLIC,),  # the Python package wraps what every program can use
    "examples": (PUBLIC,),
    # Tests, benchmarks and fuzzers look into every module.
    "tests": (PUBLIC, *MODULES),
    "bench": (PUBLIC, *MODULES),
    "fuzz": (PUBLIC, *MODULES),
}

# The one program that is made of src/decode.
DECODE_PROGRAM = pathlib.PurePath("apps", "decode")
# Folders of apps that make one program.
ONE_PROGRAM = {"cli", "server"}

# Compiled only where its library is installed; reached through src/eval/descriptors.h alone.
DESCRIPTORS = "eval/descriptors"
# Caffe's files are protobuf's; nothing else here is. Reached through its import.h.
CAFFE = "model/caffe"

# third-party library -> (how its headers begin, the only areas, folders of src, or files that may include them)
THIRD_PARTY = {
    "OpenVINO": (r"openvino/|ie_", ("model",)),
    "Protobuf": (r"google/protobuf/|.*\.pb\.h$", (CAFFE,)),
    "SQLite": (r"sqlite3", ("store",)),
    "libvips": (r"vips/|gmodule\.h", (DECODE,)),
    "libseccomp": (r"seccomp\.h", (DECODE,)),
    "libjpeg-turbo": (r"jpeglib\.h", ("base",)),
    "TurboJPEG": (r"turbojpeg\.h", ("image",)),
    "libtiff": (r"tiffio\.h", (DECODE,)),
    "OpenJPEG": (r"openjpeg", (DECODE,)),
    "libavif": (r"avif/", (DECODE,)),
    "libjxl": (r"jxl/", (DECODE,)),
    "OpenEXR": (r"Imf|Imath|OpenEXR", (DECODE,)),
    "LibRaw": (r"libraw/", (DECODE,)),
    "zlib": (r"zlib\.h", (DECODE,)),
    "GLib": (r"glib", ("base",)),
    "libexif": (r"libexif/", ("base",)),
    "Highway": (r"hwy/", ("index", "hash", "train")),
    "libtorch": (r"torch/|ATen/|c10/|caffe2/", ("train",)),
    "Eigen": (r"Eigen/|eigen3/", ("hash",)),
    "FLANN": (r"flann/", ("eval",)),
    "ANN": (r"ANN/", ("eval",)),
    "OpenCV": (r"opencv", (DESCRIPTORS,)),
    "OpenBLAS": (r"cblas|lapack|openblas", ("hash", "eval")),
    "ISA-L": (r"isa-l", ("base",)),
    "OpenSSL": (r"openssl/", ("base", "apps")),
    "nlohmann-json": (r"nlohmann/", ("data", "model", "library", "apps", "train")),
    "LMDB": (r"lmdb\.h", ("source",)),
    "Snappy": (r"snappy", ("source",)),
    "HDF5": (r"hdf5\.h|H5", ("source",)),
    "CLI11": (r"CLI/", ("apps/cli/command.cc",)),
    "fmt": (r"fmt/", ("apps",)),
    "cpp-httplib": (r"httplib", ("apps",)),
    "toml++": (r"toml\+\+/", ("apps",)),
    "nanobind": (r"nanobind/", ("python",)),
}
# What tests beside the sources, and what they share, may use in addition; tests, bench and fuzz are free.
TEST_HEADERS = re.compile(r"(gtest|gmock|leveldb)/")
TEST_PATHS = "base/test_paths.h"  # of tests alone, in any area
# Libraries that have a home, but that tests elsewhere make their files with.
TEST_WRITERS = re.compile(r"vips/")
TEST_FILES = re.compile(r"test_.*|.*_test(_util)?")
FREE_AREAS = ("tests", "bench", "fuzz")

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def area_of(path):
    """The area that a file (relative to the root) belongs to."""
    parts = path.parts
    if parts[0] == "include":
        return PUBLIC
    return parts[1] if parts[0] == "src" else parts[0]


def expected_guard(path):
    """src/base/file.h -> HASHLENS_BASE_FILE_H_, include/hashlens/status.h -> HASHLENS_STATUS_H_, apps/... as it is."""
    parts = path.parts
    if parts[0] == "include":
        parts = parts[2:]
    elif parts[0] == "src":
        parts = parts[1:]
    name = "_".join(("hashlens", *parts))
    return re.sub(r"[^A-Za-z0-9]", "_", name).upper() + "_"


def is_within(path, folder):
    """Whether a file (relative to the root) lies in this folder of src."""
    return path.is_relative_to(pathlib.PurePath("src", folder))


def check_third_party(path, area, header):
    """A message when the header is a library's and does not belong in this file."""
    for library, (pattern, homes) in THIRD_PARTY.items():
        at_home = area in homes or path.as_posix() in homes or any(is_within(path, home) for home in homes)
        at_home |= bool(TEST_WRITERS.match(header) and TEST_FILES.fullmatch(path.stem))
        if re.match(pattern, header) and not at_home and area not in FREE_AREAS:
            return f"{library} is only for {', '.join(homes)}"
    if TEST_HEADERS.match(header) and area not in FREE_AREAS and not TEST_FILES.fullmatch(path.stem):
        return "test headers are only for tests"
    return None


def is_one_program(folder, other):
    return folder == other or {folder, other} <= ONE_PROGRAM


def check_include(root, path, quote, header):
    """A message when `path` may not include `header`, else None."""
    area = area_of(path)
    message = check_third_party(path, area, header)
    if message:
        return message
    first, *rest = header.split("/")
    if rest and (".." in rest or first in ("..", "src", "include")):
        return "write it from src/ or include/ on, as in base/file.h"
    if header == STATUS or header in OWN_PUBLIC.get(area, ()):
        return None
    if header == TEST_PATHS:
        return None if TEST_FILES.fullmatch(path.stem) else "only tests include it"
    if header.startswith(DESCRIPTORS + "/") and not is_within(path, DESCRIPTORS) and area not in FREE_AREAS:
        return "not every build has it; include eval/descriptors.h"
    if rest and (first == PUBLIC or first in MODULES):
        if first == area or first in MAY_INCLUDE[area]:
            return None
        if path.is_relative_to(DECODE_PROGRAM) and first in (DECODE, "base"):
            return None
        return f"{area} may not include {first}"
    if area == PUBLIC and (quote == '"' or not re.fullmatch(r"[a-z0-9_]+", header)):
        return "public headers include only the standard library and each other"
    if quote == '"' and path.parts[0] == "src" and (root / path.parent / header).exists():
        return f'write it as "{area}/{header}"'
    own = area == "apps" and is_one_program(path.parts[1], rest[0] if rest else "")
    if first == "apps" and not own and area != "fuzz":
        return "a program's headers are only for that program"
    return None


def check_guard(path, text):
    guard = expected_guard(path)
    if "HWY_TARGET_TOGGLE" in text:  # compiled once for each instruction set, so guarded another way
        return None if guard in text else f"header guard should be {guard}"
    found = re.search(r"^#ifndef (\w+)\n#define (\w+)$", text, re.MULTILINE)
    if not found or found.groups() != (guard, guard):
        return f"header guard should be {guard}"
    return None


def check_file(root, path):
    """The (line, message) pairs of one file, and a warning or None."""
    text = (root / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    violations = []
    if area_of(path) not in MAY_INCLUDE:
        violations.append((1, f"unknown module {area_of(path)}: give it a rule in tools/check_layers.py"))
        return violations, None
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include:
            message = check_include(root, path, include[1], include[2])
            if message:
                violations.append((number, f"{include[2]}: {message}"))
    if path.suffix == ".h":
        message = check_guard(path, text)
        if message:
            violations.append((1, message))
    warning = None
    if len(lines) > MAX_LINES:
        violations.append((len(lines), f"{len(lines)} lines, over {MAX_LINES}: split it"))
    elif len(lines) > WARN_LINES:
        warning = f"{path}: {len(lines)} lines, over {WARN_LINES}: think of splitting it"
    return violations, warning


def source_files(root):
    """Every .h and .cc below the source folders, relative to root, in order."""
    files = (file for folder in FOLDERS for file in (root / folder).rglob("*"))
    return sorted(file.relative_to(root) for file in files if file.suffix in (".h", ".cc") and file.is_file())


def check_tree(root):
    """All violations ("path:line: message") and warnings of the sources below root."""
    violations, warnings = [], []
    for path in source_files(root):
        found, warning = check_file(root, path)
        violations += [f"{path}:{line}: {message}" for line, message in found]
        if warning:
            warnings.append(warning)
    return violations, warnings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    if not source_files(root):
        sys.exit(f"check_layers: no sources below {root}")
    violations, warnings = check_tree(root)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
