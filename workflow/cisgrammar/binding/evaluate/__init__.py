"""A fitted model against reads that it has not seen: tables, errors, gates, sites in a genome."""
