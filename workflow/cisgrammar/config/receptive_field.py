"""How far a BPNet-style network sees."""


def receptive_flank(layers: int, input_filter_width: int, output_filter_width: int) -> int:
    """Bases on each side of an output base that it depends on: half of (W_in - 1) + (2^(n+2) - 4) + (W_out - 1).

    Parameters
    ----------
    layers
        n, the number of dilated convolutions of width 3; their dilations are 2, 4, ..., 2^n.
    input_filter_width, output_filter_width
        W_in and W_out in bp, odd: the first convolution, and the profile heads.
    """
    return ((input_filter_width - 1) + (2 ** (layers + 2) - 4) + (output_filter_width - 1)) // 2
