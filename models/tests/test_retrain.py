import json
import math
from pathlib import Path

import pytest
import torch
from synthetic import write_shot

from workshop import retrain
from workshop.ablation import CANDIDATES, CHANNELS
from workshop.features import INPUTS
from workshop.network import RelightNet


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("gen-1", "gen-2"):
        write_shot(tmp_path / "train", name)
    write_shot(tmp_path / "validate", "gen-3")
    return tmp_path


def run(data: Path, *names: str) -> None:
    out = ["--out", str(data / "runs"), "--steps", "2", "--only", *names]
    retrain.main([str(data / "train"), "--validate", str(data / "validate"), *out])


def test_every_input_group_is_left_out_once() -> None:
    withheld = [group for each in retrain.VARIATIONS.values() for group in each.withheld]
    assert sorted(withheld) == sorted((*CANDIDATES, *CHANNELS))


def test_tables_what_each_variation_costs_and_goes_on(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("nothing", "roughness, metalness", "global branch", "loss: gradient")
    run(data, *names)
    results = json.loads((data / "runs" / retrain.RESULTS_FILE).read_text())
    assert set(results) == set(names)
    assert all(math.isfinite(value) for value in results.values())
    first = capsys.readouterr().out
    rows = [line for line in first.splitlines() if line.startswith("| ")][2:]
    assert rows[0].startswith("| nothing |")
    assert len(rows) == len(names)
    run(data, *names)
    # What is there is not trained again.
    assert "without nothing:" in first
    assert "without nothing:" not in capsys.readouterr().out


def test_without_the_global_branch_far_pixels_say_nothing() -> None:
    torch.manual_seed(0)
    inputs = torch.rand(1, len(INPUTS), 16, 256)
    changed = inputs.clone()
    changed[..., -16:] += 1
    for kind, reaches in ((RelightNet, True), (retrain._WithoutGlobal, False)):
        net = kind("s", history=True).eval()
        with torch.no_grad():
            here, there = (net(x)[..., :16] for x in (inputs, changed))
        assert torch.equal(here, there) is not reaches
