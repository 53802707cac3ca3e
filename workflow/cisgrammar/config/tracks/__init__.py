"""The config's sections of what is predicted for regions of one's own, and of how tracks are shown."""
