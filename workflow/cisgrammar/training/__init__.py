"""The one training loop: checkpoints, schedules, devices, threads and processes."""
