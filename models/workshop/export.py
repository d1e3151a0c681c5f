"""Exports a training run to ONNX with its contract, after checking that the runtime agrees with torch."""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from . import resolve
from .checkpoint import Progress, RunConfig, load_network, write_atomically
from .color import LOG_GAIN
from .golden import GOLDEN_DIRECTORY
from .half import HalfError, write_half
from .material import MIN_MATERIAL_FACTOR
from .network import (
    ALIGNMENT,
    CELL,
    EDGE_LIMIT,
    RelightNet,
    ShippedNet,
    macs_per_pixel,
    parameter_count,
)

CONTRACT_VERSION = 5
OPSET = 17
INPUT_NAME, OUTPUT_NAME = "inputs", "outputs"
MODELS_DIRECTORY = Path(__file__).resolve().parents[1]

#: Largest difference allowed between torch and the runtime, as a share of the output's range.
TOLERANCE = 1e-3
#: Operators that every backend of the page runs without falling back to the CPU. Identity only stands for
#: weights that are equal (the biases of an untrained network); runtimes remove it.
ALLOWED_OPERATORS = {
    *("Add", "Constant", "Conv", "GlobalAveragePool"),
    *("Identity", "Relu", "Resize"),
}


class ExportError(RuntimeError):
    """An exported file that must not be shipped."""


@dataclass(frozen=True)
class Exported:
    """Files of one export and what the check measured."""

    model: Path
    contract: Path
    operators: dict[str, int]
    #: Largest difference between torch and the runtime over the output's range.
    difference: float


def export_run(run: Path, models: Path = MODELS_DIRECTORY, golden: Path = GOLDEN_DIRECTORY) -> Exported:
    """Writes relight-<size>.onnx, its contract and the parity sample of a training run."""
    net, config, progress = load_network(run)
    name = f"relight-{config.size}"
    models.mkdir(parents=True, exist_ok=True)
    model = models / f"{name}.onnx"
    content = to_onnx(net)
    operators = check_operators(content)
    difference = check_parity(net, content)
    write_atomically(model, content)
    contract = contract_of(name, content, net, config, progress)
    write_atomically(models / f"{name}.json", (json.dumps(contract, indent=2) + "\n").encode())
    write_parity_sample(net, name, contract["sha256"], golden)
    return Exported(model, models / f"{name}.json", operators, difference)


def to_onnx(net: RelightNet) -> bytes:
    """The graph as a serialized model with free height and width."""
    buffer = BytesIO()
    shipped = ShippedNet(net.size, net.history)
    shipped.load_state_dict(net.state_dict())
    plain = shipped.cpu().eval().to(memory_format=torch.contiguous_format)
    free, cells = {2: "height", 3: "width"}, {2: "cell_rows", 3: "cell_columns"}
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but it alone leaves the graph free of shape arithmetic.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            plain,
            (torch.zeros(1, len(net.inputs), 64, 96),),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            dynamic_axes={INPUT_NAME: free, OUTPUT_NAME: cells},
            do_constant_folding=True,
        )
    model = onnx.load_from_string(buffer.getvalue())
    model.producer_name, model.doc_string = "neural-relight", ""
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def check_operators(content: bytes) -> dict[str, int]:
    """Counts the operators; refuses those that cost a copy or a fallback on some backend."""
    counts = Counter(node.op_type for node in onnx.load_from_string(content).graph.node)
    unexpected = sorted(set(counts) - ALLOWED_OPERATORS)
    if unexpected:
        raise ExportError(f"unexpected operators in the graph: {', '.join(unexpected)}")
    return dict(counts)


def check_parity(net: RelightNet, content: bytes) -> float:
    """Compares torch and onnxruntime on noise and on frame-like inputs of several sizes."""
    session = runtime_session(content)
    worst = 0.0
    for seed, (height, width) in enumerate(((32, 48), (64, 96), (96, 160))):
        channels = len(net.inputs)
        noise = np.random.default_rng(seed).normal(0, 1, (1, channels, height, width))
        for inputs in (noise.astype(np.float32), frame_like(height, width, seed)[:, :channels]):
            expected = run_torch(net, inputs)
            actual = session.run([OUTPUT_NAME], {INPUT_NAME: inputs})[0]
            if actual.shape != expected.shape:
                raise ExportError(f"runtime output is {actual.shape}, torch's is {expected.shape}")
            span = max(float(expected.max() - expected.min()), 1e-6)
            worst = max(worst, float(np.abs(actual - expected).max()) / span)
    if not worst <= TOLERANCE:
        raise ExportError(f"runtime and torch differ by {worst:.2e} of the range, limit {TOLERANCE:.0e}")
    return worst


def runtime_session(content: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def run_torch(net: RelightNet, inputs: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return net.cells(torch.from_numpy(inputs)).numpy()


def frame_like(height: int, width: int, seed: int) -> np.ndarray:
    """INPUTS (1,C,h,w) like a real frame: smooth lighting, flat materials, a shadow edge, sky."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(max(height, width))
    phase = rng.uniform(0, 2 * np.pi, 8)
    wave = [0.5 + 0.5 * np.sin(5 * x * (i % 3 + 1) + 4 * y * (i % 2 + 1) + p) for i, p in enumerate(phase)]
    block = (np.floor(x * 6) + np.floor(y * 6)) % 3 / 2
    shadow = (x + 0.3 * wave[0] > 0.5).astype(np.float32)
    probe = [0.4 + 0.8 * wave[i] for i in range(3)]
    direct = [2.0 * shadow * (0.6 + 0.4 * wave[3 + i]) for i in range(3)]
    angle = 1.2 * (wave[6] - 0.5)
    normal = [np.sin(angle), 0.3 * np.cos(angle), np.cos(angle) * np.sqrt(1 - 0.09)]
    lit = [np.log2(1 + LOG_GAIN * (d + p)) for d, p in zip(direct, probe, strict=True)]
    channels = [
        *lit, shadow, np.log2(1 + LOG_GAIN * 2 * wave[3]), *(np.log2(1 + LOG_GAIN * p) for p in probe),
        0.2 + 0.6 * block, 0.3 + 0.3 * block, 0.7 - 0.5 * block, *normal, normal[1],
        0.2 + 0.6 * block, (block > 0.9) * 1.0,
        *(level * (0.8 + 0.4 * wave[1]) for level in lit),
        (wave[1] > 0.5) * 1.0, *(level * (0.7 + 0.4 * wave[4]) for level in lit),
        *(level * (0.9 + 0.1 * wave[6]) for level in lit), (wave[5] > 0.2) * 1.0,
    ]  # fmt: skip
    inputs = np.stack(channels).astype(np.float32)
    sky = y < 0.08
    inputs[:, sky] = 0
    return inputs[None]


def contract_of(
    name: str, content: bytes, net: RelightNet, config: RunConfig, progress: Progress
) -> dict[str, object]:
    """What the page builds its packing and resolve from, and refuses to start without."""
    return {
        "name": name,
        "version": CONTRACT_VERSION,
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "precision": "float32",
        "inputs": list(net.inputs),
        "outputs": list(net.outputs),
        "inputName": INPUT_NAME,
        "outputName": OUTPUT_NAME,
        # Each output is CELL x CELL channels of the file, at 1/CELL of the size; see RelightNet.cells.
        "outputCell": CELL,
        "alignment": ALIGNMENT,
        "transfer": {
            "scale": LOG_GAIN,
            "base": 2,
            "materialFloor": MIN_MATERIAL_FACTOR,
        },
        "resolve": {
            "normal": resolve.NORMAL_STRENGTH,
            "depth": resolve.DEPTH_STRENGTH,
            "width": resolve.WIDTH_STRENGTH,
            "edgeLimit": EDGE_LIMIT,
        },
        "macsPerPixel": macs_per_pixel(net.size, net.history),
        "parameters": parameter_count(net),
        "training": {
            "commit": config.commit,
            "seed": config.seed,
            "shots": config.shots,
            "frames": config.frames,
            "minutes": round(progress.elapsed_s / 60, 1),
            "steps": progress.step,
        },
        "metrics": {},
    }


def write_parity_sample(net: RelightNet, name: str, sha256: str, golden: Path) -> None:
    """A small frame-like input and torch's output, float32 little-endian, for the page's tests."""
    inputs = np.ascontiguousarray(frame_like(32, 48, seed=7)[:, : len(net.inputs)])
    outputs = run_torch(net, inputs)
    golden.mkdir(parents=True, exist_ok=True)
    binary = f"{name}-parity.bin"
    description = {
        "model": name,
        "sha256": sha256,
        "file": binary,
        "input": {"name": INPUT_NAME, "shape": list(inputs.shape), "offsetBytes": 0},
        "output": {"name": OUTPUT_NAME, "shape": list(outputs.shape), "offsetBytes": inputs.nbytes},
    }
    write_atomically(golden / binary, inputs.astype("<f4").tobytes() + outputs.astype("<f4").tobytes())
    text = json.dumps(description, indent=2) + "\n"
    write_atomically(golden / f"{name}-parity.json", text.encode())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.export", description=__doc__)
    parser.add_argument("run", type=Path, help="training run directory")
    parser.add_argument("--models", type=Path, default=MODELS_DIRECTORY, help="where the model goes")
    parser.add_argument("--golden", type=Path, default=GOLDEN_DIRECTORY, help="where the parity sample goes")
    options = parser.parse_args(arguments)
    try:
        exported = export_run(options.run, options.models, options.golden)
        write_half(exported.contract, frame_like(96, 160, seed=0))
    except (ExportError, HalfError, ValueError) as error:
        raise SystemExit(f"export: {error}") from error
    nodes = sum(exported.operators.values())
    print(f"{exported.model} ({exported.model.stat().st_size} bytes), {exported.contract.name}")
    print(f"{nodes} nodes: {', '.join(f'{n} {op}' for op, n in sorted(exported.operators.items()))}")
    print(f"torch and onnxruntime differ by {exported.difference:.1e} of the output range")


if __name__ == "__main__":
    main()
