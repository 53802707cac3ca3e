"""The variants stage: variants read and checked, scored by the models of a run or by given ones, in one table."""
