"""The golden files in the tree, and how what is computed now is held to them."""

from __future__ import annotations

import json

import pytest

from workshop import golden


def load(name: str):
    """Content of golden file `name`."""
    return json.loads((golden.GOLDEN_DIRECTORY / f"{name}.json").read_text())


def assert_current(current, name: str, *, rel: float, abs_: float = 0.0) -> None:
    """Holds `current` to golden file `name`: the same leaves in order, floats within `rel` or `abs_`.

    Never bit for bit: the same library picks other instructions on another processor, and rounds otherwise.
    """
    now, then = _leaves(current), _leaves(load(name))
    assert len(now) == len(then)
    for found, wanted in zip(now, then, strict=True):
        assert found == (pytest.approx(wanted, rel=rel, abs=abs_) if isinstance(wanted, float) else wanted)


def _leaves(value) -> list:
    if isinstance(value, dict):
        value = [entry for pair in sorted(value.items()) for entry in pair]
    return [leaf for entry in value for leaf in _leaves(entry)] if isinstance(value, list) else [value]
