"""Repairs leave no stop but in the margins."""

import numpy as np

from cisgrammar.splice.compat.repairs import AToT
from cisgrammar.splice.frames.repairs import RemoveStops
from cisgrammar.splice.genes.reading_frames import stops


def test_repairs_leave_no_stop_but_in_the_margins():
    codes = np.random.default_rng(0).integers(0, 5, 400, dtype=np.uint8)
    for repair in (RemoveStops(), AToT()):
        mended = repair(codes, 0)
        assert not stops(mended)[10:-12].any()
        assert mended[:10].tolist() == codes[:10].tolist()
        assert mended[-10:].tolist() == codes[-10:].tolist()
        assert ((mended == 4) == (codes == 4)).all()
    one_frame = RemoveStops(frames=(1,), margin=0)(codes, first_codon=2)
    gone = np.flatnonzero(stops(codes) & ~stops(one_frame))
    assert len(gone)
    assert ((gone - 2) % 3 == 1).all()
    assert not stops(one_frame)[(2 + 1) % 3 :: 3].any()
