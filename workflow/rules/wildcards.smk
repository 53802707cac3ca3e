# What each wildcard of a path may be: names of the config and of its sheets, so that no file is asked for by mistake.


wildcard_constraints:
    sample=one_of(SAMPLES),
    fold=one_of(FOLDS),
    threshold=one_of(THRESHOLDS),
    model=one_of(LIBRARIES),
    library=one_of(sorted({row.library for rows in LIBRARIES.values() for row in rows})),
    seed=r"\d+",
    shard=r"\d+",
    place=r"[^/]+(/[^/]+)?",
