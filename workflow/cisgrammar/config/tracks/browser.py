"""The config's section of genome browsers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cisgrammar.config.fields import Name, Section


class Browser(Section):
    """All tracks of the run in one IGV session and one UCSC track hub; beside them the observed, shifted 5' ends."""

    assembly: Name | None = Field(
        None,
        description="the browsers' name of the assembly (hg38, mm10, sacCer3), which they load by themselves; default: "
        "the FASTA of `genome`, which the hub gets as a 2bit file of its own",
    )
    hub: Name = Field("cisgrammar", description="name of the hub")
    email: Annotated[str, Field(pattern=r"^\S+$")] = Field(
        "nobody@example.org", description="address in hub.txt, which UCSC asks for; without blanks"
    )
