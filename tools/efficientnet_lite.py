"""EfficientNet-Lite0 as an ONNX graph, from picture to the 1280 values before the classifier.

Tan and Le, "EfficientNet" (2019), in the Lite form: ReLU6, no squeeze-and-excite. Input "image":
float32 [N,3,224,224], (RGB - 127) / 128. Output "feature": float32 [N,1280]. Batch-norms are folded
into the convolutions, computed in float64.
"""

import math

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

INPUT_SIZE = 224
FEATURE_DIM = 1280
BATCH_NORM_EPSILON = 1e-3
# repeat, kernel, stride of the first, expansion, output channels
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


class _Graph:
    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.initializers = []
        self.constant("zero", numpy.float32(0))
        self.constant("six", numpy.float32(6))

    def constant(self, name, value):
        self.initializers.append(numpy_helper.from_array(numpy.asarray(value), name))
        return name

    def add(self, kind, name, inputs, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, name, source, conv, norm, stride=1, depthwise=False, relu=True):
        """Convolution, batch-norm folded in, ReLU6; padded as TensorFlow's SAME."""
        kernel = self.weights[f"{conv}.weight"].astype(numpy.float64)
        gamma, beta, mean, variance = (
            self.weights[f"{norm}.{part}"].astype(numpy.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gamma / numpy.sqrt(variance + BATCH_NORM_EPSILON)
        folded = (kernel * factor[:, None, None, None]).astype(numpy.float32)
        bias = (beta - mean * factor).astype(numpy.float32)
        out = self.add(
            "Conv",
            name,
            [source, self.constant(f"{name}.weight", folded), self.constant(f"{name}.bias", bias)],
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            kernel_shape=list(folded.shape[2:]),
            group=folded.shape[0] if depthwise else 1,
        )
        return self.add("Clip", f"{name}.relu6", [out, "zero", "six"]) if relu else out


def build_onnx(weights):
    """The onnx.ModelProto made of a state dict (torch_weights.read_torch_weights)."""
    graph = _Graph(weights)
    out = graph.conv("stem", "image", "_conv_stem", "_bn0", stride=2)
    index, channels = 0, 32
    for repeat, kernel, first_stride, expansion, width in STAGES:
        for position in range(repeat):
            stride = first_stride if position == 0 else 1
            torch_name, name, start = f"_blocks.{index}", f"block{index}", out
            assert weights[f"{torch_name}._depthwise_conv.weight"].shape[2] == kernel
            if expansion > 1:
                out = graph.conv(
                    f"{name}.expand", out, f"{torch_name}._expand_conv", f"{torch_name}._bn0"
                )
            out = graph.conv(
                f"{name}.depthwise",
                out,
                f"{torch_name}._depthwise_conv",
                f"{torch_name}._bn1",
                stride=stride,
                depthwise=True,
            )
            out = graph.conv(
                f"{name}.project",
                out,
                f"{torch_name}._project_conv",
                f"{torch_name}._bn2",
                relu=False,
            )
            if stride == 1 and channels == width:
                out = graph.add("Add", f"{name}.add", [out, start])
            index, channels = index + 1, width
    out = graph.conv("head", out, "_conv_head", "_bn1")
    out = graph.add("GlobalAveragePool", "pool", [out])
    graph.add("Flatten", "feature", [out], axis=1)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite0",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, INPUT_SIZE, INPUT_SIZE])],
            [helper.make_tensor_value_info("feature", TensorProto.FLOAT, ["N", FEATURE_DIM])],
            graph.initializers,
        ),
        producer_name="hashlens",
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def expected_feature(weights):
    """Mean feature guessed from the last batch-norm alone: E[relu6(x)] for x ~ N(beta, gamma^2)."""
    beta = weights["_bn1.bias"].astype(numpy.float64)
    gamma = numpy.abs(weights["_bn1.weight"].astype(numpy.float64))
    return _mean_above(beta, gamma) - _mean_above(beta - 6, gamma)


def _mean_above(mean, deviation):
    """E[max(x, 0)] for x ~ N(mean, deviation^2); deviation 0 is a constant x."""
    ratio = mean / numpy.maximum(deviation, 1e-12)
    density = numpy.exp(-0.5 * ratio**2) / math.sqrt(2 * math.pi)
    below = 0.5 * (1 + numpy.vectorize(math.erf)(ratio / math.sqrt(2)))
    return mean * below + deviation * density
