"""A certificate that takes the place of an earlier one names it, and whoever has both can tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, generate_key, sign
from effekt.certificates.certificate import Certificate
from effekt.exceptions import ArgumentError
from effekt.reports.text import certificate_text
from effekt.workflow.not_checked import NOT_CHECKED

DEMO = NOT_CHECKED["demo_key"]
REASON = "Two persons were counted twice"


@pytest.fixture
def pair(rate_card: Path) -> tuple[Path, Certificate, Certificate]:
    """The folder, the first certificate and the one that takes its place."""
    contract = workflow.read_contract(rate_card / "contract.yaml")
    first = workflow.read_certificate(rate_card / "certificate.json")
    second = workflow.settle(contract, date="2023-10-01", supersedes=first, reason=f" {REASON}\n").sign(DEMO_KEY)
    return rate_card, first, second


def verdict(folder: Path, certificate: Certificate, earlier: Certificate | None) -> tuple[str | None, str]:
    contract = workflow.read_contract(folder / "contract.yaml")
    found = workflow.verify(certificate, contract=contract, earlier=earlier)
    told = [one for one in found.findings if one.name == "supersedes"]
    return (told[0].verdict, told[0].text.en) if told else (None, "")


def test_it_names_the_earlier_one_and_why(pair: tuple[Path, Certificate, Certificate]) -> None:
    folder, first, second = pair
    assert second.supersedes is not None
    assert (second.supersedes.sha256, second.supersedes.date) == (first.sha256, "2023-09-01")
    assert second.supersedes.reason == REASON
    assert verdict(folder, second, first)[0] == "reproduced"
    told, sentence = verdict(folder, second, None)
    assert told == "cannot_tell"
    assert sentence.startswith("It says it supersedes the certificate of 2023-09-01 with digest")


def test_signatures_that_are_added_to_the_earlier_one_change_nothing(
    pair: tuple[Path, Certificate, Certificate],
) -> None:
    folder, first, second = pair
    assert verdict(folder, second, Certificate(sign(first.envelope, generate_key())))[0] == "reproduced"


def test_another_earlier_one_is_told(pair: tuple[Path, Certificate, Certificate]) -> None:
    folder, first, second = pair
    other = workflow.settle(workflow.read_contract(folder / "contract.yaml"), date="2023-09-02").sign(DEMO_KEY)
    assert verdict(folder, second, other) == (
        "cannot_tell",
        f"It says it supersedes the certificate of 2023-09-01 with digest {first.sha256[:16]}… ({REASON}); that one "
        "was not given, but one of 2023-09-02.",
    )
    assert verdict(folder, other, first) == (
        "different",
        "It says it supersedes none, and like the final certificate given as the earlier one, of 2023-09-01, it pays "
        "work and home: both are not to be paid. Settle again with --supersedes and --reason; if that certificate was "
        "superseded, verify with the one that took its place.",
    )
    contract = workflow.read_contract(folder / "contract.yaml")
    (later,) = [one for one in workflow.verify(first, contract=contract, earlier=other).findings if "later" in one.name]
    assert (later.verdict, later.text.en) == (
        "different",
        f"The certificate of 2023-09-02, digest {other.sha256[:16]}…, which is of a later day and does not take the "
        "place of this one, pays work and home, as this one does: both are not to be paid.",
    )
    assert verdict(folder, first, None) == (None, "")


def test_an_earlier_date_that_was_forged_is_told(pair: tuple[Path, Certificate, Certificate]) -> None:
    folder, first, second = pair
    statement = json.loads(second.envelope.payload)
    statement["predicate"]["supersedes"]["date"] = "2023-08-01"
    forged = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    assert verdict(folder, forged, first)[0] == "different"


def test_a_certificate_that_supersedes_none_has_no_such_key(rate_card: Path) -> None:
    assert "supersedes" not in workflow.read_certificate(rate_card / "certificate.json").predicate


@pytest.mark.parametrize(
    ("date", "given", "sentence"),
    [
        ("2023-10-01", {"reason": REASON}, "`supersedes` and `reason` go together"),
        ("2023-10-01", {"supersedes": True}, "`supersedes` and `reason` go together"),
        ("2023-10-01", {"supersedes": True, "reason": " "}, "`supersedes` and `reason` go together"),
        (
            "2023-08-31",
            {"supersedes": True, "reason": REASON},
            r"must not be later than `date`, 2023-08-31; got 2023-09-01\. Settle on that day or later\.$",
        ),
    ],
)
def test_what_takes_no_place(rate_card: Path, date: str, given: dict[str, Any], sentence: str) -> None:
    if "supersedes" in given:
        given = {**given, "supersedes": workflow.read_certificate(rate_card / "certificate.json")}
    with pytest.raises(ArgumentError, match=sentence):
        workflow.settle(workflow.read_contract(rate_card / "contract.yaml"), date=date, **given)


def test_a_certificate_of_another_contract_takes_no_place(rate_card: Path) -> None:
    first = workflow.read_certificate(rate_card / "certificate.json")
    with pytest.raises(
        ArgumentError,
        match=r"must be a certificate of sick-leave; got one of rate-card\. Give the one of this contract whose place",
    ):
        workflow.settle(workflow.case_contract("sick-leave"), date="2023-10-01", supersedes=first, reason=REASON)


def test_on_the_command_line_and_the_page(rate_card: Path, effekt: Any) -> None:
    first, second, page = (rate_card / name for name in ("certificate.json", "second.json", "page.html"))
    given = ("--supersedes", first, "--reason", REASON, "--date", "2023-10-01", "--out", second)
    assert effekt("settle", rate_card / "contract.yaml", *given).code == 0
    assert effekt("sign", second, "--key", "demo").code == 0
    assert effekt("report", second, "--out", page, "--lang", "sv").code == 0
    assert f"intyget från 2023-09-01, kontrollsumma {workflow.read_certificate(first).sha256}: {REASON}" in (
        page.read_text(encoding="utf-8")
    )
    ran = effekt("verify", page, "--contract", rate_card / "contract.yaml", "--earlier", first, "--lang", "en")
    assert ran.code == 0
    assert "that is the one given" in ran.out


@pytest.mark.parametrize(
    ("lang", "last"),
    [
        ("en", f"Nothing differs, but {DEMO.en}; the certificate that it supersedes was not checked: give --earlier."),
        ("sv", f"Inget skiljer sig, men {DEMO.sv}; intyget som det ersätter har inte prövats: ange --earlier."),
    ],
)
def test_an_earlier_one_that_was_not_given_is_said_not_to_be_checked(
    pair: tuple[Path, Certificate, Certificate], tmp_path: Path, effekt: Any, lang: str, last: str
) -> None:
    folder, first, second = pair
    (tmp_path / "first.json").write_bytes(first.envelope.to_bytes())
    (tmp_path / "second.json").write_bytes(second.envelope.to_bytes())
    given = ("verify", tmp_path / "second.json", "--contract", folder / "contract.yaml", "--lang", lang)
    code, out, _ = effekt(*given, "--data", f"months={folder / 'months.csv'}")
    assert (code, out.splitlines()[-1]) == (0, last)
    code, out, _ = effekt(*given, "--data", f"months={folder / 'months.csv'}", "--earlier", tmp_path / "first.json")
    assert code == 0
    assert out.splitlines()[-1] in (f"Nothing differs, but {DEMO.en}.", f"Inget skiljer sig, men {DEMO.sv}.")


def test_a_correction_says_that_its_amounts_take_the_place_of_those_before(
    pair: tuple[Path, Certificate, Certificate],
) -> None:
    """Whoever pays by its table alone would pay twice."""
    _, first, second = pair
    told = {lang: " ".join(certificate_text(second, lang).split()) for lang in ("en", "sv")}
    assert (
        "It takes the place of the certificate of 2023-09-01, and its amounts of work and home that of the amounts "
        "there: where those were paid only the difference is still to be paid, or to be paid back." in told["en"]
    )
    assert "dess belopp av work och home träder i stället för beloppen där" in told["sv"]
    assert "It takes the place of" not in " ".join(certificate_text(first, "en").split())
