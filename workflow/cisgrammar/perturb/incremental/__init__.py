"""Outputs for edited sequences by recomputing only what an edit reaches: a small interpreter of recorded models.

A model of thousands of bases is asked about edits of a few bases, many at a time. Most of what it computes is the same
as for the unedited sequence. This folder keeps that, and redoes the rest, for any torch module.

1. **Record** (`record.py`). The model runs once on the unedited sequences. Torch hands every elementary operation
   below the level of modules to a recorder, which keeps the operation, its arguments and its result. The outcome is a
   list of values in the order of their computation; each refers to earlier ones.
2. **Recognise** (`recognise.py`). For each recorded operation that runs along the sequence there is a layer, or none:
   convolution, function of single positions, sum, product, crop, pad, concatenation, pooling. An average or sum over
   the whole sequence is a total: its change is the sum of the changes at single positions.
3. **Plan** (`model.py`). Each value is assigned a step: redone in a window (it has a layer, and so have all that it
   depends on), as a total, or in full. Values that no output needs are dropped, and what every value needs of the
   unedited sequence is kept.
4. **Run a batch** (`batch.py`, `layers.py`). Edits near each other in one sequence share a group. For each value, the
   first pass (`reach`) says which positions an edit can change: the edit's own, wider by the layer's width at each
   convolution and narrower by its stride at each pool. The second pass (`change`) computes the difference to the
   unedited value there, from the differences of its inputs. A convolution is linear, so that only differences pass
   through it (`convolution.py` chooses the fastest of three forms); other functions are evaluated at old plus
   difference, and the old value is taken off.
5. **Complete**. Where a value is redone in full, or is an output, the differences are added to the unedited value.

What holds, and what tests assert: the result is that of the full model up to rounding (`../predict_edits.py` compares
the first batch with a full run, and falls back to full runs where they differ by more than its tolerance or where
recording says `CannotWindow`); it does not depend on how edits are batched; and an edit that no window reaches changes
nothing. The path through the model must not depend on the values of the sequence: a branch on the data would be
recorded as it went for the unedited sequence, and the comparison would show it.

Files from below: `convolution` (one operation, three forms), `batch` (edits, groups, differences), `layers` (reach and
change of each kind of operation), `record`, `recognise`, `model` (plan and run).
"""
