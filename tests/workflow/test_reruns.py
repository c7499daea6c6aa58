"""Versions of effekt that a contract pins, and the tolerance of a re-run: what each decides, and how it is told."""

from __future__ import annotations

import html
import json
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workflow.test_population import KEY, SPACES, TEXT, changed, contract

import effekt
from effekt import workflow
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, sign
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import ContractError
from effekt.reports.html import render_page
from effekt.reports.text import certificate_text
from effekt.workflow.software import code_digest, used_by

OTHER = "The contract agrees on effekt 0.2.0 to 0.3.1, and this was made by effekt 0.1.0."
ANDRA = "Avtalet anger effekt 0.2.0 till 0.3.1, och detta är gjort med effekt 0.1.0."


def pinned(first: str, last: str, then: str) -> str:
    return TEXT + f'software: {{from: "{first}", to: "{last}", on_other: {then}}}\n'


def forge(certificate: Certificate, change: Callable[[dict[str, Any]], None]) -> Certificate:
    """The certificate changed and signed anew by the one whom the contract trusts to."""
    statement = json.loads(certificate.envelope.payload)
    change(statement["predicate"])
    return Certificate(sign(Envelope(payload=canonical_json(statement)), KEY))


def settled(folder: Path, text: str, **given: str) -> tuple[Contract, Certificate]:
    found = contract(folder, text, **given)
    return found, workflow.settle(found, date="2021-06-01").sign(KEY)


def verdicts(certificate: Certificate, own: Contract) -> dict[str, str]:
    return {one.name: one.verdict for one in workflow.verify(certificate, contract=own).findings}


def test_the_agreed_version_pays_as_without(tmp_path: Path) -> None:
    own, certificate = settled(tmp_path, pinned("0.1.0", effekt.__version__, "refer"))
    plain = workflow.settle(contract(tmp_path), date="2021-06-01")
    assert certificate.settlement.total == plain.settlement.total
    assert verdicts(certificate, own)["agreed_software"] == "reproduced"
    assert not any("effekt" in one.en for one in workflow.check(own).cautions)


def test_another_version_refers_what_it_computes(tmp_path: Path) -> None:
    own, certificate = settled(tmp_path, pinned("0.2.0", "0.3.1", "refer"))
    assert certificate.settlement.state == "referred"
    (gain,) = (one for one in certificate.figures if one.id == "gain")
    assert gain.reason is not None
    assert (gain.state, gain.reason.en, gain.reason.sv) == ("referred", f"gain: {OTHER}", f"gain: {ANDRA}")
    found = workflow.verify(certificate, contract=own)
    assert not found.differences
    assert "other software than the contract agrees on made it" in found.summary.en
    assert "gjort med annan programvara än avtalet anger" in found.summary.sv
    assert OTHER in [one.en for one in workflow.check(own).cautions]


def test_another_version_is_noted_where_the_contract_has_it_so(tmp_path: Path) -> None:
    own, certificate = settled(tmp_path, pinned("0.2.0", "0.3.1", "note"))
    assert certificate.settlement.state == "payable"
    assert verdicts(certificate, own)["agreed_software"] == "cannot_tell"
    for lang, told in (("en", OTHER), ("sv", ANDRA)):
        workflow.report(certificate, tmp_path / "page.html", lang=lang)
        page = html.unescape((tmp_path / "page.html").read_text(encoding="utf-8"))
        assert told in page.translate(SPACES)
        assert told in " ".join(certificate_text(certificate, lang).split())


def test_a_certificate_that_claims_an_agreed_version_is_found(tmp_path: Path) -> None:
    """Settled with another version, its figure referred; whoever wants the money writes the agreed version in."""
    _, paying = settled(tmp_path, pinned("0.1.0", "0.1.0", "refer"))
    own, referred = settled(tmp_path, pinned("0.2.0", "0.2.0", "refer"))
    lied = forge(referred, lambda plain: plain["software"].update(effekt="0.2.0"))
    assert {"software", "figure:gain"} <= {one.name for one in workflow.verify(lied, contract=own).differences}
    figures = paying.predicate["settlement"]["figures"]
    paid = forge(referred, lambda plain: plain["settlement"].update(figures=figures))
    assert "figure:gain" in {one.name for one in workflow.verify(paid, contract=own).differences}


MADE = effekt.__version__
ZEROS = "0" * 64
LAST = platform.python_version()
MINOR = LAST.rpartition(".")[0]


def with_pins(pins: str, then: str = "refer") -> str:
    return TEXT + f'software: {{from: "{MADE}", to: "{MADE}", on_other: {then}, {pins}}}\n'


@pytest.mark.parametrize(
    ("pins", "told"),
    [
        (f'code: "{code_digest()}"', None),
        (f'libraries: {{python: "{LAST}"}}', None),
        (f'libraries: {{python: "{LAST.partition(".")[0]}", scikit-learn: "0.0"}}', None),  # nothing learns
        (
            f'code: "{ZEROS}"',
            f"The contract agrees on effekt's code with SHA-256 {ZEROS}, and this was made by {code_digest()}.",
        ),
        (f'libraries: {{python: "{MINOR[:-1]}"}}', f"python {MINOR[:-1]}, and"),  # 3.1 is not the beginning of 3.11
        ('libraries: {python: "2"}', f"The contract agrees on python 2, and this was made with python {LAST}."),
        (
            'libraries: {numpy: "0.1"}',
            f"The contract agrees on numpy 0.1, and this was made with numpy {np.__version__}.",
        ),
    ],
)
def test_pinned_code_and_libraries(pins: str, told: str | None, tmp_path: Path) -> None:
    """Pinned software is held when settled and when verified; other refers what it computes."""
    own, certificate = settled(tmp_path, with_pins(pins))
    verdict = verdicts(certificate, own)["agreed_software"]
    (gain,) = (one for one in certificate.figures if one.id == "gain")
    cautions = [one.en for one in workflow.check(own).cautions]
    if told is None:
        assert (gain.state, verdict) == ("determined", "reproduced")
        return
    assert (gain.state, verdict) == ("referred", "cannot_tell")
    assert gain.reason is not None
    assert told in gain.reason.en
    assert any(told in one for one in cautions)
    noted = settled(tmp_path, with_pins(pins, "note"))[1]
    assert noted.settlement.state == "payable"
    assert told in " ".join(certificate_text(noted, "en").split())


def test_the_code_that_made_it_is_told(tmp_path: Path) -> None:
    own, certificate = settled(tmp_path, TEXT)
    assert certificate.software["code"] == code_digest()
    assert verdicts(certificate, own)["code"] == "reproduced"
    patched = forge(certificate, lambda plain: plain["software"].update(code=ZEROS))
    found = workflow.verify(patched, contract=own)
    assert not found.differences
    (told,) = (one for one in found.findings if one.name == "code")
    assert told.verdict == "cannot_tell"
    assert ZEROS in told.text.en
    assert code_digest() in told.text.sv
    for value in ("", ZEROS[1:], "g" * 64):
        unreadable = forge(certificate, lambda plain, value=value: plain["software"].update(code=value))
        assert "software" in [one.name for one in workflow.verify(unreadable, contract=own).differences]
    lacking = forge(certificate, lambda plain: plain["software"].pop("code"))
    assert "software" in [one.name for one in workflow.verify(lacking, contract=own).differences]
    assert code_digest() in render_page(certificate, "sv")


def test_the_digest_is_what_the_shell_gives_of_an_unpacked_wheel() -> None:
    """As docs/how-to/verify-a-certificate.md has it."""
    if any(shutil.which(name) is None for name in ("find", "sort", "xargs", "sha256sum")):
        pytest.skip("needs find, sort, xargs and sha256sum")
    line = "find effekt -name '*.py' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    folder = Path(effekt.__file__).parent.parent
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == code_digest()
    documented = (Path(__file__).parents[2] / "docs/how-to/verify-a-certificate.md").read_text(encoding="utf-8")
    assert line.replace("|", "\\|") in documented


def test_the_command_line_prints_what_can_be_pinned(effekt: Any) -> None:
    ran = effekt("--version")
    assert ran.code == 0
    assert ran.out.splitlines()[:3] == [f"effekt {MADE}", f"code {code_digest()}", f"python {LAST}"]


def test_a_library_that_learns_is_named() -> None:
    plain = parse_contract(TEXT.encode())
    assert used_by(plain) == ("numpy", "scipy")
    learned = replace(plain, model=_learning(plain))
    assert used_by(learned) == ("numpy", "scipy", "scikit-learn")


def _learning(contract: Contract) -> Any:
    (id, analysis), *_ = contract.model.analysis.items()
    changed = analysis.model_copy()
    changed.__pydantic_extra__ = {**analysis.arguments, "learner": "random_forest"}
    return contract.model.model_copy(update={"analysis": {id: changed}})


@pytest.mark.parametrize(
    ("first", "last", "agreed"),
    [
        ("0.1.0", "0.1.0", ["0.1.0"]),
        ("0.9.0", "0.10.0", ["0.9.0", "0.9.12", "0.10.0"]),
        ("0.1.0", "1.0.0", ["0.1.0", "0.99.99", "1.0.0"]),
    ],
)
def test_releases_are_ordered_by_number(first: str, last: str, agreed: list[str]) -> None:
    software = parse_contract(pinned(first, last, "note").encode()).model.software
    assert software is not None
    every = ["0.0.9", "0.1.0", "0.9.0", "0.9.12", "0.10.0", "0.10.1", "0.99.99", "1.0.0", "1.0.0rc1", "0.9.5.dev1", ""]
    outside = {"0.1.0": (0, 1, 0), "0.9.0": (0, 9, 0), "0.10.0": (0, 10, 0), "1.0.0": (1, 0, 0)}
    for version in every:
        plain = version.replace(".", "").isdecimal()
        low, high = outside[first], outside[last]
        inside = plain and low <= tuple(int(part) for part in version.split(".")) <= high
        assert software.agreed(version) == inside
    assert all(map(software.agreed, agreed))


REFUSED = [
    (
        'software: {from: "0.2.0", to: "0.1.0", on_other: note}',
        "to must not be before from, 0.2.0; got 0.1.0.",
    ),
    (
        'software: {from: "0.2", to: "0.3.0", on_other: note}',
        'must be a release of effekt such as "0.1.0";',
    ),
    (
        f'software: {{from: "0.1.0", to: "0.2.0", on_other: note, code: "{ZEROS}"}}',
        "code is of one release, and from and to are 0.1.0 and 0.2.0; give one in both.",
    ),
    (
        'software: {from: "0.1.0", to: "0.1.0", on_other: note, libraries: {numpy: ">=2"}}',
        'must be a version, or its beginning, such as "3.11"',
    ),
    ('software: {from: "0.1.0", to: "0.1.0", on_other: note, libraries: {pandas: "2"}}', "pandas"),
    ('software: {from: "0.2.0", to: "0.3.0"}', "software lacks the key on_other; add it (refer or note)."),
    ('tolerance: "0.01"', 'tolerance must be at least "0.000000001" and at most "0.001"; got 0.01.'),
    ('tolerance: "0"', 'tolerance must be at least "0.000000001" and at most "0.001"; got 0.'),
]


@pytest.mark.parametrize(("line", "told"), REFUSED)
def test_what_cannot_be_meant_is_refused(line: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        parse_contract((TEXT + line + "\n").encode())
    assert told in str(error.value)
    assert str(error.value).startswith("line ")


@pytest.mark.parametrize(
    ("lang", "sentences"),
    [
        (
            "en",
            (
                "The contract is settled with effekt 0.2.0 to 0.3.1; with another version what is computed from the "
                "data is referred to the parties.",
                "Whoever computes a number again may come to one that differs by at most 0.01%; a figure whose payment "
                "could change by that is referred to the parties.",
            ),
        ),
        (
            "sv",
            (
                "Avtalet avräknas med effekt 0.2.0 till 0.3.1; med en annan version hänskjuts till parterna det som "
                "beräknas ur data.",
                "Den som räknar om ett tal får komma till ett som skiljer sig med högst 0,01 %; en siffra vars "
                "betalning kan ändras av det hänskjuts till parterna.",
            ),
        ),
    ],
)
def test_the_annex_says_both(lang: str, sentences: tuple[str, ...], tmp_path: Path) -> None:
    found = contract(tmp_path, pinned("0.2.0", "0.3.1", "refer") + 'tolerance: "0.0001"\n')
    annexed = workflow.annex(found, lang=lang).replace("\\", "").translate(SPACES)
    for sentence in sentences:
        assert sentence in annexed


# --- the tolerance of a re-run -------------------------------------------------------------------------------

BOUND = changed(
    "statistic: estimate, digits: 3",
    'statistic: confidence_low, level: "0.90", alternative: two-sided, digits: 3, on_unavailable: refer',
)
TIERED = changed(
    'pays: {unit_price: {figure: gain, price: "1000", below_zero: zero}}',
    'pays: {tiers: {figure: gain, steps: [{from: "0.1", pays: "1000"}]}}',
    BOUND,
)


def nudged(certificate: Certificate, by: int) -> Certificate:
    """The figure moved by so many steps of its last digit, and everything that is computed from it with it."""

    def change(plain: dict[str, Any]) -> None:
        text = json.dumps(plain["settlement"])
        (gain,) = (one for one in certificate.figures if one.id == "gain")
        assert gain.value is not None
        whole, _, decimals = gain.value.partition(".")
        moved = f"{whole}.{int(decimals) + by:0{len(decimals)}d}"
        plain["settlement"] = json.loads(text.replace(f'"{gain.value}"', f'"{moved}"'))

    return forge(certificate, change)


def test_a_wider_tolerance_refers_a_figure_whose_payment_could_change(tmp_path: Path) -> None:
    assert settled(tmp_path, BOUND)[1].settlement.state == "payable"
    _, certificate = settled(tmp_path, BOUND + 'tolerance: "0.001"\n')
    (gain,) = (one for one in certificate.figures if one.id == "gain")
    assert (gain.value, gain.state) == (None, "referred")
    assert gain.reason is not None
    assert "numerically fragile" in gain.reason.en
    assert settled(tmp_path, TIERED + 'tolerance: "0.001"\n')[1].settlement.state == "payable"
    assert settled(tmp_path, TEXT + 'tolerance: "0.001"\n')[1].settlement.state == "payable"  # an exact fraction


@pytest.mark.parametrize(
    ("text", "steps", "verdict"),
    [
        (TIERED + 'tolerance: "0.001"\n', 1, "within_tolerance"),
        (TIERED + 'tolerance: "0.001"\n', 0, "reproduced"),
        (TIERED + 'tolerance: "0.001"\n', 3, "different"),
        (TIERED + 'tolerance: "0.000000001"\n', 1, "different"),
        (TIERED, 1, "different"),
        (TEXT + 'tolerance: "0.001"\n', 1, "different"),
    ],
)
def test_a_figure_near_the_one_computed_again_is_within_the_tolerance(
    text: str, steps: int, verdict: str, tmp_path: Path
) -> None:
    own, certificate = settled(tmp_path, text)
    assert certificate.settlement.state == "payable"
    found = verdicts(nudged(certificate, steps), own)
    assert found["recomputed:gain"] == found["independent:gain"] == verdict


def test_no_tolerance_lets_another_amount_pass(tmp_path: Path) -> None:
    """Whoever signs nudges a figure over the step, within a tolerance that it bargained for."""
    low = settled(tmp_path, TIERED)[1]
    (gain,) = (one for one in low.figures if one.id == "gain")
    assert gain.value is not None
    step = f"{float(gain.value) + 0.001:.3f}"
    own, certificate = settled(tmp_path, TIERED.replace('from: "0.1"', f'from: "{step}"') + 'tolerance: "0.001"\n')
    assert certificate.settlement.state == "referred"
    strict, unpaid = settled(tmp_path, TIERED.replace('from: "0.1"', f'from: "{step}"'))
    paid = settled(tmp_path, TIERED)[1].predicate["settlement"]

    def change(plain: dict[str, Any]) -> None:
        plain["settlement"] = json.loads(json.dumps(paid).replace(f'"{gain.value}"', f'"{step}"'))

    for contract_, honest in ((own, certificate), (strict, unpaid)):
        differences = {one.name for one in workflow.verify(forge(honest, change), contract=contract_).differences}
        assert {"recomputed:gain", "independent:gain"} <= differences
