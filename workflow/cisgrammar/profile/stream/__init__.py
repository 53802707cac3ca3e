"""Predictions for any regions or whole sequences, batch by batch, written as they come."""
