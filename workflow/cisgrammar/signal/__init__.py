"""From reads or bigWigs to 5' ends per base, and to the windows of a fold."""
