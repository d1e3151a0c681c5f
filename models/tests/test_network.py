import pytest
import torch

from workshop.features import INPUTS, OUTPUTS
from workshop.network import EDGE_LIMIT, WIDTHS, RelightNet, macs_per_pixel


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


@pytest.mark.parametrize("size", sorted(WIDTHS))
def test_shapes_and_cost(size: str) -> None:
    net = RelightNet(size).eval()
    height, width = 96, 160
    assert net(torch.randn(2, len(INPUTS), height, width)).shape == (2, len(OUTPUTS), height, width)
    fixed_pick = 9 * len(INPUTS)
    counted = counted_macs(net, height, width) / (height * width) + fixed_pick
    assert macs_per_pixel(size) == pytest.approx(counted, rel=0.01)


def test_budgets() -> None:
    assert [round(macs_per_pixel(s) / 1000, 1) for s in "sml"] == [2.0, 6.5, 16.9]


def test_head_chooses_between_the_candidate_lightings() -> None:
    """With no residual and even shares, the result lies half way to each candidate."""
    net = RelightNet("s").eval()
    torch.nn.init.zeros_(net.head.weight)
    inputs = torch.rand(1, len(INPUTS), 32, 48) + 1
    lit, contact, mirror = (
        inputs[:, INPUTS.index(name) : INPUTS.index(name) + 3] for name in ("lit_r", "contact_r", "mirror_r")
    )
    with torch.no_grad():
        relit = net(inputs)[:, :3]
    torch.testing.assert_close(relit, lit + 0.5 * (contact - lit) + 0.5 * (mirror - lit))


def test_outputs_are_clamped() -> None:
    net = RelightNet("s").eval()
    with torch.no_grad():
        net.head.weight.mul_(1e4)
    outputs = net(torch.randn(1, len(INPUTS), 32, 48))
    assert (outputs[:, :3] >= 0).all()
    assert outputs[:, 3:].abs().max() == EDGE_LIMIT


def test_unknown_size_is_named() -> None:
    with pytest.raises(ValueError, match="'xl'"):
        RelightNet("xl")
