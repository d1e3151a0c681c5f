"""The machine a training process runs on: device, peers and memory."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass

import torch
import torch.distributed as dist

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD = 32 << 20


@dataclass(frozen=True)
class Machine:
    """Where this process runs among its peers."""

    device: torch.device
    rank: int
    world: int

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def agree(self, value: float) -> float:
        """The leader's value on every process, so that all stop and switch at the same step."""
        if self.world == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        dist.broadcast(shared, 0)
        return float(shared)

    def leave_together(self) -> None:
        """Waits for the peers before the connections close: gloo aborts one whose peer has gone first."""
        if self.world > 1:
            dist.barrier()


def join_machine() -> Machine:
    """Reads torchrun's environment; without it, one process."""
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if world > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if cuda else "gloo")
    return Machine(device, rank, world)


def keep_freed_memory() -> None:
    """Tells glibc to reuse large blocks: handing them back faults every page in again on the next tensor,
    which costs about a sixth of a CPU training step."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_M_TRIM_THRESHOLD, 1 << 30)
