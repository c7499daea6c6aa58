"""Which contract file settles an announced day: the one that held on it, also where it is settled late or again."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from workflow.test_each_series import DAYS, attested
from workflow.test_each_series import KEY as AUDITOR
from workflow.test_first_days import KEYS, amended, text_of

from effekt import workflow
from effekt._text import LANGUAGES
from effekt.certificates import Envelope, canonical_json
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import ArgumentError, CertificateError, FolderWarning
from effekt.reports.text import certificate_text
from effekt.workflow.amendment import amend
from effekt.workflow.earlier.declared_before import cautions_before

FIRST = parse_contract(text_of().encode())
DATE = "2023-03-01"  # after the first of three days


def dearer(before: Contract, date: str = DATE) -> Contract:
    """An amendment by which a visit costs 150 in place of 100."""
    raw = amended(before, date=date).raw.decode().replace('price: "100"', 'price: "150"')
    return parse_contract(raw.encode())


SECOND = dearer(FIRST)


def locked(contract: Contract, date: str) -> Envelope | None:
    lock = None
    for key in KEYS.values() if contract.model.amendment is not None else ():
        lock = workflow.lock(contract, key=key, date=date, beside=lock, undecided_accepted=True)
    return lock


def settled(
    contract: Contract,
    date: str,
    visits: int,
    earned: int,
    place_of: Certificate | None = None,
    agreed: str = DATE,
    kind: str = "final",
) -> Certificate:
    """With 10 in all by the line that deducts what was paid, so that it pays 100 once."""
    paid = 0 if date == DAYS[0] else 100
    values = {"visits": visits, "total": 10, "paid": paid, "earned": earned}
    if place_of is not None:
        values["paid"] = int(place_of.paid_to_date["total"])
    return workflow.settle(
        contract,
        date=date,
        kind=kind,
        attestations=[attested(date, values)],
        locked=locked(contract, agreed),
        supersedes=place_of,
        reason=None if place_of is None else "Counted again.",
    ).sign(AUDITOR)


def of_visits(certificate: Certificate) -> str | None:
    return certificate.settlement.lines[0].amount


def findings(certificate: Certificate, *earlier: Certificate, files: tuple[Contract, ...] = ()) -> dict[str, str]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier, amended=files).findings
    return {one.name: one.verdict for one in found}


def text(certificate: Certificate, name: str, *earlier: Certificate) -> tuple[str, str]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier).findings
    return next((one.text.en, one.text.sv) for one in found if one.name == name)


def test_a_day_before_an_amendment_is_settled_again_by_the_file_that_held_then() -> None:
    first = settled(FIRST, DAYS[0], 9, 0)
    with pytest.raises(ArgumentError) as error:
        settled(SECOND, "2023-03-20", 10, 0, first)
    assert str(error.value) == (
        f"`contract` must be the file that held on the announced day {DAYS[0]}, and amendment 1 holds from {DATE}; got "
        f"that. Settle by the file before it, SHA-256 {FIRST.sha256}, or by the one that held then. Where new terms "
        "are to hold for that day the parties agree on an amendment of that date."
    )
    again = settled(FIRST, "2023-03-20", 10, 0, first)
    assert of_visits(again) == "1000"
    assert "governed" not in findings(again, first)  # of a contract that nobody says was amended
    retroactive = dearer(FIRST, DAYS[0])  # the parties agree later that the new price holds from that day on
    assert of_visits(settled(retroactive, "2023-03-20", 10, 0, first)) == "1500"


def test_who_gives_the_amended_file_is_told_which_one_to_give_for_a_day_before() -> None:
    """Of a day on which the amended file holds the one before it is the wrong one, and nobody is told to give it."""
    again = settled(FIRST, "2023-03-20", 10, 0, settled(FIRST, DAYS[0], 9, 0))
    third = dearer(SECOND, DAYS[2])
    for own, files in ((SECOND, ()), (SECOND, (FIRST,)), (third, (FIRST, SECOND))):
        found = workflow.verify(again, contract=own, amended=files).findings
        (told,) = [one for one in found if one.name == "own_contract"]
        assert told.verdict == "different"
        assert told.text.en.endswith(
            f"; it is the file before amendment 1 of yours, which held on {DAYS[0]}: give your copy of it, SHA-256 "
            f"{FIRST.sha256}, with --contract."
        )
        assert told.text.sv.endswith(
            f"; det är filen före ändring 1 i ert avtal, som gällde {DAYS[0]}: ange er kopia av den, SHA-256 "
            f"{FIRST.sha256}, med --contract."
        )
    for certificate, own in ((settled(FIRST, DAYS[1], 5, 900), SECOND), (again, dearer(FIRST, DAYS[0]))):
        found = workflow.verify(certificate, contract=own, amended=(FIRST,)).findings
        (told,) = [one for one in found if one.name == "own_contract"]
        assert (told.verdict, "--contract" in told.text.en) == ("different", False)


def test_verify_names_the_wrong_file(monkeypatch: pytest.MonkeyPatch) -> None:
    first = settled(FIRST, DAYS[0], 9, 0)
    with monkeypatch.context() as patched:
        patched.setattr("effekt.workflow.settling.check_governs", lambda *_: None)
        wrong = settled(SECOND, "2023-03-20", 10, 0, first)
    assert of_visits(wrong) == "1500"
    for earlier in ((), (first,)):
        assert findings(wrong, *earlier, files=(FIRST,))["governed"] == "different"
    en, sv = text(wrong, "governed", first)
    assert en.startswith(f"`contract` must be the file that held on the announced day {DAYS[0]}, and amendment 1 holds")
    assert sv == (
        f"`contract` måste vara den fil som gällde den angivna dagen {DAYS[0]}, och ändring 1 gäller från och med "
        f"{DATE}; angavs den. Avräkna enligt filen före den, SHA-256 {FIRST.sha256}, eller enligt den som gällde då. "
        "Om nya villkor ska gälla för den dagen godkänner parterna en ändring med det datumet."
    )
    second = settled(SECOND, DAYS[1], 5, 900)
    assert text(second, "governed", first) == (
        f"The announced day {DAYS[1]} is settled by the file that held on it.",
        f"Den angivna dagen {DAYS[1]} är avräknad enligt den fil som gällde då.",
    )


def test_a_file_that_was_amended_settles_no_later_day(tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_bytes(FIRST.raw)
    contract = workflow.read_contract(tmp_path / "contract.yaml")
    first, second = settled(FIRST, DAYS[0], 9, 0), settled(SECOND, DAYS[1], 5, 900)
    third = settled(FIRST, DAYS[2], 5, 1650)
    for number, one in enumerate((first, second)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    with pytest.raises(CertificateError) as error, pytest.warns(FolderWarning, match=r"1\.json is a certificate"):
        settled(contract, DAYS[2], 5, 1650)
    assert str(error.value) == (
        f"The file '1.json' is a certificate of {DAYS[1]} by an amendment that holds from {DATE}, and this one, of the "
        f"announced day {DAYS[2]}, is by a file before it: settle that day by the amended file, SHA-256 "
        f"{SECOND.sha256}, or the one in its place."
    )
    assert findings(third, first, second)["governed"] == "different"
    assert text(third, "governed", second) == (
        f"The announced day {DAYS[2]} is settled by a file that amendment 1 had taken the place of from {DATE}: settle "
        f"it by the amended file, SHA-256 {SECOND.sha256}.",
        f"Den angivna dagen {DAYS[2]} är avräknad enligt en fil som ändring 1 har ersatt från och med {DATE}: avräkna "
        f"den enligt den ändrade filen, SHA-256 {SECOND.sha256}.",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FolderWarning)  # that there is a later file, and what it counted
        assert of_visits(settled(contract, "2023-05-20", 10, 0, first)) == "1000"  # a day before it still is


def test_an_amendment_of_an_announced_day_holds_for_that_day() -> None:
    first, amendment = settled(FIRST, DAYS[0], 9, 0), dearer(FIRST, DAYS[1])
    second, by_the_file_before = settled(amendment, DAYS[1], 5, 900), settled(FIRST, DAYS[1], 5, 900)
    assert findings(second, first, files=(FIRST,))["governed"] == "reproduced"
    assert findings(by_the_file_before, first, second)["governed"] == "different"


def test_what_is_agreed_on_the_announced_day_itself_holds_for_it(tmp_path: Path) -> None:
    """Once all agreed the file before settles the day no more; of a certificate made on it none can tell."""
    (tmp_path / "contract.yaml").write_bytes(FIRST.raw)
    contract = workflow.read_contract(tmp_path / "contract.yaml")
    amendment = dearer(FIRST, DAYS[1])
    first, made = settled(FIRST, DAYS[0], 9, 0), settled(FIRST, DAYS[1], 5, 900)
    look = settled(amendment, DAYS[1], 5, 900, agreed=DAYS[1], kind="interim")
    for name, one in (("first", first), ("look", look)):
        workflow.write_certificate(one, tmp_path / f"{name}.json")
    refused = f"^The file 'look.json' is a certificate of {DAYS[1]} by an amendment that holds from {DAYS[1]}, and"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FolderWarning)
        with pytest.raises(CertificateError, match=refused):
            settled(contract, DAYS[1], 5, 900)
        workflow.write_certificate(made, tmp_path / "made.json")  # a signed one may have been there before they agreed
        assert of_visits(settled(contract, DAYS[1], 5, 900)) == "500"  # the same one again
        with pytest.raises(CertificateError, match=refused):
            settled(contract, DAYS[1], 6, 900, made)
    assert findings(made, first, look)["governed"] == "cannot_tell"
    assert text(made, "governed", first, look) == (
        f"The announced day {DAYS[1]} is settled by a file that amendment 1 takes the place of from {DAYS[1]}, and "
        f"the certificate is dated {DAYS[1]}, the day of the lock by which the parties agreed: which came first "
        f"no file shows. Ask the parties; where they had agreed before, the day is settled by the amended file, "
        f"SHA-256 {amendment.sha256}.",
        f"Den angivna dagen {DAYS[1]} är avräknad enligt en fil som ändring 1 ersätter från och med {DAYS[1]}, och "
        f"intyget är daterat {DAYS[1]}, samma dag som den låsning som parterna godkände ändringen med: vilket som kom "
        "först visar ingen fil. Fråga parterna; hade de godkänt den dessförinnan avräknas dagen enligt den ändrade "
        f"filen, SHA-256 {amendment.sha256}.",
    )
    after = settled(FIRST, DAYS[1], 6, 900, look)  # in the place of one by the amendment
    assert findings(after, first, look)["governed"] == "different"


def test_what_is_agreed_after_the_announced_day_holds_for_whatever_is_settled_then(tmp_path: Path) -> None:
    """The second day was never settled; in May all agree on a price from March on, and nobody may date it back."""
    (tmp_path / "contract.yaml").write_bytes(FIRST.raw)
    contract = workflow.read_contract(tmp_path / "contract.yaml")
    look = settled(SECOND, "2023-05-20", 5, 900, agreed="2023-05-15", kind="interim")
    workflow.write_certificate(look, tmp_path / "look.json")
    with pytest.raises(CertificateError, match=r"settle that day by the amended file"), pytest.warns(FolderWarning):
        settled(contract, DAYS[1], 5, 900)


def test_no_later_file_is_told_of_for_a_day_that_it_does_not_hold_for(tmp_path: Path) -> None:
    """The second day is by the amendment; the first, settled again, is by the file before it and nothing else."""
    (tmp_path / "contract.yaml").write_bytes(FIRST.raw)
    contract = workflow.read_contract(tmp_path / "contract.yaml")
    first, second = settled(FIRST, DAYS[0], 9, 0), settled(SECOND, DAYS[1], 5, 900)
    for number, one in enumerate((first, second)):
        workflow.write_certificate(one, tmp_path / f"{number}.json")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        again = settled(contract, "2023-05-20", 10, 0, first)
    assert of_visits(again) == "1000"
    assert [str(one.message) for one in told if "settle by the file that it made" in str(one.message)] == []
    files, more = [tmp_path / "contract.yaml"], {"date": "2023-05-20"}
    assert [one for one in cautions_before(contract, files, [], first, **more) if "by amendment" in one.en] == []
    on_its_day = cautions_before(contract, files, [], None, date=DAYS[2])
    assert ["by amendment 1 of this contract" in one.en for one in on_its_day] == [True]
    third = settled(dearer(SECOND, DAYS[2]), DAYS[2], 5, 1650, agreed=DAYS[2])
    workflow.write_certificate(third, tmp_path / "2.json")
    by_which = cautions_before(contract, files, [], None, date=DAYS[1])  # the second may hold from that day or a later
    assert [one.en[:6] for one in by_which if "by amendment" in one.en] == ["1.json", "2.json"]
    on_the_first = cautions_before(contract, files, [], first, date="2023-05-20")
    assert [one.en[:6] for one in on_the_first if "by amendment" in one.en] == []  # neither holds from before March


def test_a_certificate_from_before_the_parties_agreed_is_accused_of_nothing() -> None:
    """In May they agree that the new price held from March on; the second day had been settled by the old one."""
    first, second = settled(FIRST, DAYS[0], 9, 0), settled(FIRST, DAYS[1], 5, 900)
    anew = settled(SECOND, "2023-05-20", 5, 900, second, agreed="2023-05-15")
    third = settled(SECOND, DAYS[2], 6, 1650, agreed="2023-05-15")
    assert (of_visits(second), of_visits(anew)) == ("500", "750")
    assert "governed" not in findings(second, first, anew, third)
    for one, others in ((anew, (first, second, third)), (third, (first, second, anew))):
        assert "different" not in findings(one, *others, files=(FIRST,)).values()


@pytest.mark.parametrize(("agreed", "said"), [("2023-05-15", True), (DATE, False)])
def test_the_page_says_that_the_difference_is_each_payers_own(agreed: str, said: bool) -> None:
    """Only where what it takes the place of was made before the parties agreed to the amendment."""
    by = FIRST if said else SECOND
    anew = settled(SECOND, "2023-05-20", 5, 900, settled(by, DAYS[1], 5, 900), agreed=agreed)
    en, sv = (" ".join(certificate_text(anew, lang).split()) for lang in LANGUAGES)
    assert (
        "what a payer paid there beyond what it pays here is paid back to it, also where it pays nothing" in en
    ) is said
    assert ("det som en betalare betalade där utöver vad den betalar här betalas tillbaka till den" in sv) is said


def test_of_an_honest_history_over_an_amendment_nothing_differs(tmp_path: Path) -> None:
    """The first day is settled again after the second, which had counted 900; each by the file that held on its day."""
    paths = {file.sha256: tmp_path / f"contract{number}.yaml" for number, file in enumerate((FIRST, SECOND))}
    for file in (FIRST, SECOND):
        paths[file.sha256].write_bytes(file.raw)
    old, new = (workflow.read_contract(path) for path in paths.values())
    made: list[Certificate] = []

    def keep(one: Certificate) -> Certificate:
        workflow.write_certificate(one, tmp_path / f"{len(made)}.json")
        made.append(one)
        return one

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FolderWarning)
        first = keep(settled(old, DAYS[0], 9, 0))
        second = keep(settled(new, DAYS[1], 5, 900))
        keep(settled(old, "2023-05-20", 10, 0, first))
        keep(settled(new, "2023-05-21", 5, 1000, second))
        keep(settled(new, DAYS[2], 6, 1750))
    assert [of_visits(one) for one in made] == ["900", "750", "1000", "750", "900"]
    for one in made:
        before = () if one.contract.model.amendment is None else (FIRST,)
        others = [other for other in made if other is not one]
        for given in (others, [other for other in others if other.date <= one.date]):
            told = findings(one, *given, files=before)
            assert "different" not in told.values(), (one.date, told)
            assert told.get("governed", "reproduced") == "reproduced"


def test_the_last_day_is_settled_by_an_amendment_after_all_days() -> None:
    """It has no other day; what is announced before is settled by the file before it."""
    after = dearer(FIRST, "2023-08-20")
    days = [settled(FIRST, day, 5, 500 * place) for place, day in enumerate(DAYS)]
    assert of_visits(settled(after, "2023-08-25", 5, 1000, days[2], agreed="2023-08-20")) == "750"
    with pytest.raises(ArgumentError, match=rf"must be the file that held on the announced day {DAYS[1]}"):
        settled(after, "2023-08-25", 5, 500, days[1], agreed="2023-08-20")


def test_the_annex_and_amend_say_from_which_announced_day_the_new_terms_hold() -> None:
    en = (
        f"Of visits, paid on each announced day, the terms of this file hold from {DAYS[1]} on; an announced day "
        "before that is settled by the file that held on it, also where it is settled late or again."
    )
    sv = (
        f"Av visits, som betalas på varje angiven dag, gäller villkoren i denna fil från och med {DAYS[1]}; en angiven "
        "dag före den avräknas enligt den fil som gällde då, även när den avräknas sent eller på nytt."
    )
    assert en in workflow.annex(SECOND, lang="en")
    assert sv in workflow.annex(SECOND, lang="sv")
    assert (en, sv) in [(one.en, one.sv) for one in amend(FIRST, SECOND).cautions]
    assert en.partition(",")[2] not in workflow.annex(FIRST, lang="en")


def without(before: Contract, *lines: str) -> Contract:
    """An amendment that takes lines away, and the figures and measures that only they read."""
    text = amended(before, date=DATE).raw.decode()
    for line in lines:
        start = text.index(f"    {line}:\n")
        end = min(
            (at for other in ("visits", "total") if (at := text.find(f"    {other}:\n", start + 1)) > 0), default=-1
        )
        text = text[:start] + ("" if end < 0 else text[end:])
    if "visits" in lines:
        text = "\n".join(row for row in text.split("\n") if not row.startswith(("  visits:", "  earned:")))
        text = text.replace("visits: {step: outcome, source: {sv: registret, en: the register}}, ", "")
    else:
        text = "\n".join(row for row in text.split("\n") if not row.startswith(("  total:", "  paid:")))
        text = text.replace(", total: {step: outcome, source: {sv: registret, en: the register}}", "")
        text = text.replace(", paid: {step: outcome, source: {sv: registret, en: the register}}", "")
    return parse_contract(text.encode())


def test_the_day_of_an_agreement_is_that_of_the_signed_lock() -> None:
    """A certificate that nobody signed says an earlier day than its lock, by which the honest one would be wrong."""
    honest = settled(FIRST, DAYS[1], 5, 900)
    later = settled(SECOND, DAYS[2], 7, 1400, agreed="2023-05-10")
    assert "governed" not in findings(honest, later, files=(SECOND,))
    statement = json.loads(later.envelope.payload)
    assert statement["predicate"]["plan"]["date"] == "2023-05-10"
    statement["predicate"]["plan"]["date"] = "2023-03-05"
    forged = Certificate(Envelope(payload=canonical_json(statement)))
    assert "governed" not in findings(honest, forged, files=(SECOND,))


def test_a_line_that_is_taken_away_is_still_paid_on_a_day_before() -> None:
    """The line that deducts what was paid goes in March; January is still settled by the file before."""
    after = without(FIRST, "total")
    told = [one.en for one in amend(FIRST, after).cautions]
    assert [one.partition(": ")[0] for one in told] == [
        "The amendment takes away the line total, of which what was paid before was deducted",
        f"Of visits, paid on each announced day, the terms of this file hold from {DAYS[1]} on; an announced day "
        "before that is settled by the file that held on it, also where it is settled late or again.",
    ]
    assert told[0].endswith(
        f"what was due of it and is not paid is due no more. An announced day before {DAYS[1]} is excepted: it is "
        "settled by the file that held on it, also late or again."
    )
    late = settled(FIRST, DAYS[0], 9, 0)
    again = workflow.settle(
        FIRST,
        date="2023-05-20",
        attestations=[attested("2023-05-20", {"visits": 9, "total": 7, "paid": 100, "earned": 0})],
        supersedes=late,
        reason="Counted again.",
    )
    assert [one.settlement.lines[1].amount for one in (late, again)] == ["100", "-30"]


def test_a_line_paid_on_each_day_that_is_taken_away_is_named_with_the_others() -> None:
    after = without(FIRST, "visits")
    en = (
        f"Of visits, paid on each announced day by the file before, nothing is paid from {DAYS[1]} on; an announced "
        "day before that is settled by the file that held on it, also where it is settled late or again."
    )
    sv = (
        f"Av visits, som betalas på varje angiven dag enligt filen före, betalas inget från och med {DAYS[1]}; en "
        "angiven dag före den avräknas enligt den fil som gällde då, även när den avräknas sent eller på nytt."
    )
    assert (en, sv) in [(one.en, one.sv) for one in amend(FIRST, after).cautions]
