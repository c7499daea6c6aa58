"""What was declared of figures, analyses and tables that an amendment took away: passed by, and nothing else is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from workflow import test_each_series as each_series
from workflow.test_each_series import DAYS, KEY
from workflow.test_first_days import FIRST, KEYS, amended
from workflow.test_renamed_lines import RENAMED

import effekt
from effekt import workflow
from effekt.certificates import Envelope
from effekt.certificates.certificate import Certificate
from effekt.contracts import (
    Contract,
    Declarations,
    parse_attestation,
    parse_contract,
    parse_declarations,
    speaking_against,
)
from effekt.contracts.declarations import about_no_more, by_names_of
from effekt.exceptions import CertificateError, FolderWarning
from effekt.workflow.earlier.disputed_beside import _paid_by

Row = dict[str, object]


def declared(by: str = "verifier", date: str = "2023-02-05", **said: object) -> Declarations:
    head = {"schema": "effekt/declarations/1", "contract": "series", "by": by, "date": date}
    return parse_declarations(json.dumps(head | said).encode())


def deviation(*figures: str) -> Declarations:
    text = {"sv": "x", "en": "x"}
    row = {"what": text, "why": text, "date": "2023-01-31", "effect": dict.fromkeys(figures, "unknown")}
    return declared(date="2023-01-31", deviations=[row])


def dispute(decided: str | None = None, day: str = DAYS[0], **figures: str) -> Declarations:
    row: Row = {"figures": figures, "date": "2023-02-05", "why": {"sv": "x", "en": "x"}, "certificate": day}
    if decided is not None:
        row["decided"] = decided
    return declared("municipality", decided or "2023-02-05", disputed=[row])


def without_total(date: str = "2023-03-01") -> Contract:
    """An amendment without the line total and its figures."""
    text = amended(FIRST, date=date).raw.decode()
    text = text[: text.index("    total:\n")]
    text = "\n".join(row for row in text.split("\n") if not row.startswith(("  total:", "  paid:")))
    for name in ("total", "paid"):
        text = text.replace(f", {name}: {{step: outcome, source: {{sv: registret, en: the register}}}}", "")
    return parse_contract((text + "\n").encode())


def counted_otherwise() -> Contract:
    """An amendment by which the line total counts another figure."""
    text = amended(FIRST, date="2023-03-01").raw.decode().replace("figure: total,", "figure: whole,")
    text = text.replace("  total: {", "  whole: {").replace(", total: {step", ", whole: {step")
    return parse_contract(text.encode())


AFTER, OTHERWISE = without_total(), counted_otherwise()
VALUES = {"visits": 3, "total": 2, "paid": 0, "earned": 0}
NEXT = {"visits": 3, "earned": 300}
NEXT_OF_ALL = {"visits": 3, "total": 4, "paid": 20, "earned": 300}


def locked(contract: Contract) -> Envelope | None:
    lock = None
    for key in KEYS.values() if contract.model.amendment is not None else ():
        lock = workflow.lock(contract, key=key, date="2023-03-01", beside=lock, undecided_accepted=True)
    return lock


def settled(
    contract: Contract,
    date: str,
    values: dict[str, int],
    declarations: Sequence[Declarations] = (),
    supersedes: Certificate | None = None,
) -> Certificate:
    return workflow.settle(
        contract,
        date=date,
        attestations=[each_series.attested(date, values)],
        declarations=declarations,
        locked=locked(contract),
        supersedes=supersedes,
        reason=None if supersedes is None else "Disputed.",
    ).sign(KEY)


def left_out(found: Certificate, *earlier: Certificate) -> tuple[str, str]:
    findings = workflow.verify(found, contract=found.contract, amended=(FIRST,), earlier=earlier).findings
    (one,) = [finding for finding in findings if finding.name == "left_out"]
    return one.verdict, one.text.en


@pytest.mark.parametrize("of", [deviation("total"), deviation("total", "paid")])
def test_what_is_of_a_removed_figure_alone_is_passed_by_and_said(tmp_path: Path, of: Declarations) -> None:
    before = settled(FIRST, DAYS[0], VALUES, [of])
    (tmp_path / "before.json").write_bytes(before.to_bytes())
    with pytest.warns(
        FolderWarning,
        match=r"before\.json declares what is about nothing, or by a party, that this contract file still has",
    ):
        made = settled(replace(AFTER, folder=tmp_path), DAYS[1], NEXT)
    assert left_out(made, before) == (
        "reproduced",
        "Deviations, failed checks and events of the earlier certificate that this one neither has nor says it leaves "
        "out: 0; that are about nothing, or by nobody, that its contract file has, and are passed by: 1.",
    )


def test_what_is_also_of_a_figure_that_is_left_is_declared_again(tmp_path: Path) -> None:
    before = settled(FIRST, DAYS[0], VALUES, [deviation("total", "visits")])
    (tmp_path / "before.json").write_bytes(before.to_bytes())
    there = replace(AFTER, folder=tmp_path)
    with pytest.raises(CertificateError, match="1 deviation, failed check or event that this settlement leaves out"):
        settled(there, DAYS[1], NEXT)
    again = settled(there, DAYS[1], NEXT, [deviation("visits")])
    assert left_out(again, before)[0] == "reproduced"
    assert left_out(settled(AFTER, DAYS[1], NEXT), before)[0] == "different"


def test_a_failed_check_is_never_passed_by(tmp_path: Path) -> None:
    failed = declared(date="2023-01-31", checklist={"C1": {"verdict": "fail"}})
    before = settled(FIRST, DAYS[0], VALUES, [failed])
    assert left_out(settled(AFTER, DAYS[1], NEXT), before)[0] == "different"


def test_a_dispute_is_told_again_by_the_figures_that_are_left(tmp_path: Path) -> None:
    first = settled(FIRST, DAYS[0], VALUES)
    both = dispute(visits="2", total="1")
    before = settled(FIRST, "2023-02-06", VALUES, [both], supersedes=first)
    over = settled(FIRST, "2023-02-21", VALUES, [dispute("2023-02-20", visits="2", total="1")], supersedes=before)
    told = settled(AFTER, DAYS[1], NEXT, [dispute("2023-02-20", visits="2")])
    assert left_out(told, first, before, over)[0] == "reproduced"
    assert left_out(settled(AFTER, DAYS[1], NEXT), first, before, over)[0] == "different"
    alone = settled(FIRST, "2023-02-06", VALUES, [dispute(total="1")], supersedes=first)
    assert left_out(settled(AFTER, DAYS[1], NEXT), first, alone)[0] == "reproduced"
    waits = workflow.verify(told, contract=AFTER, amended=(FIRST,), earlier=(first, before)).findings
    assert [one.verdict for one in waits if one.name == "withheld:2023-02-06"] == ["cannot_tell"]


def test_where_the_line_is_left_it_cannot_be_told_whether_it_still_holds() -> None:
    before = settled(FIRST, DAYS[0], VALUES, [deviation("total")])
    made = settled(OTHERWISE, DAYS[1], {"visits": 3, "whole": 4, "paid": 20, "earned": 300})
    verdict, text = left_out(made, before)
    assert verdict == "cannot_tell"
    assert "passed by: 1. By its contract file total rests on what some of these are about" in text


def test_what_one_said_that_it_leaves_out_is_known_from_the_one_that_declared_it() -> None:
    first = settled(FIRST, DAYS[0], VALUES, [deviation("total")])
    second = settled(FIRST, "2023-02-06", VALUES, supersedes=first)
    made = settled(AFTER, DAYS[1], NEXT)
    assert left_out(made, second)[0] == "different"
    assert left_out(made, first, second)[0] == "reproduced"


def test_while_a_line_that_is_left_waits_for_a_dispute_no_other_file_takes_its_place() -> None:
    def only(contract: Contract, *changes: tuple[str, str]) -> Contract:
        text = contract.raw.decode()
        text = text.replace(text[text.index("    visits:\n") : text.index("    total:\n")], "")
        text = "\n".join(row for row in text.split("\n") if not row.startswith(("  visits:", "  earned:")))
        text = text.replace("visits: {step: outcome, source: {sv: registret, en: the register}}, ", "")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return parse_contract(text.encode())

    first = only(FIRST)
    after = only(OTHERWISE, (FIRST.sha256, first.sha256))
    kept = only(amended(FIRST, date="2023-03-01"), (FIRST.sha256, first.sha256))
    paid = settled(first, DAYS[0], {"total": 2, "paid": 0})
    opened = settled(first, "2023-02-06", {"total": 2, "paid": 0}, [dispute(total="1")], supersedes=paid)
    with pytest.raises(CertificateError, match="total waits for it, and the contract file no longer has all its fig"):
        settled(after, "2023-03-15", {"whole": 2, "paid": 10}, supersedes=opened)
    with pytest.raises(CertificateError, match="declare it again, with `decided`"):
        settled(kept, "2023-03-15", {"total": 2, "paid": 10}, supersedes=opened)


def test_names_of_analyses_and_tables_are_those_that_the_file_has() -> None:
    terms = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml").model
    clause, (analysis, *_), (data, *_) = {"sv": "x", "en": "x"}, terms.analysis, terms.data
    day, digest = "2023-01-31", hashlib.sha256(b"").hexdigest()

    def told(of: Sequence[str], table: str) -> Declarations:
        return declared(
            contaminated=[{"clause": "ends", "analysis": [*of], "date": day, "why": clause}],
            revised=[{"data": table, "was": digest, "date": day, "why": clause}],
            not_delivered=[{"data": table, "date": day, "why": clause}],
        )

    ends = terms.model_copy(
        update={
            "termination": {"ends": None},
            "dates": terms.dates.model_copy(update={"certificates": (day,)}),
        }
    )
    here, gone = told([analysis], data), told(["former"], "former")
    assert by_names_of([here], ends) == {one: one for one in speaking_against([here])}
    assert by_names_of([gone], ends) == dict.fromkeys(speaking_against([gone]))
    assert about_no_more([here], ends) == frozenset()
    assert about_no_more([gone], ends) == {"former"}
    both = by_names_of([told([analysis, "former"], data)], ends)
    assert {*both.values()} == {*speaking_against([here])}


def test_a_line_that_a_later_file_has_not_is_paid_by_none_of_its_certificates() -> None:
    """A line that waits for a dispute is looked for by its name in the later file."""
    before = settled(FIRST, DAYS[0], VALUES)
    gone = settled(AFTER, DAYS[1], NEXT)
    kept = settled(RENAMED, DAYS[1], {"visits": 3, "total": 4, "paid": 20, "earned": 300})
    assert not _paid_by([gone], "total", before)
    assert _paid_by([kept], "total", before)


def examined() -> Contract:
    text = amended(FIRST, date="2023-03-01").raw.decode().replace("verifier", "examiner")
    return parse_contract(text.replace("role: examiner", "role: verifier").replace("examiner]}", "verifier]}").encode())


EXAMINED = examined()
"""An amendment by which another party verifies."""


def test_what_a_party_declared_that_the_amended_file_has_not_stops_nothing_and_is_asked_for(tmp_path: Path) -> None:
    failed = declared(date="2023-01-31", checklist={"C1": {"verdict": "fail"}})
    before = settled(FIRST, DAYS[0], VALUES, [failed])
    (tmp_path / "before.json").write_bytes(before.to_bytes())
    attestation = parse_attestation(each_series.attested(DAYS[1], NEXT_OF_ALL).raw.replace(b"verifier", b"examiner"))
    with pytest.warns(FolderWarning, match=r"before\.json declares what is about nothing, or by a party"):
        made = workflow.settle(
            replace(EXAMINED, folder=tmp_path), date=DAYS[1], attestations=[attestation], locked=locked(EXAMINED)
        ).sign(KEY)
    verdict, text = left_out(made, before)
    assert verdict == "cannot_tell"
    assert text.endswith(
        "passed by: 1. Among these is an ending, or what a party declared that this one's contract file no longer has: "
        "ask whether they hold here too."
    )


def test_an_ending_by_a_clause_that_the_amended_file_has_not_is_passed_by() -> None:
    terms = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml").model
    ended = declared(ended={"clause": "ends", "date": "2023-01-31", "why": {"sv": "x", "en": "x"}})
    (digest,) = speaking_against([ended])
    assert by_names_of([ended], terms.model_copy(update={"termination": {"ends": None}})) == {digest: digest}
    assert by_names_of([ended], terms.model_copy(update={"termination": None})) == {digest: None}
