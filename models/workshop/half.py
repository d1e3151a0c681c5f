"""Writes the half-float twin of a network for GPUs with 16-bit arithmetic: half the bytes, the same graph."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

from .checkpoint import write_atomically

MODELS_DIRECTORY = Path(__file__).resolve().parents[1]
SUFFIX = "-fp16"

#: Least agreement with the float32 network, in dB over the range of its output. Beside an error of 24 dB,
#: that of the pictures, a rounding error of 50 dB costs 0.01 dB.
LEAST_AGREEMENT_DB = 50.0


class HalfError(RuntimeError):
    """A half-float network that must not be shipped."""


def to_half(content: bytes) -> bytes:
    """The same graph with weights, constants, input and output in half floats."""
    model = onnx.load_from_string(content)
    graph = model.graph
    # Scales of Resize stay float32: the operator takes no others.
    scales = {name for node in graph.node if node.op_type == "Resize" for name in node.input[1:]}
    for tensor in graph.initializer:
        if tensor.name not in scales:
            _halve(tensor)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR and scales.isdisjoint(node.output):
                _halve(attribute.t)
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _halve(tensor: TensorProto) -> None:
    if tensor.data_type != TensorProto.FLOAT:
        return
    values = numpy_helper.to_array(tensor)
    if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        raise HalfError(f"{tensor.name} has values that no half float can hold")
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))


def agreement_db(whole: bytes, half: bytes, inputs: np.ndarray) -> float:
    """PSNR of the half-float network's answer against the float32 network's, over the range of the latter."""
    expected = _run(whole, inputs)
    actual = _run(half, inputs.astype(np.float16)).astype(np.float32)
    span = float(expected.max() - expected.min())
    error = float(np.mean(np.square(actual - expected)))
    return float(10 * np.log10(span**2 / max(error, 1e-20)))


def _run(content: bytes, inputs: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: inputs})[0]


def write_half(contract_path: Path, inputs: np.ndarray) -> Path:
    """Writes a network's twin with its contract; `inputs` (1,C,h,w) are what both are compared on."""
    contract = json.loads(contract_path.read_text())
    whole = (contract_path.parent / contract["file"]).read_bytes()
    half = to_half(whole)
    agreement = agreement_db(whole, half, inputs)
    if not agreement >= LEAST_AGREEMENT_DB:
        raise HalfError(f"half and whole agree to {agreement:.1f} dB only, limit {LEAST_AGREEMENT_DB} dB")
    name = contract["name"] + SUFFIX
    twin = contract | {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(half).hexdigest(),
        "bytes": len(half),
        "precision": "float16",
        "madeFrom": contract["sha256"],
        # Measured with the network that it was made from.
        "metrics": {},
    }
    write_atomically(contract_path.parent / twin["file"], half)
    path = contract_path.parent / f"{name}.json"
    write_atomically(path, (json.dumps(twin, indent=2) + "\n").encode())
    print(f"{path.name}: {len(half)} bytes, agrees with {contract['name']} to {agreement:.1f} dB")
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    # Here: the exporter imports this file.
    from .export import frame_like

    parser = argparse.ArgumentParser(prog="python -m workshop.half", description=__doc__)
    parser.add_argument("sizes", nargs="+", help="sizes of the networks, e.g. s m")
    parser.add_argument("--models", type=Path, default=MODELS_DIRECTORY, help="where they are")
    options = parser.parse_args(arguments)
    for size in options.sizes:
        try:
            write_half(options.models / f"relight-{size}.json", frame_like(96, 160, seed=0))
        except (HalfError, OSError) as error:
            raise SystemExit(f"half: {error}") from error


if __name__ == "__main__":
    main()
