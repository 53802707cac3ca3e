"""What a person sees of a run: a line for each finished job, the time that is left, gates as they come."""
