"""A contract's unit ledger: held against what was analysed, in the certificate, on its page, and verified."""

from __future__ import annotations

import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates import generate_key, public_text
from effekt.certificates.signing import public_key
from effekt.contracts import parse_contract
from effekt.diagnostics import ledger_from_table
from effekt.exceptions import ContractError, DataError

KEY = generate_key()
CONTRACT = f"""\
schema: effekt/contract/1
id: lot
title: {{sv: "Lottat försök", en: "Trial"}}
parties:
  town: {{role: payer, name: "Kommunen"}}
  provider: {{role: provider, name: "Utföraren"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2020-01-01", outcome_data_from: "2020-01-02"}}
attribution: randomised
data:
  people: {{path: people.csv}}
analysis:
  trial:
    method: randomized_trial
    data: people
    outcome: {{column: months, unit: months, better: higher}}
    treatment: offered
    adjustment: none
    estimand: ATE
    population: finite
    variance: HC2
    missing: drop
    outcome_range: ["0", "12"]
figures:
  gain: {{estimate: trial, view: improvement, statistic: estimate, digits: 3, unit: month}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {{town: "1"}}
      payee: provider
      pays: {{unit_price: {{figure: gain, price: "1000", below_zero: zero}}}}
ledgers:
  trial:
    data: people
    steps: {{eligible: fits, assigned: lot, analysed: seen}}
    reason: why
    arm: offered
    unit: person
"""
HEADER = "person,fits,lot,seen,why,offered,months\n"


def rows(treated=20, control=20, gone=("moved",) * 6, others=(("0", "too old"), ("1", "declined"))):
    lines = []
    for i in range(treated + control):
        arm = int(i < treated)
        reason = gone[i // 6] if i % 6 == 0 and i // 6 < len(gone) else ""
        seen, months = ("0", "") if reason else ("1", str((3 * i) % 7 + 2 * arm))
        lines.append(f"p{i},1,2020-02-01,{seen},{reason},{arm},{months}")
    lines += [f"o{i},{fits},,0,{reason},," for i, (fits, reason) in enumerate(others)]
    return HEADER + "\n".join(lines) + "\n"


def contract(tmp_path, text=CONTRACT, data=None):
    (tmp_path / "people.csv").write_text(rows() if data is None else data, encoding="utf-8")
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(tmp_path / "contract.yaml")


def ledger_of(certificate):
    (found,) = [one for one in certificate.results["trial"].diagnostics if one.name == "unit_ledger"]
    return found


def test_the_certificate_carries_the_ledger_and_verifies(tmp_path):
    found = contract(tmp_path)
    certificate = workflow.settle(found, date="2021-06-01").sign(KEY)
    ledger = ledger_of(certificate)
    assert ledger == ledger_from_table(
        tmp_path / "people.csv",
        steps={"eligible": "fits", "assigned": "lot", "analysed": "seen"},
        reason="why",
        arm="offered",
        unit="person",
    )
    assert ledger.statement.en == (
        "42 referred, 41 eligible, 40 assigned (treated 20, controls 20), 34 analysed (treated 16, controls 18); every "
        "loss has a reason."
    )
    assert certificate.results["trial"].sample.n_units == 34
    verified = workflow.verify(certificate, contract=found)
    assert not verified.differences
    assert {one.name: one.verdict for one in verified.findings}["independent:gain"] == "reproduced"
    pages = {}
    for lang in ("en", "sv"):
        workflow.report(certificate, tmp_path / f"page.{lang}.html", lang=lang)
        pages[lang] = (tmp_path / f"page.{lang}.html").read_text(encoding="utf-8")
        assert not workflow.verify(tmp_path / f"page.{lang}.html", contract=found).differences
    assert "Where everyone went" in pages["en"]
    assert "– not analysed: moved" in pages["en"]
    for words in (
        "Vart alla tog vägen",
        "– inte analyserade: moved",
        "Tilldelade en grupp",
        "Redovisning av alla personer",
    ):
        assert words in pages["sv"]
    assert "lika många ska vara analyserade som analysen trial bygger på" in workflow.annex(found, lang="sv")


def test_the_worst_cases_of_the_declared_range_say_what_would_have_been_paid(tmp_path):
    certificate = workflow.settle(contract(tmp_path), date="2021-06-01").sign(KEY)
    checks = {one.name: one for one in certificate.results["trial"].diagnostics}
    assert (checks["manski_bounds"].values["low"], checks["manski_bounds"].values["high"]) == (0, 12)
    workflow.report(certificate, tmp_path / "page.html", lang="sv")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "värstafallsgräns (Manski)" in page
    assert "Minsta och största möjliga utfall" in workflow.annex(certificate.contract, lang="sv")


def test_a_contract_without_a_ledger_is_settled_as_before(tmp_path):
    text = CONTRACT[: CONTRACT.index("ledgers:")]
    plain = workflow.settle(contract(tmp_path, text), date="2021-06-01")
    with_one = workflow.settle(contract(tmp_path), date="2021-06-01")
    assert plain.settlement.total == with_one.settlement.total
    assert plain.results["trial"].diagnostics == with_one.results["trial"].diagnostics[:-1]


def test_small_counts_are_hidden_with_whatever_gives_them_back(tmp_path):
    text = CONTRACT.replace("attribution:", "disclosure: {minimum: 5}\nattribution:")
    found = contract(tmp_path, text)
    certificate = workflow.settle(found, date="2021-06-01").sign(KEY)
    ledger = ledger_of(certificate)
    assert set(ledger.table["units"]) == {None}
    assert set(ledger.values.values()) == {None}
    assert ledger.statement.en == "The counts of this check are hidden, because some are small."
    assert certificate.results["trial"].sample.n_units is None
    assert not workflow.verify(certificate, contract=found).differences
    workflow.report(certificate, tmp_path / "page.html", lang="en")
    assert "34 analysed" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_large_counts_are_shown(tmp_path):
    text = CONTRACT.replace("attribution:", "disclosure: {minimum: 5}\nattribution:")
    some = (("0", "too old"),) * 6 + (("1", "declined"),) * 7
    found = contract(tmp_path, text, rows(treated=60, control=60, gone=("moved",) * 20, others=some))
    ledger = ledger_of(workflow.settle(found, date="2021-06-01"))
    assert ledger.values["analysed"] == 100
    assert None not in ledger.table["units"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "p0,1,2020-02-01,0,moved,1,",
            "p0,1,2020-02-01,0,moved,1,4",
            "ledgers.trial: as many must be analysed as the analysis trial rests on, 35; the ledger has 34. Correct "
            "the column of 'analysed', or the data of the analysis.",
        ),
        (
            "p1,1,2020-02-01,1,,1,5",
            "p1,1,2020-02-01,0,,1,5",
            "ledgers.trial: Column 'why' must hold a reason for everyone who was not 'analysed'; 1 row did not, the "
            "first at row 2, line 3. Give the reason code, or correct the steps.",
        ),
        (
            "p1,1,2020-02-01,1,,1,5",
            "p1,1,,1,,1,5",
            "ledgers.trial: Column 'seen' must say 'analysed' only of who was 'assigned', as column 'lot' has it; 1 "
            "row did not, the first at row 2, line 3. Correct the step that is wrong.",
        ),
    ],
)
def test_what_contradicts_itself_is_not_settled(tmp_path, old, new, sentence):
    data = rows()
    assert old in data
    with pytest.raises(DataError) as error:
        workflow.settle(contract(tmp_path, data=data.replace(old, new)), date="2021-06-01")
    assert str(error.value) == sentence


def test_each_arm_must_have_its_own_number(tmp_path):
    """One of each arm is told the other way round: the total is right and the arms are not."""
    text = CONTRACT.replace("arm: offered", "arm: told").replace("data: people\n    steps", "data: book\n    steps")
    text = text.replace("  people: {path: people.csv}\n", "  people: {path: people.csv}\n  book: {path: book.csv}\n")
    found = contract(tmp_path, text)
    book = rows().replace("offered", "told").replace("p1,1,2020-02-01,1,,1,", "p1,1,2020-02-01,1,,0,")
    (tmp_path / "book.csv").write_text(book, encoding="utf-8")
    with pytest.raises(DataError) as error:
        workflow.settle(found, date="2021-06-01")
    assert str(error.value) == (
        "ledgers.trial: as many must be analysed in the arm treated as the analysis trial rests on, 16; the ledger has "
        "15. Correct the column of 'analysed', or the data of the analysis."
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  trial:\n    data: people\n    steps",
            "  tril:\n    data: people\n    steps",
            "must be a name under analysis",
        ),
        ("analysed: seen}", "followed: seen}", "ledgers.trial.steps must name the column of analysed, whose count is"),
        ("eligible: fits", "eligble: fits", "eligble"),
        ("    reason: why\n", "", "ledgers.trial lacks the key reason; add it."),
    ],
)
def test_ledgers_that_cannot_be_are_refused_when_read(old, new, message):
    assert old in CONTRACT
    with pytest.raises(ContractError, match=r"^line \d+: ") as error:
        parse_contract(CONTRACT.replace(old, new).encode())
    assert message in str(error.value)


def test_a_column_with_two_roles_is_refused_before_data(tmp_path):
    own = contract(tmp_path, CONTRACT.replace("reason: why", "reason: seen"))
    with pytest.raises(ContractError) as error:
        workflow.check(own)
    text = own.raw.decode()
    line = text[: text.index("    steps:")].count("\n") + 1
    assert str(error.value).endswith(
        "ledgers.trial: Column 'seen' must play one role; it is named as `steps['analysed']` and `reason`."
    )
    assert str(error.value).startswith(f"line {line}: ")


def test_a_set_of_effects_has_no_ledger(tmp_path):
    text = CONTRACT.replace("method: randomized_trial", "method: randomized_trials").replace(
        '    outcome_range: ["0", "12"]\n', "    subgroup: fits\n"
    )
    text = text.replace("estimate: trial, view", "estimate: trial, member: '1', view")
    with pytest.raises(ContractError) as error:
        workflow.check(contract(tmp_path, text))
    assert "ledgers.trial must be of an analysis with one effect or one outcome" in str(error.value)


def test_whoever_the_ledger_says_was_analysed_is_in_the_data(tmp_path):
    """A dropout swapped for an outsider keeps every count: the names tell."""
    workflow.copy_case("rate-card", tmp_path)
    people = sorted({line.split(";")[0] for line in (tmp_path / "months.csv").read_text("utf-8").splitlines()[1:]})
    text = (tmp_path / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("\ndata:\n", "\ndata:\n  flow: {path: flow.csv}\n", 1)
    text += "ledgers:\n  work: {data: flow, steps: {analysed: seen}, reason: why, unit: person}\n"
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")

    def settled(names):
        rows = "".join(f"{name},1,\n" for name in names)
        (tmp_path / "flow.csv").write_text(f"person,seen,why\n{rows}", encoding="utf-8")
        return workflow.settle(read_decided(tmp_path / "contract.yaml"), date="2023-09-01")

    assert settled(people).results["work"].diagnostics[-1].name == "unit_ledger"
    with pytest.raises(DataError) as error:
        settled([*people[1:], "9999"])
    assert str(error.value) == (
        "ledgers.work: Column 'person' must name whoever was analysed as column 'person' of the analysis work does; 1 "
        f"row did not, the first at row {len(people)}, line {len(people) + 1}. Correct the name, or the column of "
        "'analysed'."
    )
