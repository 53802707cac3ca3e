"""The tables that figures of variants are drawn from: half of the variants touch a site and have an effect."""

import numpy as np
import pandas as pd

from cisgrammar.figures.catalogue import CATALOGUE, module_of
from cisgrammar.figures.draw import draw
from cisgrammar.tables.contracts.simulate import RECOVERED_VARIANTS
from cisgrammar.tables.contracts.variants import QQ, READ, SIGNS
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.signs import sign_table
from toy_tables import filled

FIGURES = tuple(figure.name for figure in CATALOGUE if figure.stage == "variants")


def files(folder, n=60):
    """Name -> path of the tables."""
    rng = np.random.default_rng(1)
    read = filled(READ, pd.DataFrame({"number": range(n)}))
    affinity = np.where(np.arange(n) % 2, rng.normal(size=n), 0.0)
    scores = {"demo.logfc": affinity + rng.normal(size=n) / 10}
    for null in ("shuffled", "substitutions"):
        scores |= {f"demo.logfc_p_{null}": rng.random(n) ** 3, f"demo.logfc_q_{null}": rng.random(n) / 5}
    binding = {"REB1.delta_log_affinity": affinity, "REB1.delta_log_affinity_se": np.full(n, 0.1)}
    words = {"REB1.site": np.where(np.arange(n) % 2, "broken", ""), "REB1.motif": "REB1"}
    table = pd.concat([read, pd.DataFrame({"genes": [""] * n, **scores, **binding, **words})], axis=1)
    table.to_csv(folder / "scores.tsv", sep="\t", index=False)
    p = np.sort(rng.random(n))
    qq = pd.DataFrame({"expected": -np.log10((np.arange(n) + 0.5) / max(n, 1)), "observed": -np.log10(p)})
    parts = [qq.assign(source="demo", score=s, null=u) for s in ("logfc", "jsd") for u in ("shuffled", "substitutions")]
    QQ.write(folder / "qq.tsv", pd.concat(parts, ignore_index=True)[list(QQ.names)])
    effects = rng.normal(size=n)
    truth = filled(RECOVERED_VARIANTS, pd.DataFrame({"id": [f"v{i}" for i in range(n)]}))
    truth = truth.assign(source="demo", kind="broken", true=effects, estimate=effects + rng.normal(size=n) / 10)
    RECOVERED_VARIANTS.write(folder / "truth.tsv", truth)
    SIGNS.write_rows(folder / "signs.tsv", sign_table(rows_of(folder / "scores.tsv")))
    return {name: str(folder / f"{name}.tsv") for name in ("scores", "qq", "signs", "truth")}


def drawn(name, inputs):
    """A figure of the tables."""
    from importlib import import_module

    return draw(import_module(module_of(name)), inputs)
