"""The one schema of a run: a module for each section, and the sheets that the sections name. Free of torch."""
