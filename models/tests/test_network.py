import pytest
import torch

from workshop.features import INPUTS, OUTPUTS, network_outputs
from workshop.network import CANDIDATES, EDGE_LIMIT, WIDTHS, RelightNet, compose, macs_per_pixel

#: Outputs of a network without a memory.
PLAIN = network_outputs(history=False)


def counted_macs(net: RelightNet, height: int, width: int) -> int:
    """Multiply-accumulates of one run, counted from what the convolutions really produce."""
    total = 0

    def count(module: torch.nn.Conv2d, _: object, output: torch.Tensor) -> None:
        nonlocal total
        total += module.weight[0].numel() * output[0].numel()

    hooks = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
    net(torch.zeros(1, len(INPUTS), height, width))
    for hook in hooks:
        hook.remove()
    return total


@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize("size", sorted(WIDTHS))
def test_shapes_and_cost(size: str, history: bool) -> None:
    net = RelightNet(size, history).eval()
    height, width = 96, 160
    assert net(torch.randn(2, len(INPUTS), height, width)).shape == (2, len(net.outputs), height, width)
    counted = counted_macs(net, height, width) / (height * width)
    assert macs_per_pixel(size, history) == pytest.approx(counted, rel=0.01)


def test_budgets() -> None:
    assert [round(macs_per_pixel(s) / 1000, 1) for s in "sml"] == [1.7, 6.1, 16.5]
    assert [round(macs_per_pixel(s, history=True) / 1000, 1) for s in "sml"] == [1.8, 6.3, 16.7]


def test_compose_chooses_between_the_candidate_lightings() -> None:
    """With no residual and even shares, the light lies half way to each candidate's."""
    inputs = torch.rand(1, len(INPUTS), 32, 48) + 1
    lit, *candidates = (
        inputs[:, INPUTS.index(name) : INPUTS.index(name) + 3] for name in ("lit_r", *CANDIDATES)
    )
    relit = compose(inputs, torch.zeros(1, len(PLAIN), 32, 48))[:, :3]
    light = torch.exp2(lit)
    half_way = light + sum(0.5 * (torch.exp2(candidate) - light) for candidate in candidates)
    torch.testing.assert_close(torch.exp2(relit), half_way)


def test_a_full_share_is_the_candidate() -> None:
    inputs = torch.rand(1, len(INPUTS), 16, 16) + 1
    for name in CANDIDATES:
        outputs = torch.zeros(1, len(PLAIN), 16, 16)
        outputs[:, 6:] = -30
        outputs[:, OUTPUTS.index(name.replace("_r", "_share"))] = 30
        first = INPUTS.index(name)
        torch.testing.assert_close(compose(inputs, outputs)[:, :3], inputs[:, first : first + 3])


def test_history_is_kept_as_far_as_it_is_valid() -> None:
    inputs = torch.rand(1, len(INPUTS), 16, 16) + 1
    inputs[:, -1] = 0.25
    outputs = torch.zeros(1, len(OUTPUTS), 16, 16)
    fresh = compose(inputs, outputs[:, :-1])[:, :3]
    outputs[:, -1] = 30
    kept = compose(inputs, outputs)[:, :3]
    light = 0.75 * torch.exp2(fresh) + 0.25 * torch.exp2(inputs[:, -4:-1])
    torch.testing.assert_close(torch.exp2(kept), light)
    outputs[:, -1] = -30
    torch.testing.assert_close(compose(inputs, outputs)[:, :3], fresh)


def test_composed_outputs_are_clamped() -> None:
    outputs = compose(torch.randn(1, len(INPUTS), 32, 48), 1e3 * torch.randn(1, len(PLAIN), 32, 48))
    assert (outputs[:, :3] >= 0).all()
    assert outputs[:, 3:].abs().max() == EDGE_LIMIT


def test_unknown_size_is_named() -> None:
    with pytest.raises(ValueError, match="'xl'"):
        RelightNet("xl")
