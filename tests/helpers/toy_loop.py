"""Least squares as the training loop wants it."""

import os
import signal

import torch
from torch import nn

from cisgrammar.config.training import Training
from cisgrammar.training.team import ALONE


class Data:
    def __init__(self, x, y):
        self.x, self.y, self.size = x, y, len(x)


class Regression:
    """Least squares on fixed data, batches shuffled by the epoch's number."""

    team = ALONE

    def __init__(self, stop_at=None, validation=None):
        torch.manual_seed(0)
        self.model = nn.Linear(3, 1)
        random = torch.Generator().manual_seed(1)
        self.x = torch.randn(64, 3, generator=random)
        self.y = self.x @ torch.tensor([[1.0], [-2.0], [0.5]]) + 3
        self.stop_at, self.calls, self.validation, self.weight = stop_at, 0, validation, 1.0

    def batches(self, epoch):
        order = torch.randperm(64, generator=torch.Generator().manual_seed(epoch))
        for part in order.split(16):
            yield Data(self.x[part], self.y[part])

    def steps(self):
        return 4

    def loss(self, batch):
        self.calls += 1
        if self.calls == self.stop_at:
            os.kill(os.getpid(), signal.SIGTERM)
        error = (self.model(batch.x) - batch.y).square().mean()
        return {"loss": self.weight * error, "error": error}

    def validate(self):
        if self.validation is not None:
            return {"error": self.validation.pop(0)}
        return {"error": float((self.model(self.x) - self.y).square().mean())}

    def watched(self, validation):
        return validation["error"]

    def end_epoch(self, training, validation, epoch):
        self.weight *= 1.1

    def state(self):
        return {"weight": self.weight}

    def load_state(self, state):
        self.weight = state["weight"]


SETTINGS = Training(epochs=6, learning_rate=0.1, schedule="plateau", early_stopping_patience=50, average=0.5)


def weights(objective):
    return torch.cat([p.detach().flatten() for p in objective.model.parameters()])
