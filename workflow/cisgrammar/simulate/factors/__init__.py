"""The factors that a simulated genome may hold: matrices, effects and kinds."""
