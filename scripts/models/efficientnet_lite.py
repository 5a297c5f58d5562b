"""EfficientNet-Lite without its classifier, as an ONNX graph.

MobileNetV2's inverted residuals with ReLU6 and no squeeze-and-excite. Source:
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8  # IR 8 is the format that goes with opset 17
BN_EPSILON = 1e-3
STEM, FEATURES = 32, 1280

# Per stage: depthwise kernel, stride of its first block, expansion factor.
STAGES = [(3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6)]


@dataclass(frozen=True)
class Architecture:
    """What sets one variant apart from another."""

    side: int  # of the square input, pixels
    channels: tuple[int, ...]  # output channels per stage
    repeats: tuple[int, ...]  # blocks per stage


class GraphBuilder:
    """Appends nodes to one ONNX graph, taking each weight it needs from the state dict."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = dict(weights)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._constant("relu6/min", np.float32(0))
        self._constant("relu6/max", np.float32(6))

    def _constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def add(self, op: str, name: str, inputs: list[str], **attributes: object) -> str:
        """Adds a node called `name` and returns the name of its only output."""
        output = f"{name}:0"
        self.nodes.append(helper.make_node(op, inputs, [output], name=name, **attributes))
        return output

    def conv(self, name: str, x: str, conv: str, norm: str, *, stride: int = 1, groups: int = 1, relu6: bool) -> str:
        """Convolution (TensorFlow's SAME padding) with its batch norm folded in, then ReLU6 if asked.

        y = γ (w∗x − μ) / √(σ² + ε) + β  =  (s·w)∗x + (β − s·μ)  with  s = γ / √(σ² + ε)
        """
        kernel = self.weights.pop(f"{conv}.weight").astype(np.float64)  # [out, in / groups, k, k]
        gamma, beta, mean, variance = (
            self.weights.pop(f"{norm}.{part}").astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        self.weights.pop(f"{norm}.num_batches_tracked")
        scale = gamma / np.sqrt(variance + BN_EPSILON)
        inputs = [
            x,
            self._constant(f"{name}/kernel", kernel * scale[:, None, None, None]),
            self._constant(f"{name}/bias", beta - mean * scale),
        ]
        x = self.add(
            "Conv",
            name,
            inputs,
            kernel_shape=list(kernel.shape[2:]),
            strides=[stride, stride],
            group=groups,
            auto_pad="SAME_UPPER",
        )
        return self.add("Clip", f"{name}/relu6", [x, "relu6/min", "relu6/max"]) if relu6 else x

    def inverted_residual(self, i: int, x: str, inputs: int, outputs: int, expand: int, stride: int) -> str:
        """Block `i`: 1×1 expansion (none if `expand` is 1), depthwise, linear 1×1 projection."""
        name, source = f"block{i:02d}", f"_blocks.{i}"
        shortcut, wide = x, inputs * expand
        if expand != 1:
            x = self.conv(f"{name}/expand", x, f"{source}._expand_conv", f"{source}._bn0", relu6=True)
        x = self.conv(
            f"{name}/depthwise",
            x,
            f"{source}._depthwise_conv",
            f"{source}._bn1",
            stride=stride,
            groups=wide,
            relu6=True,
        )
        x = self.conv(f"{name}/project", x, f"{source}._project_conv", f"{source}._bn2", relu6=False)
        return self.add("Add", f"{name}/add", [x, shortcut]) if stride == 1 and inputs == outputs else x


def build_graph(network: Architecture, weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """The network up to its pooled features: `input` float32 [N, 3, S, S] → `embedding` [N, 1280]."""
    graph = GraphBuilder(weights)
    x = graph.conv("stem", "input", "_conv_stem", "_bn0", stride=2, relu6=True)
    channels, index = STEM, 0
    for (kernel, stride, expand), outputs, repeats in zip(STAGES, network.channels, network.repeats, strict=True):
        for repeat in range(repeats):
            found = weights[f"_blocks.{index}._depthwise_conv.weight"].shape
            if found != (channels * expand, 1, kernel, kernel):
                raise ValueError(f"block {index}: depthwise kernel {found} does not fit the architecture")
            x = graph.inverted_residual(index, x, channels, outputs, expand, stride if repeat == 0 else 1)
            channels, index = outputs, index + 1
    x = graph.conv("head", x, "_conv_head", "_bn1", relu6=True)
    x = graph.add("GlobalAveragePool", "pool", [x])
    graph.nodes.append(helper.make_node("Flatten", [x], ["embedding"], name="flatten", axis=1))
    if set(graph.weights) != {"_fc.weight", "_fc.bias"}:
        raise ValueError(f"weights left over: {sorted(graph.weights)}")
    side = network.side
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, side, side])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", FEATURES])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
