"""Averages networks of one shape, weight by weight: runs that start from the same network, and that network.

What runs learn from chance differs, what they learn from the data does not; their mean validates better than
any of them (model soups, Wortsman et al. 2022).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from .checkpoint import (
    CHECKPOINT_FILE,
    Ema,
    Progress,
    RunConfig,
    RunError,
    load_exported,
    save_best,
    source_commit,
)
from .network import RelightNet

Weights = dict[str, torch.Tensor]


def average(sources: Sequence[Path], out: Path) -> None:
    """Writes a run directory OUT, ready to export, with the mean of the sources; a source may come twice.

    A source is a run directory, whose last average counts, or an exported network (.onnx). At least one is a
    run, which says what shape they have. Raises RunError where they do not fit each other.
    """
    runs = list(dict.fromkeys(s for s in sources if s.suffix != ".onnx"))
    if not runs:
        raise RunError("at least one source must be a training run, which says what the networks are like")
    configs = [RunConfig.load(run) for run in runs]
    first = configs[0]
    for run, config in zip(runs, configs, strict=True):
        if (config.size, config.history) != (first.size, first.history):
            raise RunError(f"{run}: a network of another shape than {runs[0]}")
    net = RelightNet(first.size, first.history)
    weights = [_exported(s, first) if s.suffix == ".onnx" else _last(s)[0] for s in sources]
    net.load_state_dict(_mean(weights))
    progress = [_last(run)[1] for run in runs]
    done = Progress(sum(p.step for p in progress), sum(p.elapsed_s for p in progress))
    out.mkdir(parents=True, exist_ok=True)
    replace(first, commit=source_commit()).save(out)
    save_best(out, Ema(net, 0.0), done, 0.0)


def _last(run: Path) -> tuple[Weights, Progress]:
    """The averaged weights at the end of a run, and how far it went."""
    path = run / CHECKPOINT_FILE
    if not path.is_file():
        raise RunError(f"{run}: no {CHECKPOINT_FILE} yet")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return state["ema"], Progress(**state["progress"])


def _exported(path: Path, config: RunConfig) -> Weights:
    net = RelightNet(config.size, config.history)
    load_exported(path, net)
    return net.state_dict()


def _mean(weights: Sequence[Weights]) -> Weights:
    """In double precision, so that the order does not matter."""
    first = weights[0]
    return {
        name: torch.stack([w[name].double() for w in weights]).mean(0).to(first[name].dtype) for name in first
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.average", description=__doc__)
    parser.add_argument(
        "sources", nargs="+", type=Path, help="runs and exported networks; one may come twice to count twice"
    )
    parser.add_argument("--out", type=Path, required=True, help="run directory to write, for workshop.export")
    options = parser.parse_args(arguments)
    try:
        average(options.sources, options.out)
    except RunError as error:
        raise SystemExit(f"average: {error}") from error
    print(f"{options.out}: mean of {len(options.sources)} networks")


if __name__ == "__main__":
    main()
