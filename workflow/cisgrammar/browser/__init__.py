"""Genome browsers: observed signal as tracks; one IGV session and one UCSC track hub for all tracks of a run."""
