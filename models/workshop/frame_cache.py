"""Frames of a shot as training wants them, kept beside it.

Packing a frame takes longer than training on it. What is kept is mapped into memory, not read: processes
share it, and a data set may be larger than the memory.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

CACHE_FILE = "frames.pt"


def kept(directory: Path, modules: Sequence[ModuleType], make: Callable[[], Any]) -> Any:
    """What `make` makes of a shot, from its cache where neither its images nor the sources have changed."""
    path, key = directory / CACHE_FILE, _key(directory, modules)
    found = _open(path, key)
    if found is None:
        # Other processes may pack the same shot.
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        torch.save({"key": key, "made": make()}, temporary)
        os.replace(temporary, path)
        found = _open(path, key)
    return found


def _open(path: Path, key: str) -> Any:
    try:
        stored = torch.load(path, mmap=True, weights_only=False)
        return stored["made"] if stored["key"] == key else None
    except (OSError, EOFError, RuntimeError, KeyError, pickle.UnpicklingError):
        return None


def _key(directory: Path, modules: Sequence[ModuleType]) -> str:
    """Changes with any image of the shot, and with the sources that pack them."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(inspect.getsource(module).encode())
    for file in sorted((*directory.glob("*.json"), *directory.glob("*/*.npy"))):
        state = file.stat()
        digest.update(f"{file.relative_to(directory)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
