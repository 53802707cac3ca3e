"""What a run would do, and what is wrong with its inputs: in seconds, with nothing trained or written."""
