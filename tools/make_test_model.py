#!/usr/bin/env python3
"""Makes a tiny network for fast tests: input [N,3,32,32], output [N,32], 10 kB of seeded weights.

usage: make_test_model.py OUT          (writes network.xml, network.bin, directions.f32, mean.f32 there,
                                        the parts that `hashlens model pack --input-size 32` takes, and
                                        the same in OUT/wide for features of 4096 dimensions)
"""

import argparse
import pathlib
import random

import numpy
import openvino
from openvino import opset13 as op

INPUT_SIZE = 32
DIM = 32
WIDE_DIM = 4096
DIRECTIONS = 64
SEED = 20150607


def conv_relu(source, generator, inputs, outputs, stride):
    count = outputs * inputs * 9
    scale = (2 / (inputs * 9)) ** 0.5
    values = [generator.gauss(0, scale) for _ in range(count)]
    kernel = numpy.array(values, numpy.float32).reshape(outputs, inputs, 3, 3)
    out = op.convolution(source, op.constant(kernel), [stride, stride], [1, 1], [1, 1], [1, 1])
    return op.relu(out)


def build(wide):
    generator = random.Random(SEED)  # its stream is the same in every Python
    image = op.parameter([-1, 3, INPUT_SIZE, INPUT_SIZE], numpy.float32, name="image")
    out = conv_relu(image, generator, 3, 8, stride=2)
    out = conv_relu(out, generator, 8, DIM, stride=2)
    feature = op.reduce_mean(out, op.constant(numpy.array([2, 3], numpy.int64)), keep_dims=False)
    if wide:
        values = [generator.gauss(0, 1) for _ in range(DIM * WIDE_DIM)]
        weights = numpy.array(values, numpy.float32).reshape(DIM, WIDE_DIM)
        feature = op.relu(op.matmul(feature, op.constant(weights), False, False))
    return openvino.Model([feature], [image], "wide" if wide else "tiny")


def write_parts(out, dim, wide):
    out.mkdir(parents=True, exist_ok=True)
    openvino.save_model(build(wide), out / "network.xml", compress_to_fp16=False)
    generator = random.Random(SEED + 1)
    directions = [generator.gauss(0, 1) for _ in range(DIRECTIONS * dim)]
    (out / "directions.f32").write_bytes(numpy.array(directions, "<f4").tobytes())
    (out / "mean.f32").write_bytes(numpy.full(dim, 0.1 * (DIM / dim) ** 0.5, "<f4").tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    out = parser.parse_args().out
    write_parts(out, DIM, wide=False)
    write_parts(out / "wide", WIDE_DIM, wide=True)


if __name__ == "__main__":
    main()
