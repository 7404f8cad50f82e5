#!/usr/bin/env bash
# openvino 2026.4.1: an ONNX Resize with antialias = 1 (opset 18) is read without a word and computed without
# antialiasing, linear and cubic alike; onnxruntime 1.32.0 computes it. A network that makes its photo smaller inside the
# graph sees another photo then: fine lines fold into false ones, and what was out of focus looks sharper than it is.
# What to do: make photos smaller before the graph, or check a converted network on photos before it serves.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q openvino==2026.4.1 onnx==1.23.2 onnxruntime==1.32.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, checker, helper

photo = (np.arange(64, dtype=np.float32) ** 1.5 % 7).reshape(1, 1, 8, 8)


def resize(mode: str, antialias: int) -> bytes:
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], mode=mode, antialias=antialias)
    sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, n, n]) for name, n in (("x", 8), ("y", 2))]
    scales = helper.make_tensor("scales", TensorProto.FLOAT, [4], [1, 1, 0.25, 0.25])
    graph = helper.make_graph([node], "resize", sides[:1], sides[1:], [scales])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    return model.SerializeToString()


def by_onnxruntime(model: bytes) -> np.ndarray:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": photo})[0]


def by_openvino(model: bytes) -> np.ndarray:
    core = openvino.Core()
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    return core.compile_model(core.read_model(model), "CPU", exact)([photo])[0]


def differ(one: np.ndarray, other: np.ndarray) -> float:
    return round(float(abs(one - other).max()), 2)


seen = {}
for mode in ("linear", "cubic"):
    plain, smooth = resize(mode, 0), resize(mode, 1)
    seen[mode] = {
        "both plain": differ(by_onnxruntime(plain), by_openvino(plain)),
        "onnxruntime plain and smooth": differ(by_onnxruntime(plain), by_onnxruntime(smooth)),
        "openvino plain and smooth": differ(by_openvino(plain), by_openvino(smooth)),
        "both smooth": differ(by_onnxruntime(smooth), by_openvino(smooth)),
    }
print(seen)
assert seen == {
    "linear": {
        "both plain": 0.0,
        "onnxruntime plain and smooth": 0.94,
        "openvino plain and smooth": 0.0,
        "both smooth": 0.94,
    },
    "cubic": {
        "both plain": 0.0,
        "onnxruntime plain and smooth": 1.13,
        "openvino plain and smooth": 0.0,
        "both smooth": 1.13,
    },
}, "one of them has changed"
PYTHON
