import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from stored import load
from synthetic import write_shot

from workshop.augment import Augmentation, prepare
from workshop.baseline import play
from workshop.color import decode_lighting, encode_lighting
from workshop.dataset import Frame, frame_batch, load_frames
from workshop.features import INPUTS
from workshop.golden_history import (
    CARD_STEP,
    CARD_Z,
    OUTPUT_SIZE,
    SIZE,
    WALL_Z,
    frame_pair,
    history_case,
    trace,
)
from workshop.history import Warp, find_warp, rescale, warp_back
from workshop.network import RelightNet
from workshop.objective import Past, backward_through, mean_loss, predict, with_history
from workshop.sampler import BatchSampler
from workshop.sequence import chains, played
from workshop.split import find_shots
from workshop.train import main as train


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Frame]:
    data = tmp_path_factory.mktemp("data")
    for name in ("gen-1", "gen-2"):
        write_shot(data, name, frames=5)
    return load_frames(find_shots([data]), progress=False)


@pytest.fixture
def pair() -> tuple[Warp, np.ndarray, np.ndarray]:
    now, before, motion, place = frame_pair()
    warp = find_warp(now, before, torch.from_numpy(motion).float(), OUTPUT_SIZE)
    return Warp.stack([warp]), place, trace(before.camera, 0.0)[0]


def test_pixels_find_their_own_place(pair: tuple[Warp, np.ndarray, np.ndarray]) -> None:
    warp, place, place_before = pair
    moved, validity = warp_back(torch.from_numpy(place_before).float().permute(2, 0, 1)[None], warp)
    seen = (validity[0, 0] > 0.99).numpy()
    assert 0.5 < seen.mean() < 0.95
    now = frame_pair()[0]
    on_card = trace(now.camera, CARD_STEP)[2]
    came_from = place - on_card[..., None] * [CARD_STEP, 0, 0]
    # Pixels are half a metre wide, and bilinear weights are off where perspective bends, on the floor.
    error = np.abs(moved[0].permute(1, 2, 0).numpy() - came_from)[seen]
    assert np.median(error) < 1e-3
    assert error.max() < 0.15


def test_what_was_hidden_has_no_history(pair: tuple[Warp, np.ndarray, np.ndarray]) -> None:
    warp, place, _ = pair
    now, before, motion, _ = frame_pair()
    _, validity = warp_back(torch.zeros(1, 1, *SIZE), warp)
    # Seen from the last frame's eye, in the origin, these places of the wall lay behind the card.
    x, y = place[..., 0] * CARD_Z / WALL_Z, place[..., 1] * CARD_Z / WALL_Z
    covered = (np.abs(x) < 0.5) & (np.abs(y - 0.1) < 0.5) & (place[..., 2] < -4.9)
    assert covered.sum() >= 2
    assert float(validity[0, 0][torch.from_numpy(covered)].max()) < 0.6
    # Motion out of the picture leads nowhere.
    away = torch.from_numpy(motion).float() + 1e4
    assert not find_warp(now, before, away, OUTPUT_SIZE).weights.any()


def test_golden_file_is_current() -> None:
    stored = load("history")
    current = json.loads(json.dumps(history_case()))
    assert stored.keys() == current.keys()
    for name, values in current.items():
        np.testing.assert_allclose(stored[name], values, atol=2e-3, err_msg=name)


def test_windows_keep_the_warp_inside(frames: list[Frame]) -> None:
    warp = frames[1].warp
    assert warp is not None
    values = torch.rand(1, 2, *frames[1].size)
    whole, _ = warp_back(values, Warp.stack([warp]))
    window = warp.window(8, 16, (16, 32))
    part, validity = warp_back(values[..., 8:24, 16:48], Warp.stack([window]))
    inside = validity[:, 0] > 0.999
    assert inside.float().mean() > 0.6
    expected = whole[..., 8:24, 16:48]
    torch.testing.assert_close(
        part.permute(0, 2, 3, 1)[inside], expected.permute(0, 2, 3, 1)[inside], rtol=1e-3, atol=1e-3
    )


def test_rescaling_is_another_exposure() -> None:
    light = torch.rand(2, 3, 4, 5) * 8
    before, after = torch.tensor([0.5, 2.0]), torch.tensor([1.5, 0.25])
    log = encode_lighting(light, before.reshape(-1, 1, 1, 1))
    again = rescale(log, after / before)
    torch.testing.assert_close(decode_lighting(again, after.reshape(-1, 1, 1, 1)), light)
    assert torch.isfinite(rescale(torch.full((1, 1, 1, 1), 1e6), torch.ones(1))).all()


def test_runs_end_where_a_frame_was_sought(frames: list[Frame]) -> None:
    assert [len(run) for run in chains(frames)] == [5, 5]
    assert frames[0].warp is None
    assert chains(frames[::2]) == []
    assert [[f.number for f in run] for run in chains(frames[2:5])] == [[2, 3, 4]]


def test_history_reaches_the_network_mirrored_with_its_frame(frames: list[Frame]) -> None:
    augmentation = Augmentation.identity(2)
    augmentation.mirrored = torch.tensor([False, True])
    first, second = (prepare(frame_batch([f] * 2, [(0, 0)] * 2, f.size, 0), augmentation) for f in frames[:2])
    start = INPUTS.index("history_r")
    assert not first.inputs[:, start:].any()
    past = Past.of(first.low.log_lighting.permute(0, 3, 1, 2), first)
    moved = past.moved(Warp.stack([frames[1].warp] * 2), second)
    inputs = with_history(second, moved).inputs
    torch.testing.assert_close(inputs[1, start:], inputs[0, start:].flip(2))
    # Nothing moves and the light is the same for another exposure.
    valid = inputs[0, start + 3] > 0.99
    assert valid.float().mean() > 0.7
    plain = with_history(second, past.moved(Warp.stack([frames[1].warp] * 2), first)).inputs
    expected = first.low.log_lighting[0].permute(2, 0, 1)
    torch.testing.assert_close(plain[0, start : start + 3][:, valid], expected[:, valid], rtol=0, atol=2e-3)


def test_direct_light_is_that_of_the_frame(frames: list[Frame]) -> None:
    first, second = (
        prepare(frame_batch([f], [(0, 0)], f.size, 0), Augmentation.identity(1)) for f in frames[:2]
    )
    past = Past.of(first.low.log_lighting.permute(0, 3, 1, 2), first)
    warp = Warp.stack([frames[1].warp])
    moved = past.moved(warp, second)
    # A lamp brings the next frame twice as much: the history gains it, whatever was relit before.
    lit, probe = (slice(INPUTS.index(name), INPUTS.index(name) + 3) for name in ("lit_r", "probe_r"))
    brighter = second.inputs.clone()
    more = (torch.exp2(brighter[:, lit]) - torch.exp2(brighter[:, probe])).clamp(min=0)
    brighter[:, lit] = torch.log2(torch.exp2(brighter[:, lit]) + more)
    gained = past.moved(warp, replace(second, inputs=brighter))
    height, width = first.low.valid.shape[1:3]
    seen = (moved.validity > 0) & (moved.predicted > 0.01)
    change = torch.exp2(gained.predicted) - torch.exp2(moved.predicted)
    assert (more > 0.1).any()
    torch.testing.assert_close(change[seen], more[..., :height, :width][seen], rtol=1e-4, atol=1e-4)


def test_a_reset_is_a_cut(frames: list[Frame]) -> None:
    run = frames[:3]
    always = played([run], [(0, 0)], frames[0].size, np.random.default_rng(0))
    assert len(always.batches) == 3
    none = Warp.stack([Warp.none(frames[0].size)])
    _, validity = warp_back(torch.rand(1, 3, *frames[0].size), none)
    assert not validity.any()


def test_gradients_reach_back_over_frames(frames: list[Frame]) -> None:
    torch.manual_seed(0)
    net = RelightNet("s", history=True)
    sampler = BatchSampler(frames, 4, 0)
    run = sampler.sequences(sampler.generator(0), whole=False)
    assert len(run.batches) == 5 and run.batches[0].low.shape[0] >= 1
    samples = [prepare(batch, Augmentation.identity(batch.low.shape[0])) for batch in run.batches]
    loss, terms = backward_through(net, samples, run.warps)
    assert torch.isfinite(loss) and "log" in terms
    past = Past.of(predict(net, samples[0]), samples[0])
    past.predicted.retain_grad()
    warp = Warp.stack([frames[1].warp.window(0, 0, sampler.crop)])
    moved = past.moved(warp, samples[1])
    predict(net, with_history(samples[1], moved)).sum().backward()
    assert past.predicted.grad.abs().sum() > 0


def test_the_mean_over_frames_forgives_noise_but_not_bias(frames: list[Frame]) -> None:
    run = frames[:4]
    samples = [prepare(frame_batch([f], [(0, 0)], f.size, 0), Augmentation.identity(1)) for f in run]

    def price(scale: float, alternates: bool) -> float:
        past = None
        for i, (frame, sample) in enumerate(zip(run, samples, strict=True)):
            moved = past.moved(Warp.stack([frame.warp]), sample) if past else None
            sign = (-1) ** i if alternates else 1
            light = torch.exp2(sample.low.log_lighting.permute(0, 3, 1, 2))
            past = Past.of(torch.log2(light * (1 + sign * scale)), sample, moved)
        assert (past.count == len(run)).float().mean() > 0.6
        return float(mean_loss(past, samples[-1]))

    exact, noisy, biased = price(0.0, False), price(0.1, True), price(0.1, False)
    # Not nothing: pixels that come into view keep the noise of their one frame.
    assert exact < 1e-4
    assert noisy < 0.4 * biased


def test_a_network_with_a_memory_plays_runs(frames: list[Frame]) -> None:
    torch.manual_seed(0)
    scores = list(play(RelightNet("s", history=True).eval(), frames, torch.device("cpu")))
    assert [("ai_warm" in entry) for entry in scores] == [False, True, True, True, True] * 2


def test_a_memory_needs_sequences(tmp_path: Path) -> None:
    for name in ("gen-1", "gen-2", "gen-3"):
        write_shot(tmp_path / "data", name, frames=1)
    arguments = [str(tmp_path / "data"), "--size", "s", "--batch", "2", "--steps", "1"]
    with pytest.raises(SystemExit, match="--sequence 8, or train with --no-history"):
        train([*arguments, "--out", str(tmp_path / "run")])
    train([*arguments, "--no-history", "--out", str(tmp_path / "run")])
