"""Training state on disk: RUN/config.json and RUN/checkpoint.pt, written whole or not at all."""

from __future__ import annotations

import copy
import json
import math
import os
import subprocess
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import nn

from .features import network_inputs
from .network import WIDTHS, RelightNet

CONFIG_FILE = "config.json"
CHECKPOINT_FILE = "checkpoint.pt"
BEST_FILE = "best.pt"


class RunError(ValueError):
    """A run directory that does not fit what was asked for."""


@dataclass
class RunConfig:
    """How a run was trained; the exporter copies from it into the contract."""

    size: str
    seed: int
    batch: int
    data: list[str]
    minutes: float | None
    steps: int | None
    commit: str
    shots: int = 0
    frames: int = 0
    parameters: int = 0
    macs_per_pixel: int = 0
    validation_scenes: list[str] = field(default_factory=list)
    #: Whether the network takes the history channels.
    history: bool = False
    #: Exported network whose weights the run started from.
    start: str | None = None
    #: At the start of the run; falls by a cosine.
    learning_rate: float = 1e-3
    #: Shots that validate, and whose scenes are kept out of training; empty = a share of the scenes.
    validate: list[str] = field(default_factory=list)

    @staticmethod
    def load(run: Path) -> RunConfig:
        path = run / CONFIG_FILE
        if not path.is_file():
            raise RunError(f"{run}: not a training run, {CONFIG_FILE} is missing")
        known = {f.name for f in fields(RunConfig)}
        return RunConfig(**{k: v for k, v in json.loads(path.read_text()).items() if k in known})

    def save(self, run: Path) -> None:
        write_atomically(run / CONFIG_FILE, (json.dumps(asdict(self), indent=2) + "\n").encode())

    def require_same_network(self, earlier: RunConfig) -> None:
        """A checkpoint can go on only with the same network and the same validation split."""
        for name in ("size", "seed", "history", "validate"):
            asked, found = getattr(self, name), getattr(earlier, name)
            if asked != found:
                raise RunError(f"cannot resume: {name} is {asked!r}, the run has {found!r}")


class Ema:
    """Exponential moving average of the weights; the network that is evaluated and exported."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.net = copy.deepcopy(net).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, net: nn.Module, step: int) -> None:
        # Early on the average follows quickly, or a short run would export its initial weights.
        decay = min(self._decay, (1 + step) / (10 + step))
        for average, value in zip(self.net.parameters(), net.parameters(), strict=True):
            average.lerp_(value, 1 - decay)


@dataclass
class Progress:
    """Where a run stands; survives a resume."""

    step: int = 0
    elapsed_s: float = 0.0


def save_checkpoint(
    run: Path, net: nn.Module, ema: Ema, optimizer: torch.optim.Optimizer, progress: Progress
) -> None:
    state = {
        "net": net.state_dict(),
        "ema": ema.net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "progress": asdict(progress),
    }
    temporary = run / (CHECKPOINT_FILE + ".tmp")
    torch.save(state, temporary)
    os.replace(temporary, run / CHECKPOINT_FILE)


def restore_checkpoint(
    run: Path, net: nn.Module, ema: Ema, optimizer: torch.optim.Optimizer, device: torch.device
) -> Progress:
    """Loads RUN/checkpoint.pt where there is one; otherwise the run starts at step 0."""
    path = run / CHECKPOINT_FILE
    if not path.is_file():
        return Progress()
    state = torch.load(path, map_location=device, weights_only=True)
    net.load_state_dict(state["net"])
    ema.net.load_state_dict(state["ema"])
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])


def save_best(run: Path, ema: Ema, progress: Progress, score: float) -> None:
    """Keeps the averaged network that validated best: with few scenes a long run ends worse than it was."""
    temporary = run / (BEST_FILE + ".tmp")
    torch.save({"ema": ema.net.state_dict(), "progress": asdict(progress), "score": score}, temporary)
    os.replace(temporary, run / BEST_FILE)


def best_score(run: Path) -> float:
    """Validation score of RUN/best.pt, minus infinity where there is none."""
    path = run / BEST_FILE
    return torch.load(path, map_location="cpu", weights_only=True)["score"] if path.is_file() else -math.inf


def load_network(run: Path) -> tuple[RelightNet, RunConfig, Progress]:
    """The averaged network of a run where it validated best, ready to evaluate."""
    config = RunConfig.load(run)
    path = run / BEST_FILE
    if not path.is_file():
        raise RunError(f"{run}: no {BEST_FILE} yet")
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = RelightNet(config.size, config.history)
    net.load_state_dict(state["ema"])
    return net.eval(), config, Progress(**state["progress"])


def load_exported(path: Path, net: nn.Module) -> None:
    """Weights of an exported network of the same size, whose initialisers keep the names of the layers."""
    if not path.is_file():
        raise RunError(f"{path}: no such network to start from")
    found = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(path)).graph.initializer}
    missing = [name for name, _ in net.named_parameters() if name not in found]
    if missing:
        raise RunError(f"{path}: has no {missing[0]}; it is not an exported network of this kind")
    with torch.no_grad():
        for name, weights in net.named_parameters():
            if found[name].shape != tuple(weights.shape):
                shape = "x".join(map(str, found[name].shape))
                raise RunError(f"{path}: {name} is {shape}, the network has {tuple(weights.shape)}")
            weights.copy_(torch.from_numpy(found[name].astype("float32")))


def open_network(path: Path) -> RelightNet:
    """Network of an exported file (.onnx) or of a training run, ready to evaluate."""
    if path.suffix != ".onnx":
        return load_network(path)[0]
    if not path.is_file():
        raise RunError(f"{path}: no such network")
    shapes = {i.name: tuple(i.dims) for i in onnx.load(str(path)).graph.initializer}
    width, inputs = shapes.get("stem.weight", (0, 0))[:2]
    kinds = [(size, history) for size in WIDTHS for history in (False, True)]
    fitting = [k for k in kinds if (WIDTHS[k[0]][0], len(network_inputs(k[1]))) == (width, inputs)]
    if not fitting:
        raise RunError(f"{path}: not a network of this version: {width} features of {inputs} inputs")
    net = RelightNet(*fitting[0])
    load_exported(path, net)
    return net.eval()


def source_commit() -> str:
    """Commit of the source tree that trains, marked where it was changed since."""
    here = Path(__file__).parent
    try:
        text = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=here, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return text.strip()


def write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)
