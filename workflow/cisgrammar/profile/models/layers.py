"""The layers of a BPNet-style network, with backward passes that do no wasted work.

All tensors inside the trunk are channels-last, `(batch, channels, 1, length)` in the memory order of
`(batch, length, channels)`: torch has no channels-last format for three dimensions, and its convolutions are
two to four times slower without it. Each layer has a plain form, made of torch's own differentiable
operations, and a training form with the same result; attribution methods that hook modules use the plain one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import Conv1d, functional

from cisgrammar.profile.models.compiled.block_kernels import BlockKernels, block_kernels
from cisgrammar.profile.models.compiled.convolutions import FirstConvolution, Head
from cisgrammar.profile.models.compiled.residual_blocks import Passage, ResidualBlocks
from cisgrammar.profile.models.compiled.row_kernels import RowKernels, row_kernels

_PHASES = 4
"""Neighbouring positions that one product gives: 16 channels fill a vector register, four leave most of it idle."""


def to_channels_last(x: Tensor) -> Tensor:
    """`(batch, channels, length)` to `(batch, channels, 1, length)`, channels contiguous."""
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)  # (batch, channels, 1, length)


def compute_dtype(x: Tensor) -> torch.dtype:
    """The dtype that autocast asks for on the device of `x`; the dtype of `x` without autocast."""
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, dilation: int = 1) -> Tensor:
    """Valid convolution of `(batch, in, 1, length)` with a `(out, in, width)` kernel, channels-last."""
    kernel = weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)  # (out, in, 1, width)
    return functional.conv2d(x, kernel, bias, dilation=(1, dilation))


def kernel_and_bias(conv: Conv1d) -> tuple[Tensor, Tensor]:
    """The parameters of a convolution; ValueError if it has no bias."""
    if conv.bias is None:
        raise ValueError(f"{conv} has no bias; wanted a convolution with one")
    return conv.weight, conv.bias


class _ResidualConv(torch.autograd.Function):
    """relu(conv(x)) + cropped x; autograd alone would zero-fill, copy and add for the crop's backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, dilation: int) -> Tensor:
        kernel = weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)  # (out, in, 1, width)
        if _library_has_no_kernel(x):
            active = _product_of_taps(x, weight, bias, dilation).relu_()
        else:
            active = functional.conv2d(x, kernel, bias, dilation=(1, dilation)).relu_()
        crop = dilation * (weight.shape[2] - 1) // 2
        ctx.save_for_backward(x, kernel, active)
        ctx.dilation, ctx.crop = dilation, crop
        return active + x[..., crop : x.shape[-1] - crop]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x, kernel, active = ctx.saved_tensors
        grad = grad.contiguous(memory_format=torch.channels_last)
        through = torch.ops.aten.threshold_backward(grad, active, 0)
        needs_kernel = not (_gemm_is_faster(x) or _library_has_no_kernel(x))
        grad_x, grad_kernel, grad_bias = torch.ops.aten.convolution_backward(
            through,
            x,
            kernel,
            [kernel.shape[0]],
            [1, 1],
            [0, 0],
            [1, ctx.dilation],
            False,
            [0, 0],
            1,
            [True, needs_kernel, needs_kernel],
        )
        if not needs_kernel:
            grad_kernel, grad_bias = _kernel_gradient(x, through, kernel.shape[3], ctx.dilation)
        grad_x[..., ctx.crop : x.shape[-1] - ctx.crop] += grad
        return grad_x, grad_kernel.squeeze(2), grad_bias, None


def _gemm_is_faster(x: Tensor) -> bool:
    """Whether batched products beat the library's kernel gradient: on CPUs without AVX-512, by 2.6 times."""
    return x.device.type == "cpu" and x.dtype == torch.float32 and torch.backends.cpu.get_cpu_capability() != "AVX512"


def _library_has_no_kernel(x: Tensor) -> bool:
    """Whether cuDNN falls back to a slow form: wide half-precision convolutions that are dilated far.

    512 channels, dilation 64, on a Hopper GPU: 315 ms a layer for 64 windows, and 0.3 ms as three products; with 64
    channels both take as long.
    """
    return x.device.type == "cuda" and x.dtype in (torch.bfloat16, torch.float16) and x.shape[1] >= 128


def _product_of_taps(x: Tensor, weight: Tensor, bias: Tensor, dilation: int) -> Tensor:
    """The valid convolution as one batched product per tap; arguments and result as in `residual_conv`."""
    rows, width = x.squeeze(2).transpose(1, 2), weight.shape[2]  # (batch, length, in)
    length = rows.shape[1] - dilation * (width - 1)
    taps = weight.permute(2, 1, 0)[:, None].expand(-1, len(rows), -1, -1)  # (width, batch, in, out)
    total = torch.baddbmm(bias, rows[:, :length], taps[0])  # (batch, length, out)
    for k in range(1, width):
        total = total.baddbmm_(rows[:, k * dilation : k * dilation + length], taps[k])
    return total.transpose(1, 2).unsqueeze(2)  # (batch, out, 1, length), channels-last


def _kernel_gradient(x: Tensor, grad: Tensor, width: int, dilation: int) -> tuple[Tensor, Tensor]:
    """Gradients of kernel and bias of a dilated valid convolution: one batched product per tap.

    `x` and `grad` are `(batch, channels, 1, length)`, channels-last; returns `(out, in, 1, width)` and `(out,)`.
    """
    rows = x.squeeze(2).transpose(1, 2)  # (batch, length, in)
    out = grad.squeeze(2)  # (batch, out, length - dilation * (width - 1))
    length = out.shape[2]
    taps = [torch.bmm(out, rows[:, k * dilation : k * dilation + length]).sum(dim=0) for k in range(width)]
    return torch.stack(taps, dim=2).unsqueeze(2), out.sum(dim=(0, 2))  # (out, in, 1, width), (out,)


def residual_conv(x: Tensor, weight: Tensor, bias: Tensor, dilation: int) -> Tensor:
    """relu(dilated valid convolution) plus the centre of its input, for training.

    Parameters
    ----------
    x
        `(batch, channels, 1, length)`, channels-last.
    weight, bias
        `(channels, channels, width)` and `(channels,)`.
    dilation
        Distance in bp between the taps.

    Returns
    -------
    Tensor
        `(batch, channels, 1, length - dilation * (width - 1))`.
    """
    dtype = compute_dtype(x)
    return _ResidualConv.apply(x.to(dtype), weight.to(dtype), bias.to(dtype), dilation)


class _ResidualBlocks(torch.autograd.Function):
    """All residual blocks of a network, compiled for the processor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, code: BlockKernels, dilations: Sequence[int], *parameters: Tensor) -> Tensor:
        blocks = ResidualBlocks(code, parameters[::2], parameters[1::2], dilations)
        passage = blocks.forward(x)
        ctx.blocks, ctx.number = blocks, len(dilations)
        ctx.save_for_backward(*passage.between, *passage.passed)
        return passage.between[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        kept = ctx.saved_tensors
        passage = Passage(list(kept[: ctx.number + 1]), list(kept[ctx.number + 1 :]))
        found = ctx.blocks.backward(grad.contiguous(), passage)
        of_each = (gradient for pair in zip(found.weights, found.biases, strict=True) for gradient in pair)
        return found.x, None, None, *of_each


def residual_convs(x: Tensor, parameters: Sequence[tuple[Tensor, Tensor]], dilations: Sequence[int]) -> Tensor:
    """One `residual_conv` after the other, for training.

    Parameters
    ----------
    x
        As in `residual_conv`.
    parameters
        Weight and bias of each.
    dilations
        bp, of each.

    Returns
    -------
    Tensor
        `(batch, channels, 1, length - 2 * sum of dilations)`.
    """
    code = _compiled_for(x, parameters)
    if code is None:
        for (weight, bias), dilation in zip(parameters, dilations, strict=True):
            x = residual_conv(x, weight, bias, dilation)
        return x
    rows, flat = x.squeeze(2).transpose(1, 2).contiguous(), [tensor for pair in parameters for tensor in pair]
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (x, *flat)):
        out = _ResidualBlocks.apply(rows, code, dilations, *flat)
    else:
        out = ResidualBlocks(code, flat[::2], flat[1::2], dilations).predict(rows.detach())
    return out.transpose(1, 2).unsqueeze(2)  # (batch, channels, 1, length), channels-last


def _compiled_for(x: Tensor, parameters: Sequence[tuple[Tensor, Tensor]]) -> BlockKernels | None:
    """Kernels for blocks of three taps in single precision on a processor; None for any others."""
    taps = {weight.shape[2] for weight, _ in parameters}
    flat = [tensor for pair in parameters for tensor in pair]
    return block_kernels(x.shape[1]) if taps == {3} and _is_single_on_processor(x, *flat) else None


def _is_single_on_processor(x: Tensor, *parameters: Tensor) -> bool:
    dtypes = {compute_dtype(x), x.dtype, *(tensor.dtype for tensor in parameters)}
    return x.device.type == "cpu" and dtypes == {torch.float32}


class _FirstConv(torch.autograd.Function):
    """relu(convolution) of sequences, compiled for the processor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, code: RowKernels) -> Tensor:
        ctx.first = FirstConvolution(code, weight, bias)
        out = ctx.first.forward(x)
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        found = ctx.first.backward(grad.contiguous(), *ctx.saved_tensors)
        return None, found.weight, found.bias, None


def first_conv(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """relu(valid convolution) of sequences, for training.

    Parameters
    ----------
    x
        `(batch, 4, length)`.
    weight, bias
        `(channels, 4, width)` and `(channels,)`.

    Returns
    -------
    Tensor
        `(batch, channels, 1, length - width + 1)`, channels-last.
    """
    # What goes back to the sequence, where somebody asks for it, is left to torch.
    if not x.requires_grad and _is_single_on_processor(x, weight, bias) and (code := row_kernels(len(weight))):
        out = _FirstConv.apply(x.transpose(1, 2).contiguous(), weight, bias, code)  # (batch, length, channels)
        return out.transpose(1, 2).unsqueeze(2)
    return convolve(to_channels_last(x), weight, bias).relu()


class _CompiledHead(torch.autograd.Function):
    """A wide convolution to a few channels, compiled for the processor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, code: RowKernels) -> Tensor:
        ctx.head = Head(code, weight)
        ctx.save_for_backward(x)
        return ctx.head.forward(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        return (*ctx.head.backward(grad, *ctx.saved_tensors), None)


class _FewChannelConv(torch.autograd.Function):
    """A wide convolution to a few channels: one GEMM to (width * tasks) columns, then a sum along diagonals.

    A convolution to one or two channels leaves most of the matrix unit idle: this form takes a seventh of
    the time of a direct one, forward and backward together.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        tasks, channels, width = weight.shape
        batch, length = x.shape[:2]
        columns = weight.permute(1, 2, 0).reshape(channels, width * tasks)
        product = x.reshape(batch * length, channels) @ columns  # (batch * length, width * tasks)
        if product.device.type == "cpu":
            # A CPU converts and sums along diagonals number by number: ten times slower than to convert all first.
            product = product.float()
        out = length - width + 1
        row = width * tasks
        diagonals = product.as_strided((batch, out, width, tasks), (length * row, row, row + tasks, 1))
        ctx.save_for_backward(x, columns)
        ctx.width, ctx.tasks = width, tasks
        return diagonals.sum(dim=2, dtype=torch.float32)  # (batch, out, tasks)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, columns = ctx.saved_tensors
        width, tasks = ctx.width, ctx.tasks
        batch, length, channels = x.shape
        padded = functional.pad(grad.to(x.dtype), (0, 0, width - 1, width - 1))  # (batch, length + width - 1, tasks)
        reverse = padded.flip(1).contiguous()
        # Row j of `unfolded` holds grad[j - k] for k = 0 .. width - 1: in reversed order these are neighbours.
        unfolded = reverse.as_strided((batch, length, width, tasks), (reverse.stride(0), tasks, tasks, 1)).flip(
            1
        )  # (batch, length, width, tasks)
        unfolded = unfolded.reshape(batch * length, width * tasks)
        flat = x.reshape(batch * length, channels)
        grad_x = (unfolded @ columns.t()).reshape(batch, length, channels)
        grad_columns = flat.t() @ unfolded  # (channels, width * tasks)
        return grad_x, grad_columns.reshape(channels, width, tasks).permute(2, 0, 1)


def few_channel_conv(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Valid convolution to a few tasks, for training.

    Parameters
    ----------
    x
        `(batch, channels, 1, length)`, channels-last.
    weight, bias
        `(tasks, channels, width)` and `(tasks,)`.

    Returns
    -------
    Tensor
        `(batch, tasks, length - width + 1)`, float32 whatever the dtype of the product.
    """
    dtype = compute_dtype(x)
    rows = x.squeeze(2).transpose(1, 2)  # (batch, length, channels)
    if _is_single_on_processor(x, weight, bias) and (code := row_kernels(x.shape[1])):
        summed = _CompiledHead.apply(rows.contiguous(), weight, code)  # (batch, out, tasks)
    else:
        summed = _FewChannelConv.apply(rows.to(dtype), weight.to(dtype))  # (batch, out, tasks)
    return summed.transpose(1, 2) + bias.float().unsqueeze(1)  # (batch, tasks, out)


def turned(weight: Tensor) -> Tensor:
    """A kernel `(out, in, width)` turned: a transposed convolution written as a plain one, which has the fast forms."""
    return weight.flip(2).transpose(0, 1).unsqueeze(2).contiguous(memory_format=torch.channels_last)


def transposed(x: Tensor, kernel: Tensor, dilation: int, length: int) -> Tensor:
    """The middle of the transposed convolution with a `turned` kernel."""
    padding = (length + dilation * (kernel.shape[3] - 1) - x.shape[-1]) // 2
    return functional.conv2d(x, kernel, None, padding=(0, padding), dilation=(1, dilation))


def to_bases(x: Tensor, weight: Tensor, length: int) -> Tensor:
    """The middle of the transposed convolution to four channels, `(batch, length, 4)`: four positions at a time."""
    filters, bases, width = weight.shape
    steps = -(-length // _PHASES)
    # Position 4 i + p reads from 4 i + p on: the same kernel, moved by p.
    kernel = weight.new_zeros(_PHASES, bases, filters, width + _PHASES - 1)
    for phase in range(_PHASES):
        kernel[phase, :, :, phase : phase + width] = weight.flip(2).transpose(0, 1)
    kernel = kernel.flatten(0, 1).unsqueeze(2).contiguous(memory_format=torch.channels_last)
    before = (length + width - 1 - x.shape[-1]) // 2
    after = _PHASES * steps + width - 1 - before - x.shape[-1]
    found = functional.conv2d(functional.pad(x, (before, after)), kernel, None, stride=(1, _PHASES))
    return found.permute(0, 2, 3, 1).reshape(len(x), _PHASES * steps, bases)[:, :length]
