"""The methods of a run as a paper would have them: what was done, with which settings and versions, after whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_CITED = {
    "BPNet": "Avsec et al. 2021, Nature Genetics 53, 354, doi:10.1038/s41588-021-00782-6",
    "ChromBPNet": "Pampari et al. 2024, bioRxiv, doi:10.1101/2024.12.25.630221",
    "ProBound": "Rube et al. 2022, Nature Biotechnology 40, 1520, doi:10.1038/s41587-022-01307-0",
    "SpliceAI": "Jaganathan et al. 2019, Cell 176, 535, doi:10.1016/j.cell.2018.12.015",
    "DeepLIFT": "Shrikumar et al. 2017, arXiv:1704.02685",
    "SHAP": "Lundberg and Lee 2017, arXiv:1705.07874",
    "TF-MoDISco": "Shrikumar et al. 2018, arXiv:1811.00416",
    "dinucleotide shuffles": "Altschul and Erickson 1985, Molecular Biology and Evolution 2, 526",
    "false discovery rate": "Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57, 289",
    "Snakemake": "Moelder et al. 2021, F1000Research 10, 33, doi:10.12688/f1000research.29032.2",
    "PyTorch": "Paszke et al. 2019, arXiv:1912.01703",
}


_Sentence = tuple[str, tuple[str, ...]]


class Methods(NamedTuple):
    """Sentences, and the works that they rest on."""

    text: str
    references: list[str]


def methods(
    config: Mapping[str, Any], version: str, packages: Mapping[str, str | None], samples: int, folds: int
) -> Methods:
    """The methods of a run.

    Parameters
    ----------
    config
        The whole config, defaults included.
    version
        Of this package.
    packages
        Name -> version, as `manifest.package_versions` gives.
    samples, folds
        How many there are; 0 without reads.
    """
    said = list(_sentences(config, samples, folds))
    sentences = [text for text, _ in said]
    cited = [name for _, names in said for name in names]
    named = [name for name in ("torch", "snakemake", "numpy", "scipy") if packages.get(name)]
    used = ", ".join(f"{name} {packages[name]}" for name in named)
    sentences.append(f"The analysis was run with cisgrammar {version} ({used}), seed {config['seed']}.")
    cited += ["Snakemake", "PyTorch"]
    return Methods(" ".join(sentences), [f"{name}: {_CITED[name]}" for name in dict.fromkeys(cited)])


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _said(text: str, *cited: str) -> _Sentence:
    """A sentence, and the names of what it cites."""
    return text, cited


def _sentences(config: Mapping[str, Any], samples: int, folds: int) -> Iterator[_Sentence]:
    """Each sentence, and the names of what it cites."""
    if samples:
        yield _said(
            f"5' ends of {_plural(samples, 'sample')} were counted per base and strand and compared in windows of "
            f"{config['output_length']:,} bp around peaks, with background windows of like GC content, in "
            f"{_plural(folds, 'fold')} of chromosomes or regions.",
        )
    yield from _profile_sentences(config)
    if config.get("binding"):
        yield _said(
            "Binding models (matrices, position bias and cooperativity) were fitted to the counts of SELEX reads by "
            f"maximum likelihood, {_plural(config['binding']['seeds'], 'independent fit')} each, after ProBound.",
            "ProBound",
        )
    if config.get("splice"):
        context = config["splice"]["model"]["context"]
        yield _said(f"Splice sites were predicted by a network of {context:,} bp context, after SpliceAI.", "SpliceAI")
    yield from _explained(config)


def _profile_sentences(config: Mapping[str, Any]) -> Iterator[_Sentence]:
    if config.get("bias"):
        yield _said(
            "The assay's preference for sequences was learned on background windows by a dilated convolutional "
            f"network ({_network(config['bias'])}), and its scale was fitted to peaks.",
            "BPNet",
            "ChromBPNet",
        )
    if config.get("combined"):
        epochs = config["combined"]["training"]["epochs"]
        beside = " beside the frozen bias" if config.get("bias") else ""
        yield _said(
            f"Profiles and counts were predicted by a dilated convolutional network ({_network(config['combined'])})"
            f"{beside}, trained with AdamW for at most {_plural(epochs, 'epoch')} on the "
            "multinomial likelihood of profiles and the squared error of ln counts.",
            "BPNet",
        )


def _network(section: Mapping[str, Any]) -> str:
    shape = section.get("architecture") or {}
    return f"{shape.get('filters')} filters, {shape.get('layers')} layers"


def _explained(config: Mapping[str, Any]) -> Iterator[_Sentence]:
    if config.get("discover"):
        yield _said(
            "Motifs were found in contributions of bases (DeepLIFT with dinucleotide shuffles as references) by "
            "clustering stretches of high contribution.",
            "DeepLIFT",
            "SHAP",
            "TF-MoDISco",
            "dinucleotide shuffles",
        )
    if config.get("ablation"):
        yield _said(
            "Sites of motifs were shuffled and the change of predictions compared with like control windows and with "
            "decoys; q-values are those of Benjamini and Hochberg.",
            "false discovery rate",
        )
    if config.get("variants"):
        yield _said(
            "Variants were scored by both alleles' predictions, against variants in shuffled sequence and random "
            "substitutions; q-values are those of Benjamini and Hochberg.",
            "dinucleotide shuffles",
            "false discovery rate",
        )
