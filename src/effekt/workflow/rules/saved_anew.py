"""A certificate that a program saved anew: the file's form is another, and what is signed is as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.contracts import Contract
from effekt.workflow.findings import Finding
from effekt.workflow.rules.signatures import is_signed


def told_of_form(
    findings: Iterable[Finding], found: Certificate, contract: Contract, rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Finding]:
    """The findings on signatures; where only how the file is written speaks against them, with that.

    Parameters
    ----------
    findings : iterable of Finding
        As `signatures.signature_findings` gives them.
    found : Certificate
    contract : Contract
        By whose keys the signatures are checked.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave.

    Yields
    ------
    Finding
        With the verdict that it had: use the file as it was written.
    """
    form = {one.name for one in found.envelope.discrepancies} == {"envelope_form"}
    holds = form and is_signed(found.as_signed, contract, rotations)
    for one in findings:
        if holds and one.name == "signatures":
            en = (
                f"{one.text.en} As many as the contract asks have signed the content: only the form of the file is "
                "wrong, as when a program saves it anew. Use the file as it was written."
            )
            sv = (
                f"{one.text.sv} Så många som avtalet kräver har undertecknat innehållet: bara filens form är fel, som "
                "när ett program sparar om den. Använd filen så som den skrevs."
            )
            yield replace(one, text=Text(en=en, sv=sv))
        else:
            yield one
