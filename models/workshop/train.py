"""Trains the relighting network on captured shots with path-traced targets.

Runs on whatever is there: CPU or GPU, alone or under torchrun. Starting again with the same --out resumes.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from .augment import Augmentation, Sample, prepare
from .baseline import mean_scores, play
from .checkpoint import (
    CHECKPOINT_FILE,
    CONFIG_FILE,
    Ema,
    Progress,
    RunConfig,
    RunError,
    best_score,
    load_exported,
    restore_checkpoint,
    save_best,
    save_checkpoint,
    source_commit,
)
from .dataset import Batch, Frame, load_frames
from .loss import LossWeights
from .machine import Machine, join_machine, keep_freed_memory
from .network import WIDTHS, RelightNet, macs_per_pixel, parameter_count
from .objective import Terms, backward_through, sample_loss
from .sampler import BatchSampler
from .sequence import chains
from .split import DatasetError, find_shots, refuse_held_out, scene_of, validation_scenes

LEARNING_RATE, FINAL_LEARNING_RATE = 1e-3, 2e-5
WEIGHT_DECAY = 0.05
EMA_DECAY = 0.998
CLIP_NORM = 1.0
#: Share of the training at its end that sees whole frames, as the global branch will in use.
WHOLE_FRAME_SHARE = 0.4
#: Share of the steps that play sequences; the others see single frames, as after a cut.
SEQUENCE_SHARE = 0.7
SAVE_EVERY_S = 60.0
LOG_EVERY_S = 10.0
MAX_VALIDATION_FRAMES, MAX_VALIDATION_RUNS = 32, 6


def learning_rate(done: float, first: float = LEARNING_RATE) -> float:
    """Cosine from the first rate to the final one over the done share [0,1] of the training."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(max(done, 0.0), 1.0)))
    return FINAL_LEARNING_RATE + (first - FINAL_LEARNING_RATE) * cosine


def validation_frames(frames: Sequence[Frame], history: bool) -> list[Frame]:
    """Frames to validate on: some spread over all, for a network with a memory also whole runs."""
    runs = chains(frames) if history else []
    played = [f for run in runs[:: -(-len(runs) // MAX_VALIDATION_RUNS) or 1] for f in run]
    in_runs = {id(f) for run in runs for f in run}
    single = [f for f in frames if id(f) not in in_runs]
    return played + single[:: max(1, -(-len(single) // MAX_VALIDATION_FRAMES))]


class Trainer:
    """One training run: data, network and schedule; `run` works until the budget is spent."""

    _weights = LossWeights()

    def __init__(self, config: RunConfig, run: Path, frames: Sequence[Frame], machine: Machine) -> None:
        held_back = set(config.validation_scenes)
        training = [f for f in frames if f.scene not in held_back]
        self._validation = validation_frames([f for f in frames if f.scene in held_back], config.history)
        self._config, self._run, self._machine = config, run, machine
        torch.manual_seed(config.seed)
        self._net = self._create().to(machine.device, memory_format=torch.channels_last)
        if config.start:
            load_exported(Path(config.start), self._net)
        self._ema = Ema(self._net, EMA_DECAY)
        self._optimizer = torch.optim.AdamW(
            self._net.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=WEIGHT_DECAY
        )
        self.progress = restore_checkpoint(run, self._net, self._ema, self._optimizer, machine.device)
        # The only buffer is a constant, so nothing but gradients travels between processes.
        shared = machine.world > 1
        self._model = DistributedDataParallel(self._net, broadcast_buffers=False) if shared else self._net
        self._sampler = BatchSampler(training, config.batch, config.seed, machine.rank)

    def _create(self) -> RelightNet:
        """The network before training."""
        return RelightNet(self._config.size, self._config.history)

    def done(self) -> float:
        """Share of the budget that is spent; at least 1 at the end."""
        if self._config.steps is not None:
            return self.progress.step / self._config.steps
        return self.progress.elapsed_s / (self._config.minutes * 60)

    def run(self) -> Progress:
        started_s = time.monotonic() - self.progress.elapsed_s
        last_log_s = last_save_s = self.progress.elapsed_s
        bar = tqdm(
            total=100, disable=not self._machine.leads, mininterval=5, bar_format="{l_bar}{bar}|{postfix}"
        )
        while (done := self._machine.agree(self.done())) < 1:
            loss, terms = self._step(done)
            self.progress = Progress(self.progress.step + 1, time.monotonic() - started_s)
            elapsed_s = self.progress.elapsed_s
            if self._machine.leads and elapsed_s - last_log_s > LOG_EVERY_S:
                last_log_s = elapsed_s
                self._log({"loss": float(loss), "terms": terms}, done)
                bar.set_postfix_str(f"step {self.progress.step}, loss {float(loss):.4f}")
            if self._machine.leads and elapsed_s - last_save_s > SAVE_EVERY_S:
                last_save_s = elapsed_s
                self._save(done)
            bar.update(min(100.0, 100 * self.done()) - bar.n)
        bar.close()
        if self._machine.leads:
            self._save(1.0)
        return self.progress

    def _step(self, done: float) -> tuple[torch.Tensor, Terms]:
        rng = self._sampler.generator(self.progress.step)
        whole = done > 1 - WHOLE_FRAME_SHARE
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate(done, self._config.learning_rate)
        self._optimizer.zero_grad(set_to_none=True)
        plays = self._config.history and rng.random() < SEQUENCE_SHARE
        loss, terms = self._play(rng, whole) if plays else self._look(rng, whole)
        norm = nn.utils.clip_grad_norm_(self._net.parameters(), CLIP_NORM)
        # One broken target must not end a night's training: the step is left out.
        if torch.isfinite(norm):
            self._optimizer.step()
        self._ema.update(self._net, self.progress.step)
        return loss, terms

    def _look(self, rng: np.random.Generator, whole: bool) -> tuple[torch.Tensor, Terms]:
        """Gradients of single frames."""
        batch = self._sampler.whole_frames(rng) if whole else self._sampler.windows(rng)
        (sample,) = self._prepare([batch], rng)
        loss, terms = sample_loss(self._model, sample, self._weights)
        loss.backward()
        return loss.detach(), terms

    def _play(self, rng: np.random.Generator, whole: bool) -> tuple[torch.Tensor, Terms]:
        """Gradients of sequences."""
        run = self._sampler.sequences(rng, whole)
        warps = [warp.to(self._machine.device) for warp in run.warps]
        return backward_through(self._model, self._prepare(run.batches, rng), warps, self._weights)

    @torch.no_grad()
    def _prepare(self, batches: list[Batch], rng: np.random.Generator) -> list[Sample]:
        """One augmentation for all: the light of a sequence must not jump."""
        device = self._machine.device
        augmentation = Augmentation.draw(batches[0].low.shape[0], rng).to(device)
        return [prepare(batch.to(device), augmentation) for batch in batches]

    def _save(self, done: float) -> None:
        save_checkpoint(self._run, self._net, self._ema, self._optimizer, self.progress)
        scores = list(play(self._ema.net, self._validation, self._machine.device))
        means = mean_scores(scores) if scores else None
        score = means.get("ai_full", means["ai"]) if means else 0.0
        if means is None or score > best_score(self._run):
            save_best(self._run, self._ema, self.progress, score)
        self._log({"validation": means}, done)

    def _log(self, entry: dict, done: float) -> None:
        stamp = {"step": self.progress.step, "elapsedS": round(self.progress.elapsed_s, 1)}
        line = json.dumps(stamp | _rounded({"lr": learning_rate(done, self._config.learning_rate)} | entry))
        with (self._run / "log.jsonl").open("a") as log:
            log.write(line + "\n")
        tqdm.write(line)


def _rounded(value: object) -> object:
    """Numbers and scalar tensors of a log entry to five significant digits."""
    if isinstance(value, dict):
        return {name: _rounded(v) for name, v in value.items()}
    return value if value is None else float(f"{float(value):.5g}")


def train(config: RunConfig, run: Path) -> Progress:
    """Trains or resumes the run; raises DatasetError or RunError with what to change."""
    machine = join_machine()
    keep_freed_memory()
    shots = find_shots([Path(d) for d in config.data])
    validating = find_shots([Path(d) for d in config.validate])
    shots += [shot for shot in validating if shot not in shots]
    refuse_held_out(shots)
    run.mkdir(parents=True, exist_ok=True)
    if (run / CHECKPOINT_FILE).is_file() and (run / CONFIG_FILE).is_file():
        config.require_same_network(RunConfig.load(run))
    frames = load_frames(shots, progress=machine.leads)
    held_back = {scene_of(s) for s in validating}
    config.validation_scenes = sorted(
        held_back or validation_scenes((scene_of(s) for s in shots), config.seed)
    )
    training = [f for f in frames if f.scene not in config.validation_scenes]
    config.shots, config.frames = len({f.shot for f in training}), len(training)
    if config.history and not chains(training):
        raise DatasetError(
            "a network with a memory needs sequences: capture with --sequence 8, or train with --no-history"
        )
    config.macs_per_pixel = macs_per_pixel(config.size, config.history)
    config.parameters = parameter_count(RelightNet(config.size, config.history))
    if machine.leads:
        config.save(run)
        held = ", ".join(config.validation_scenes) or "none"
        print(f"{config.frames} frames of {config.shots} shots on {machine.device}; validating on: {held}")
    progress = Trainer(config, run, frames, machine).run()
    machine.leave_together()
    return progress


def parse(arguments: Sequence[str] | None) -> tuple[RunConfig, Path, int]:
    parser = argparse.ArgumentParser(prog="python -m workshop.train", description=__doc__)
    parser.add_argument("data", nargs="+", help="shots, or directories of shots, with targets")
    parser.add_argument(
        "--validate", nargs="+", default=[], metavar="DATA",
        help="shots that validate, their scenes kept out of training (default: a seeded share of the scenes)",
    )  # fmt: skip
    parser.add_argument("--size", choices=sorted(WIDTHS), default="m")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="train this long, resumed time included")
    budget.add_argument("--steps", type=int, help="train this many steps")
    parser.add_argument("--batch", type=int, default=8, help="windows per step and process")
    parser.add_argument(
        "--history", action=argparse.BooleanOptionalAction, default=True,
        help="the network is told its last frame, and trained on sequences (default on)",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="start", help="exported network (.onnx) whose weights training starts from"
    )
    parser.add_argument(
        "--learning-rate", type=float, default=LEARNING_RATE, help="at the start (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0)
    # The layers are too small for threads to pay: processes (torchrun) use several cores better.
    parser.add_argument("--threads", type=int, default=1, help="CPU threads a process (default %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="run directory; resumes what is there")
    options = parser.parse_args(arguments)
    config = RunConfig(
        size=options.size, seed=options.seed, batch=options.batch, data=options.data,
        minutes=options.minutes, steps=options.steps, commit=source_commit(), history=options.history,
        start=options.start, learning_rate=options.learning_rate, validate=options.validate,
    )  # fmt: skip
    return config, options.out, options.threads


def main(arguments: Sequence[str] | None = None) -> None:
    config, run, threads = parse(arguments)
    torch.set_num_threads(threads)
    try:
        train(config, run)
    except (DatasetError, RunError) as error:
        raise SystemExit(f"train: {error}") from error
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
