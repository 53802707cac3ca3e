"""The `binding` section of a config: motifs, how they cooperate, and how they are fitted to SELEX reads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from cisgrammar.config.fields import Name, NonNegative, PathStr, Positive, Section
from cisgrammar.iupac import foreign_letters, reverse_complement

Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]


def _iupac(text: str) -> str:
    odd = foreign_letters(text, allowed="-")
    if odd:
        raise ValueError(f"wanted IUPAC letters, N or -, found {' '.join(map(repr, odd))}; correct the pattern")
    return text.upper()


class Motif(Section):
    """One binding mode: a position-specific affinity matrix, which all libraries of the model share."""

    width: AtLeastOne = Field(12, description="bp; the width at the start if `extend` is on")
    seed: Annotated[str, AfterValidator(_iupac)] = Field(
        "",
        description="IUPAC pattern to start from, one letter per bp of `width` (which it then sets by itself), N for "
        "no preference, - for a random start; empty: found from the reads",
    )
    palindrome: bool = Field(False, description="the matrix is its own reverse complement; `width` must be even")
    pairs: Count = Field(
        0, description="bp: pairs of positions up to this far apart have values of their own; 0 for none"
    )
    strands: Literal["both", "forward"] = Field("both", description="strands of a read that are scored")
    position_bias: Literal["none", "channel", "same", "reverse"] = Field(
        "none",
        description="preference for positions in the read: none, one per strand (`channel`), the `same` for both, or "
        "the reverse strand's is the forward strand's turned round (`reverse`)",
    )
    position_bias_bin: AtLeastOne = Field(1, description="neighbouring positions that share one value of the bias")

    @model_validator(mode="before")
    @classmethod
    def _width_of_the_seed(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("seed") and "width" not in given:
            return {**given, "width": len(str(given["seed"]).strip())}
        return given

    @model_validator(mode="after")
    def _consistent(self) -> Motif:
        if self.seed and len(self.seed) != self.width:
            raise ValueError(f"seed {self.seed} has {len(self.seed)} letters, width is {self.width}; make them equal")
        if self.palindrome and self.width % 2:
            raise ValueError(f"a palindrome has an even width, got {self.width}; use {self.width + 1}")
        if self.palindrome and reverse_complement(self.seed) != self.seed:
            raise ValueError(f"seed {self.seed} is not its own reverse complement; leave palindrome or seed out")
        if self.pairs >= self.width:
            raise ValueError(f"pairs up to {self.pairs} bp apart do not fit into a width of {self.width}; lower pairs")
        if self.position_bias == "reverse" and self.strands == "forward":
            raise ValueError("position_bias reverse needs both strands, strands is forward; use channel")
        return self


class Pair(Section):
    """Two motifs that bind one read together, with a preference for their spacing and strands."""

    a: Name = Field(description="name of one motif of the model")
    b: Name = Field(description="name of the other motif; it may be the same")
    max_overlap: Count | None = Field(None, description="most bp that both may cover; null for no limit")
    max_spacing: Count | None = Field(None, description="most bp between the two; null for no limit")
    orientation: Literal["both", "same", "opposite"] = Field(
        "both", description="let them bind on the same strand, on opposite strands, or on either"
    )
    order: Literal["both", "positive", "negative"] = Field(
        "both", description="on the strand of `a`: let `b` start after it (positive), not after it (negative), or both"
    )
    position_bias: Literal["none", "strand", "same", "reverse"] = Field(
        "none",
        description="preference for positions of the pair in the read: none, one per pair of strands (`strand`), the "
        "`same` for both strands of `b`, or that of the reverse complement (`reverse`)",
    )
    hill: bool = Field(False, description="fit a Hill exponent of the pair")


class BindingModel(Section):
    """What is fitted to the libraries of one model, and how."""

    motifs: dict[Name, Motif] = Field(
        {}, validate_default=True, description="name -> motif, found in this order; without any: one named `motif`"
    )
    cooperativity: tuple[Pair, ...] = Field((), description="pairs of motifs that may bind together")
    flank_length: Count | None = Field(
        None,
        description="bp of the constant region on each side of a read that are scored; null: half of the widest motif, "
        "or what is known if that is less",
    )
    kmer: Annotated[int, Field(ge=1, le=12)] = Field(8, description="bp, length of the k-mers that starts are made of")
    kmer_starts: Count = Field(4, description="starts from enriched k-mers that are compared for each motif")
    random_starts: Count = Field(2, description="random starts that are compared for each motif")
    shift: Count = Field(2, description="bp by which a motif may be moved at a time to bring it into register")
    extend: bool = Field(False, description="try to add one bp on both sides of a motif at a time")
    extend_flank: Count = Field(0, description="try to score more bp of the constant regions, this many at most")
    max_width: AtLeastOne = Field(24, description="bp, the widest that `extend` may make a motif")
    min_information: NonNegative = Field(0.1, description="bits that both ends of a motif must hold to be extended")
    min_gain: NonNegative = Field(
        2e-4, description="fall of the loss (nats per read) that a wider motif or longer flank must bring"
    )
    l2: NonNegative = Field(1e-6, description="weight of the sum of squares of all parameters in the loss")
    l1: NonNegative = Field(0.0, description="weight of the sum of absolute values of all parameters in the loss")
    barrier: Positive = Field(40.0, description="parameters p cost exp(p - barrier) + exp(-p - barrier)")
    pseudocount: NonNegative = Field(
        0.0, description="reads of even letters that each position of a motif is taken to have seen (Dirichlet prior)"
    )
    initial_library: Literal["auto", "free"] = Field(
        "auto",
        description="`auto`: reads of a library with one selected round are taken as draws from the composition of the "
        "initial one, which halves the errors, if that moves no estimate by more than chance; `free`: never",
    )
    iterations: AtLeastOne = Field(400, description="most L-BFGS iterations of the fit on all reads")
    tolerance: Positive = Field(1e-7, description="fall of the loss (nats per read) per iteration at which a fit ends")

    def scored_flank(self, constant: str) -> int:
        """Bases that are scored of a constant region."""
        if self.flank_length is not None:
            return self.flank_length
        return min(max(motif.width for motif in self.motifs.values()) // 2, len(constant))

    @field_validator("motifs")
    @classmethod
    def _at_least_one(cls, motifs: dict[str, Motif]) -> dict[str, Motif]:
        return motifs or {"motif": Motif()}

    @model_validator(mode="after")
    def _widths_fit(self) -> BindingModel:
        for name, motif in self.motifs.items():
            if self.extend and motif.width > self.max_width:
                raise ValueError(f"motif {name} starts {motif.width} bp wide, max_width is {self.max_width}; raise it")
        return self

    @model_validator(mode="after")
    def _pairs_fit(self) -> BindingModel:
        for pair in self.cooperativity:
            unknown = [name for name in (pair.a, pair.b) if name not in self.motifs]
            if unknown:
                raise ValueError(f"cooperativity: no motif {unknown[0]}; the model has {', '.join(self.motifs)}")
            strands = {self.motifs[name].strands for name in (pair.a, pair.b)}
            if len(strands) > 1:
                raise ValueError(f"cooperativity: {pair.a} and {pair.b} differ in strands; score both on the same")
            if strands == {"forward"} and (pair.orientation == "opposite" or pair.position_bias in ("same", "reverse")):
                raise ValueError(f"cooperativity: {pair.a} and {pair.b} are scored on one strand; set strands: both")
        named = [tuple(sorted((pair.a, pair.b))) for pair in self.cooperativity]
        twice = sorted({names for names in named if named.count(names) > 1})
        if twice:
            raise ValueError(f"cooperativity: {' and '.join(twice[0])} are paired twice; give each pair once")
        return self


class Binding(Section):
    """PSAMs, position bias and cooperativity from SELEX reads."""

    libraries: PathStr = Field(description="TSV, one row per SELEX library; see below")
    models: dict[Name, BindingModel] = Field(
        {}, description="model name of the sheet -> its settings; a model that is not listed takes the defaults"
    )
    seeds: Annotated[int, Field(ge=1, le=1000)] = Field(
        3, description="independent fits of each model, whose agreement is reported"
    )
    held_out: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.1, description="share of the unique reads that is not fitted but scored"
    )
    subset: AtLeastOne = Field(
        30_000, description="reads on which starts and registers are compared; the end of the fit takes all"
    )
    chunk: AtLeastOne = Field(32_768, description="reads scored at a time; fewer need less memory")
    hits_p_value: Annotated[float, Field(gt=0, lt=1)] = Field(
        1e-4, description="P value of a site in the genome, by its score, above which it is not exported"
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to fit; an absent GPU is an error")
