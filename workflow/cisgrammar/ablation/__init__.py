"""The ablation stage: sites in held-out peaks, their effects on the models of a run, and the tables of both."""
