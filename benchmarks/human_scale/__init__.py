"""Sub-commands of `benchmarks/human.py`, and what they share: jobs in processes of their own."""
