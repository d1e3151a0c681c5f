"""One thread for torch: its workers spin, which is slow on the shared cores of a test machine."""

import torch

torch.set_num_threads(1)
