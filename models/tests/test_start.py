"""Training that starts from an exported network."""

from pathlib import Path

import onnx
import pytest
import torch
from onnx import numpy_helper

from workshop.checkpoint import RunError, load_exported
from workshop.network import RelightNet

MODELS = Path(__file__).parents[1]


def test_takes_every_weight_of_the_shipped_network() -> None:
    path = MODELS / "relight-s.onnx"
    net = RelightNet("s", history=True)
    load_exported(path, net)
    stored = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(path)).graph.initializer}
    for name, weights in net.named_parameters():
        assert torch.equal(weights.detach(), torch.from_numpy(stored[name].copy())), name


def test_refuses_a_network_of_another_size() -> None:
    with pytest.raises(RunError, match=r"stem\.weight is .* the network has"):
        load_exported(MODELS / "relight-s.onnx", RelightNet("m", history=True))


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such network"):
        load_exported(tmp_path / "none.onnx", RelightNet("s"))
