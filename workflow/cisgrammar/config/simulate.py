"""The config's section of a simulated SELEX experiment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import Fraction, Name, NonNegative, Positive, Section, Seed

Bases = Annotated[str, Field(pattern=r"^[ACGT]*$")]
FACTOR_NAMES = ("REB1", "CBF1", "GATA", "GZF3", "RAP1", "RPN4", "ROX1", "GCN4")
"""The factors that a simulated genome may hold (`simulate.factors.catalogue`)."""
FactorName = Literal["REB1", "CBF1", "GATA", "GZF3", "RAP1", "RPN4", "ROX1", "GCN4"]
Share = Annotated[float, Field(gt=0, lt=1)]


class SimulateSelex(Section):
    """A SELEX experiment with known truth: one factor, its dimer (or that with a partner), and their reads."""

    factor: Name = Field("REB1", description="factor of the simulated genome whose core is the motif")
    partner: Name | None = Field(None, description="factor that it pairs with; none for a pair with itself")
    width: Annotated[int, Field(ge=4, le=12)] = Field(8, description="bp of the motif: the most certain stretch")
    sharpness: Positive = Field(0.25, description="ddG/RT of a mismatch, as a multiple of the factor's log-odds")
    sharpness_spread: NonNegative = Field(
        0.4, description="standard deviation between mismatches, in units of ddG/RT (nats)"
    )
    length: Annotated[int, Field(ge=8, le=100)] = Field(24, description="bp of the variable region")
    barcode: Bases = Field("TGTCGT", description="5' barcode of each read, before `left`")
    left: Bases = Field("GACGTC", description="constant sequence between barcode and variable region")
    right: Bases = Field("GATCGG", description="constant sequence after the variable region")
    flank_length: Annotated[int, Field(ge=0)] = Field(
        0, description="bp of constant sequence on each side that sites may reach into"
    )
    reads: Annotated[int, Field(ge=100)] = Field(20_000, description="usable reads of each sequenced round")
    unusable: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.01, description="further reads with an N, another barcode or cut short, as a share of `reads`"
    )
    sequenced: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (0, 2), min_length=2, description="rounds that are sequenced, 0 for the initial library"
    )
    selection: Literal["bound_unsaturated", "bound"] = Field(
        "bound_unsaturated", description="a round keeps a read in proportion to Z, or to Z / (1 + Z)"
    )
    occupancy: Positive = Field(
        1.0, description="Z of the best arrangement on a read, if saturated (`bound`): 1 is half bound"
    )
    monomer_share: Share = Field(
        0.25, description="share of the last round's reads that are proposed for one site; they may bind otherwise too"
    )
    dimer_share: Fraction = Field(0.55, description="share that is proposed for a pair; 0 for no cooperativity")
    max_spacing: Annotated[int, Field(ge=0)] = Field(4, description="most bp between the two sites of a pair")
    strands: Literal["same", "opposite"] = Field("same", description="strands of the favoured pairs")
    offsets: tuple[int, ...] = Field(
        (9, 11), description="favoured offsets in bp: start of the second site minus start of the first"
    )
    log_omega: tuple[float, ...] = Field(
        (2.0, 1.2), description="ln cooperativity of each favoured offset; other spacings have 0"
    )
    hill: Positive = Field(0.8, description="Hill exponent of the pair")
    position_bias: NonNegative = Field(
        0.5, description="amplitude of the bias along the read, in units of ddG/RT (nats); 0 for none"
    )
    seed: Seed = Field(1, description="seed of the simulation")

    @model_validator(mode="after")
    def _rounds(self) -> SimulateSelex:
        rounds = self.sequenced
        if rounds[0] != 0 or list(rounds) != sorted(set(rounds)):
            raise ValueError(f"sequenced: must rise from 0, the initial library, got {list(rounds)}")
        return self

    @model_validator(mode="after")
    def _pairs(self) -> SimulateSelex:
        if self.monomer_share + self.dimer_share >= 1:
            raise ValueError(
                f"monomer_share + dimer_share: must be below 1, got {self.monomer_share + self.dimer_share:g}; "
                "the rest is bound without regard to sequence"
            )
        if len(self.offsets) != len(self.log_omega):
            raise ValueError(f"log_omega: {len(self.log_omega)} values for {len(self.offsets)} offsets; give one each")
        reach = self.width + self.max_spacing
        first = self.partner is None and self.strands == "same"
        wrong = [o for o in self.offsets if not self.width <= (o if first else abs(o)) <= reach]
        if wrong and self.dimer_share:
            raise ValueError(
                f"offsets: {wrong[0]} is not from width to width + max_spacing ({self.width} to {reach}); sites of "
                "a pair do not overlap, and of two equal ones on the same strand the first is before the second"
            )
        return self

    @model_validator(mode="after")
    def _sites_fit(self) -> SimulateSelex:
        longest = self.width if not self.dimer_share else 2 * self.width + self.max_spacing
        if longest > self.length + 2 * self.flank_length:
            raise ValueError(
                f"length: {longest} bp of binding sites do not fit into {self.length + 2 * self.flank_length} bp; "
                "use longer reads, or a lower width or max_spacing"
            )
        if self.flank_length > min(len(self.left), len(self.right)):
            raise ValueError(f"flank_length: {self.flank_length} is more than there is of `left` or `right`")
        return self
