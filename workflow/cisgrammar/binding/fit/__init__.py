"""The sequential fit: starting points, steps, agreement of several fits."""
