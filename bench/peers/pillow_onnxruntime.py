#!/usr/bin/env python3
"""What a person would write instead of `hashlens index`: Pillow, onnxruntime, a loop.

The same network (as ONNX), the same preprocessing (short side to 256, bicubic, centre 224), every core.
Prints one JSON object with images a second.
"""

import argparse
import json
import os
import pathlib
import tempfile
import time

import numpy
import onnxruntime
from PIL import Image

SHORT_SIDE = 256
SIZE = 224


def load(path):
    with Image.open(path) as image:
        image = image.convert("RGB")
    scale = SHORT_SIDE / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    left, top = (image.width - SIZE) // 2, (image.height - SIZE) // 2
    pixels = numpy.asarray(image.crop((left, top, left + SIZE, top + SIZE)), numpy.float32)
    return ((pixels - 127) / 128).transpose(2, 0, 1)


def measure(session, paths, batch):
    name = session.get_inputs()[0].name
    start = time.perf_counter()
    features = []
    for first in range(0, len(paths), batch):
        inputs = numpy.stack([load(path) for path in paths[first : first + batch]])
        features.append(session.run(None, {name: inputs})[0])
    features = numpy.concatenate(features)
    features /= numpy.linalg.norm(features, axis=1, keepdims=True)
    with tempfile.TemporaryFile() as file:
        numpy.save(file, features.astype(numpy.float16))
        file.flush()
        os.fsync(file.fileno())
    return len(paths) / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=pathlib.Path)
    parser.add_argument("--network", type=pathlib.Path, default=".deps/models/efficientnet-lite0-parts/network.onnx")
    parser.add_argument("--count", type=int, default=2000)
    arguments = parser.parse_args()
    found = sorted(p for p in arguments.pictures.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    paths = [found[i % len(found)] for i in range(arguments.count)]
    session = onnxruntime.InferenceSession(arguments.network, providers=["CPUExecutionProvider"])
    measure(session, paths[:32], 1)  # warm
    # Batches of 1 and of 16 suit different machines: the better one counts.
    rates = {batch: measure(session, paths, batch) for batch in (1, 16)}
    print(json.dumps({
        "version": 1,
        "engine": f"Pillow {Image.__version__} + onnxruntime {onnxruntime.__version__}",
        "images": arguments.count,
        "images_per_s": max(rates.values()),
        "images_per_s_by_batch": rates,
    }))


if __name__ == "__main__":
    main()
