"""Means of networks."""

from pathlib import Path

import pytest
import torch

from workshop.average import average
from workshop.checkpoint import (
    Ema,
    Progress,
    RunConfig,
    RunError,
    load_network,
    open_network,
    save_checkpoint,
)
from workshop.network import RelightNet

MODELS = Path(__file__).parents[1]


def write_run(run: Path, value: float, size: str = "s") -> Path:
    """A run whose last averaged weights are all one value."""
    net = RelightNet(size, history=True)
    with torch.no_grad():
        for weights in net.parameters():
            weights.fill_(value)
    run.mkdir()
    RunConfig(size, 0, 1, [], None, 1, "unknown", history=True).save(run)
    optimizer = torch.optim.AdamW(net.parameters())
    save_checkpoint(run, net, Ema(net, 0.0), optimizer, Progress(10, 60.0))
    return run


def test_each_source_counts_as_often_as_it_is_named(tmp_path: Path) -> None:
    one, two = write_run(tmp_path / "one", 1.0), write_run(tmp_path / "two", 2.0)
    average([one, two, two], tmp_path / "mean")
    net, config, progress = load_network(tmp_path / "mean")
    assert all(torch.allclose(w, torch.tensor(5 / 3)) for w in net.parameters())
    assert (config.size, progress.step, progress.elapsed_s) == ("s", 20, 120.0)


def test_an_exported_network_counts_too(tmp_path: Path) -> None:
    shipped = MODELS / "relight-s.onnx"
    average([write_run(tmp_path / "zero", 0.0), shipped], tmp_path / "mean")
    expected = open_network(shipped).state_dict()
    for name, weights in load_network(tmp_path / "mean")[0].named_parameters():
        torch.testing.assert_close(weights.detach(), expected[name] / 2)


def test_says_what_does_not_fit(tmp_path: Path) -> None:
    small, large = write_run(tmp_path / "s", 0.0), write_run(tmp_path / "m", 0.0, "m")
    with pytest.raises(RunError, match=r"m: a network of another shape than .*s"):
        average([small, large], tmp_path / "mean")
    with pytest.raises(RunError, match="at least one source must be a training run"):
        average([MODELS / "relight-s.onnx"], tmp_path / "mean")
    (large / "checkpoint.pt").unlink()
    with pytest.raises(RunError, match=r"no checkpoint\.pt yet"):
        average([large], tmp_path / "mean")
