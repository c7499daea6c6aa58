"""The dry run that the parties agree on: by which seed treatment labels are permuted before unblinding."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from effekt.contracts.schema import Term


class DryRunTerms(Term):
    """The seed of the dry run, agreed before there are data, so that none is chosen by what it shows."""

    seed: Annotated[int, Field(ge=0, le=2**53 - 1)]
