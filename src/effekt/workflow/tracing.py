"""Whom to look up in the sources: drawn by a lot that nobody who signed the plan could know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from effekt._types import Table as AnyTable
from effekt._validation import did_you_mean
from effekt.certificates.canonical import canonical_json
from effekt.certificates.envelope import Envelope
from effekt.contracts import Contract
from effekt.contracts.model import check_contract
from effekt.exceptions import ArgumentError
from effekt.workflow.data.analysis import load
from effekt.workflow.locking import plan_of

RULE = "effekt/trace/2"


def trace(
    contract: Contract,
    *,
    analysis: str,
    number: int,
    seed: str,
    locked: Envelope | bytes,
    data: Mapping[str, AnyTable] | None = None,
) -> tuple[str, ...]:
    """Draw units whose records are to be looked up in the sources.

    Parameters
    ----------
    contract : Contract
    analysis : str
        Whose table and column of units they are drawn from.
    number : int
        How many to draw.
    seed : str
        Public, and made by chance after the lock and after the table was delivered, by somebody who is no party: the
        numbers of a lottery whose name and day the parties agreed on beforehand.
    locked : Envelope or bytes
        The lock of the plan, signed by a party of the contract.
    data : mapping of data id to table or path, optional
        In place of the files in the contract's own folder.

    Returns
    -------
    tuple of str
        The units in the order of the lot: with a larger number the next ones follow, where one cannot be looked up.
        They are persons, for whoever looks them up, and never to be published.

    Raises
    ------
    ArgumentError, DataError, CertificateError
        For an analysis that is not there or has no units, a number that is none or too large, an empty seed, or a lock
        of another contract file.

    Notes
    -----
    Units are put in the order of SHA-256 of the canonical JSON (RFC 8785) of ["effekt/trace/2", SHA-256 of the
    contract's file in hexadecimal, seed, unit], texts with one space for each white space, and the first are taken: a
    simple random sample without replacement, as far as the seed is by chance. Anyone with the table, the contract and
    the seed draws the same, in whatever order the rows lie. The lock decides nothing of it: a party can sign any number
    of them for one contract, of other days, and give the one whose lot it prefers. Who knows the seed before the table
    is delivered can choose whom to deliver; who chooses the seed chooses whom to trace.

    Examples
    --------
    >>> import effekt
    >>> from effekt.certificates import DEMO_KEY
    >>> contract = effekt.read_contract(effekt.case("rate-card") / "contract.yaml")
    >>> locked = effekt.lock(contract, key=DEMO_KEY, date="2022-11-20")
    >>> trace(contract, analysis="work", number=3, seed="lottery of 2023-09-02: 4 8 15 16 23 42", locked=locked)
    ('0014', '0007', '0006')
    """
    check_contract(contract)
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ArgumentError(f"`number` must be a whole number of 1 or more; got {number!r}.")
    if not seed.strip():
        raise ArgumentError("`seed` must not be empty; give what was drawn in public after the lock.")
    term = contract.model.analysis.get(analysis)
    if term is None:
        hint = did_you_mean(analysis, list(contract.model.analysis)) or " Name one of the contract's analyses."
        raise ArgumentError(f"`analysis` must be a name under analysis; got {analysis!r}.{hint}")
    unit = term.given.get("unit")
    if not isinstance(unit, str):
        raise ArgumentError(f"`analysis` must be one whose rows are of units; {analysis} has no argument unit.")
    plan_of(contract, locked)
    units = load(contract, term.data, data).select(labels=(unit,)).labels[unit].names
    if number > len(units):
        raise ArgumentError(f"`number` must be at most the {len(units)} units of data.{term.data}; got {number}.")
    return tuple(sorted(units, key=lambda one: _lot(contract.sha256, " ".join(seed.split()), one))[:number])


def _lot(contract: str, seed: str, unit: str) -> bytes:
    return hashlib.sha256(canonical_json([RULE, contract, seed, unit])).digest()
