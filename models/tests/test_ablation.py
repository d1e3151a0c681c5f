import math
from pathlib import Path

import pytest
import torch
from synthetic import write_shot

from workshop import ablation, train
from workshop.features import INPUTS


def channel(inputs: torch.Tensor, name: str) -> torch.Tensor:
    return inputs[0, INPUTS.index(name)]


@pytest.fixture
def inputs() -> torch.Tensor:
    return torch.randn(1, len(INPUTS), 4, 6, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def surface() -> torch.Tensor:
    mask = torch.ones(1, 1, 4, 6)
    mask[..., :2] = 0
    return mask


def test_without_near_light_it_is_lit(inputs: torch.Tensor, surface: torch.Tensor) -> None:
    found = ablation.withhold(inputs, surface, "near light")
    assert torch.equal(channel(found, "bounce_g"), channel(inputs, "lit_g"))
    assert torch.equal(channel(found, "mirror_g"), channel(inputs, "mirror_g"))


def test_a_withheld_channel_is_its_mean_over_surfaces(inputs: torch.Tensor, surface: torch.Tensor) -> None:
    found = channel(ablation.withhold(inputs, surface, "roughness, metalness"), "roughness")
    before = channel(inputs, "roughness")
    assert torch.allclose(found[:, 2:], before[:, 2:].mean().expand(4, 4))
    assert torch.equal(found[:, :2], before[:, :2])


def test_names_only_channels_that_there_are() -> None:
    named = [name for lightings, flags in ablation.CANDIDATES.values() for name in (*lightings, *flags)]
    named += [name for names in ablation.CHANNELS.values() for name in names]
    assert len(set(named)) == len(named)
    # All but lit and the history.
    assert set(INPUTS) - set(named) == {*INPUTS[:3], *INPUTS[-4:]}


def test_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("gen-1", "gen-2", "gen-3"):
        write_shot(tmp_path, name)
    run = tmp_path / "run"
    train.main([str(tmp_path), "--size", "s", "--batch", "4", "--steps", "2", "--out", str(run)])
    capsys.readouterr()
    ablation.main([str(tmp_path / "gen-1"), "--network", str(run)])
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][2:]
    groups = 1 + len(ablation.CANDIDATES) + len(ablation.CHANNELS) + len(ablation.OUTPUTS)
    assert len(rows) == groups
    assert rows[0].startswith("| nothing |")
    assert all(math.isfinite(float(row.split("|")[2])) for row in rows)
