import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from synthetic import write_shot

from workshop import train
from workshop.augment import Augmentation, prepare, unmirror
from workshop.baseline import frame_scores
from workshop.baseline import main as baseline
from workshop.checkpoint import load_network
from workshop.dataset import LOW_LAYOUT, Frame, frame_batch, load_frames, unpack
from workshop.features import INPUTS
from workshop.history import Warp
from workshop.sampler import BatchSampler
from workshop.split import DatasetError, find_shots, refuse_held_out, validation_scenes

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    for name in ("gen-1", "gen-2", "gen-3"):
        write_shot(directory, name)
    return directory


@pytest.fixture(scope="module")
def frames(data: Path) -> list[Frame]:
    return load_frames(find_shots([data]), progress=False)


def run_training(data: Path, run: Path, steps: int, *extra: str) -> None:
    train.main([str(data), "--size", "s", "--batch", "4", "--steps", str(steps), "--out", str(run), *extra])


def test_trains_resumes_and_logs(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run_training(data, run, 2)
    first, config, progress = load_network(run)
    assert progress.step == 2
    assert (config.shots, config.frames, len(config.validation_scenes)) == (2, 4, 1)
    run_training(data, run, 4)
    second, _, progress = load_network(run)
    assert progress.step == 4
    assert any((a != b).any() for a, b in zip(first.parameters(), second.parameters(), strict=True))
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert {"raw", "lit", "ai", "ai_full"} <= set(log[-1]["validation"])
    assert not list(run.glob("*.tmp"))


def test_scenes_that_validate_are_kept_out_of_training(data: Path, tmp_path: Path) -> None:
    other = write_shot(tmp_path, "gen-9")
    # Another shot of a scene that validates, and the shot itself, are both among the data.
    again = write_shot(tmp_path, "gen-9-12", scene="gen-9")
    run = tmp_path / "run"
    both = [str(data), str(other), str(again)]
    train.main([*both, "--size", "s", "--steps", "1", "--out", str(run), "--validate", str(other)])
    _, config, _ = load_network(run)
    assert config.validation_scenes == ["gen-9"]
    assert (config.shots, config.frames) == (3, 6)
    with pytest.raises(SystemExit, match="validate"):
        run_training(data, run, 2)


def test_resume_equals_an_uninterrupted_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The schedule follows the budget, which differs between the two commands: hold it still.
    monkeypatch.setattr(train, "learning_rate", lambda done, first: first)
    monkeypatch.setattr(train, "WHOLE_FRAME_SHARE", 0.0)
    run_training(data, tmp_path / "whole", 3)
    run_training(data, tmp_path / "parts", 2)
    run_training(data, tmp_path / "parts", 3)
    whole, parts = (load_network(tmp_path / name)[0] for name in ("whole", "parts"))
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_runs_under_torchrun(data: Path, tmp_path: Path) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = ["-m", "workshop.train", str(data), "--size", "s", "--batch", "4", "--steps", "2"]
    # Both processes are on this machine: gloo need not look for the interface that its host name resolves to.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    models = Path(train.__file__).parents[1]
    result = subprocess.run(
        [*launcher, *command, "--out", str(tmp_path)],
        cwd=models, env=environment, timeout=120, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-4000:]
    assert load_network(tmp_path)[2].step == 2
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 1


def test_resume_with_another_network_is_refused(data: Path, tmp_path: Path) -> None:
    run_training(data, tmp_path / "run", 1)
    with pytest.raises(SystemExit, match="size is 'm', the run has 's'"):
        run_training(data, tmp_path / "run", 2, "--size", "m")


def test_held_out_scenes_are_refused(data: Path, tmp_path: Path) -> None:
    write_shot(tmp_path, "shot-a", scene="held-07", frames=1)
    write_shot(tmp_path, "shot-b", scene="workcell", frames=1)
    with pytest.raises(DatasetError, match=r"shot-a.*held-07.*workcell"):
        refuse_held_out(find_shots([tmp_path]))
    with pytest.raises(SystemExit, match="held-out scenes must not be trained on"):
        train.main([str(data), str(tmp_path), "--steps", "1", "--out", str(tmp_path / "run")])
    assert not (tmp_path / "run").exists()


def test_training_lowers_the_loss(frames: list[Frame]) -> None:
    torch.manual_seed(0)
    net = train.RelightNet("s")
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3)
    sampler = BatchSampler(frames, 4, 0)
    losses = []
    for step in range(25):
        sample = prepare(sampler.windows(sampler.generator(step)), Augmentation.identity(4))
        loss, terms = train.sample_loss(net, sample)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        assert {"log", "display", "ssim", "gradient", "full_log"} <= set(terms)
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])


def test_gain_and_order_are_exact(frames: list[Frame]) -> None:
    frame = frames[0]
    batch = frame_batch([frame], [(0, 0)], frame.size, guided=1)
    identity = Augmentation.identity(1)
    changed = Augmentation.identity(1)
    changed.gain, changed.order = torch.tensor([[2.0, 0.5, 3.0]]), torch.tensor([[2, 0, 1]])
    before, after = prepare(batch, identity), prepare(batch, changed)
    scale = before.low.exposure / after.low.exposure
    for channel, source in enumerate((2, 0, 1)):
        lighting = (2 ** before.low.log_lighting[..., source] - 1) / before.low.exposure
        expected = torch.log2(1 + lighting * float(changed.gain[0, channel]) * before.low.exposure / scale)
        torch.testing.assert_close(after.low.log_lighting[..., channel], expected, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(after.low.factor[..., channel], before.low.factor[..., source])
    # The exposure follows the light, so that the mean lit luminance stays where the network expects it.
    image = unpack(batch.low, LOW_LAYOUT)
    lit = changed.light(image["lit"])
    assert float(after.low.exposure) == pytest.approx(
        frame.exposure
        * float((frame.mean_lit @ _luminance()) / (_surface_mean(lit, image["mask"]) @ _luminance())),
        rel=1e-2,
    )


def _luminance() -> torch.Tensor:
    return torch.tensor([0.2126, 0.7152, 0.0722])


def _surface_mean(rgb: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return (rgb * mask).sum((0, 1, 2)) / mask.sum()


def test_a_uniform_gain_leaves_the_inputs_alone(frames: list[Frame]) -> None:
    frame = frames[0]
    batch = frame_batch([frame], [(0, 0)], frame.size, guided=0)
    brighter = Augmentation.identity(1)
    brighter.gain = torch.full((1, 3), 4.0)
    before, after = (prepare(batch, a).inputs for a in (Augmentation.identity(1), brighter))
    torch.testing.assert_close(before, after, rtol=1e-3, atol=1e-3)


def test_mirroring_is_undone_on_the_output(frames: list[Frame]) -> None:
    frame = frames[0]
    batch = frame_batch([frame] * 2, [(0, 0)] * 2, frame.size, guided=0)
    augmentation = Augmentation.identity(2)
    augmentation.mirrored = torch.tensor([False, True])
    sample = prepare(batch, augmentation)
    x = INPUTS.index("normal_x")
    torch.testing.assert_close(sample.inputs[1, x], -sample.inputs[0, x].flip(1))
    back = unmirror(sample.inputs[:, :3], sample)
    torch.testing.assert_close(back[0], back[1])


def test_validation_looks_at_runs_and_at_single_frames(frames: list[Frame]) -> None:
    def numbers(chosen: list[Frame]) -> list[int]:
        return [frame.number for frame in chosen]

    warps = (None, Warp.none(frames[0].size))
    shot = [replace(frames[0], number=n, warp=warp) for n, warp in enumerate(warps)]
    single = [replace(frames[0], shot="other", number=n) for n in range(100, 200)]
    assert numbers(train.validation_frames(shot + single[:3], history=True)) == [0, 1, 100, 101, 102]
    assert numbers(train.validation_frames(single[:3], history=True)) == [100, 101, 102]
    chosen = numbers(train.validation_frames(shot + single, history=True))
    assert chosen[:2] == [0, 1]
    # Spread over all, the last tenth included, and no more than the limit.
    assert train.MAX_VALIDATION_FRAMES / 2 < len(chosen) - 2 <= train.MAX_VALIDATION_FRAMES
    assert chosen[-1] > 190


def test_validation_split_is_stable() -> None:
    names = [f"gen-{i}" for i in range(400)]
    chosen = validation_scenes(names, seed=0)
    assert 8 <= len(chosen) <= 36
    assert chosen == validation_scenes(reversed(names), 0)
    assert {n for n in chosen if n in names[:200]} == validation_scenes(names[:200], 0)
    assert chosen != validation_scenes(names, seed=1)
    assert validation_scenes(["only"], 0) <= {"only"}


def test_baseline_reports_each_method(data: Path, frames: list[Frame], tmp_path: Path) -> None:
    scores = frame_scores(None, frames[0], CPU)
    assert set(scores) == {"raw", "lit", "rays", "raw_full", "lit_full", "rays_full", "traced_full"}
    assert scores["traced_full"] > max(scores["lit_full"], scores["rays_full"])
    baseline([str(data), "--json", str(tmp_path / "scores.json")])
    report = json.loads((tmp_path / "scores.json").read_text())
    assert set(report["shots"]) == {"gen-1", "gen-2", "gen-3"}
    assert report["mean"]["lit"] == pytest.approx(
        sum(frame_scores(None, f, CPU)["lit"] for f in frames) / len(frames)
    )


def test_white_furnaces_have_the_light_of_their_world(frames: list[Frame]) -> None:
    augmentation = Augmentation.identity(4)
    augmentation.furnace[1] = True
    sampler = BatchSampler(frames, 4, 0)
    batch = sampler.windows(sampler.generator(0))
    plain, sample = prepare(batch, Augmentation.identity(4)), prepare(batch, augmentation)
    assert torch.equal(sample.inputs[[0, 2, 3]], plain.inputs[[0, 2, 3]])
    on = sample.inputs[1, INPUTS.index("albedo_r")] > 0
    probe = sample.inputs[1, INPUTS.index("probe_r")][on]
    assert torch.allclose(probe, torch.log2(torch.tensor(5.0)), atol=1e-6), (
        "radiance one at an exposure of one"
    )
    lit = sample.inputs[1, INPUTS.index("lit_g")][on]
    occlusion = batch.low[1, LOW_LAYOUT["occlusion"]].float()[0]
    dimmed = torch.log2(1 + 4 * occlusion)[on[: occlusion.shape[0], : occlusion.shape[1]]]
    assert torch.allclose(lit, dimmed, atol=1e-5)
    assert torch.all(sample.inputs[1, INPUTS.index("unshadowed")] == 0)
    assert torch.all(sample.low.log_lighting[1] == torch.log2(torch.tensor(5.0)))
    assert torch.all(sample.low.factor[1] == 1) and torch.all(sample.low.emissive[1] == 0)
