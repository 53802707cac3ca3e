"""The tables of the ablation stage, and its gates."""
