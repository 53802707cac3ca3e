"""Small splice models: one of ten bases of context, channels last or first, and a random convolution."""

import torch
from torch import nn

CODES = torch.randint(0, 5, (3, 40), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)


class Local(nn.Module):
    """Channels last, sees `width` bases, clips all of them but one."""

    def __init__(self, width=11, padding=0, scale=4.0):
        super().__init__()
        torch.manual_seed(width)
        self.conv, self.scale = nn.Conv1d(4, 3, width, padding=padding), scale

    def forward(self, x):
        return self.scale * self.conv(x.transpose(1, 2)).transpose(1, 2)


class Net(nn.Module):
    """Channels first, as most torch models are; optionally with the softmax inside."""

    def __init__(self, local, softmax=False):
        super().__init__()
        self.local, self.softmax = local, softmax

    def forward(self, x):
        y = self.local(x.transpose(1, 2)).transpose(1, 2)
        return y.softmax(1) if self.softmax else y


class RandomConvolution(nn.Module):
    """A random convolution of 101 bases."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.conv = nn.Conv1d(4, 3, 101)

    def forward(self, x):
        return self.conv(x.transpose(1, 2)).transpose(1, 2)
