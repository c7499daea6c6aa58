"""Declarations beside the figures: each fault with its line and remedy, and what fits is read."""

import pytest
from contracts.example import CONTRACT

from effekt.contracts import (
    check_declarations,
    parse_contract,
    parse_declarations,
    read_declarations,
    speaking_against,
)
from effekt.exceptions import ContractError

TEXT = """\
schema: effekt/declarations/1
contract: sick-leave
by: verifier
date: "2022-03-10"
deviations:
  - what: {sv: "en enhet uteslöts", en: "one unit was left out"}
    why: {sv: "den lades ned", en: "it was closed"}
    date: "2021-05-02"
    approved: {by: [municipality, provider], date: "2021-05-20"}
    effect: {reduction: "-0.002", low: unknown}
checklist:
  C1: {verdict: pass, evidence: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
  D3: {verdict: not_determinable, note: {sv: "ingen egen miljö", en: "no environment of our own"}}
limitations:
  - {sv: "Frånvaro under en dag mäts inte.", en: "Absence of less than a day is not measured."}
"""
BOTH = TEXT.replace("verdict: not_determinable", "verdict: fail")
DATE, CHECK = 'date: "2022-03-10"\n', "  C1: {verdict: pass, "


def declared(text=TEXT):
    declarations = parse_declarations(text.encode())
    check_declarations(parse_contract(CONTRACT.encode()), declarations)
    return declarations


def test_what_is_declared_is_read():
    model = declared().model
    assert (model.by, model.date, len(model.deviations), list(model.checklist)) == (
        "verifier",
        "2022-03-10",
        1,
        ["C1", "D3"],
    )
    assert dict(model.deviations[0].effect) == {"reduction": "-0.002", "low": "unknown"}


def test_that_there_were_none_is_said_by_an_empty_list_and_differs_from_silence():
    head, rest = TEXT.split("deviations:\n")
    tail = "checklist:" + rest.split("checklist:")[1]
    assert declared(head + "deviations: []\n" + tail).model.deviations == ()
    assert declared(head + tail).model.deviations is None


def test_the_day_on_which_a_table_was_taken_out_is_read_and_checked():
    assert dict(declared(TEXT + 'extracted: {panel: "2022-02-01"}\n').model.extracted) == {"panel": "2022-02-01"}
    with pytest.raises(ContractError) as late:
        declared(TEXT + 'extracted: {panel: "2022-03-11"}\n')
    assert str(late.value).endswith(
        "extracted.panel must not be after the day of the declaration, 2022-03-10; got 2022-03-11."
    )
    with pytest.raises(ContractError) as unknown:
        declared(TEXT + 'extracted: {panal: "2022-02-01"}\n')
    assert "extracted.panal must be a name under data of the contract; got panal." in str(unknown.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "schema: effekt/declarations/1",
            "schema: effekt/attestation/1",
            'line 1: schema must be effekt/declarations/1; got "effekt/attestation/1".',
        ),
        ("contract: sick-leave", "contract: other", "line 2: contract must be sick-leave; got other."),
        (
            "by: verifier",
            "by: verifer",
            "line 3: by must be a name under parties of the contract; got verifer. Did you mean 'verifier'?",
        ),
        (
            DATE,
            'date: "2018-10-31"\n',
            "line 4: date must not be before the contract was signed, 2018-11-01; got 2018-10-31.",
        ),
        (
            DATE,
            'date: "2021-05-01"\n',
            "line 8: deviations[1].date must not be after the day of the declaration, 2021-05-01; got 2021-05-02.",
        ),
        (
            DATE,
            'date: "2021-05-10"\n',
            "line 9: deviations[1].approved.date must not be after the day of the declaration, 2021-05-10; got "
            "2021-05-20.",
        ),
        (
            "    why: {sv",
            "    how: {sv",
            "line 7: deviations[1].how is not a known key. Use what, why, date, approved or effect.",
        ),
        (
            'why: {sv: "den lades ned", en: "it was closed"}\n    date: "2021-05-02"',
            'why: {sv: "den lades ned", en: "it was closed"}',
            "line 6: deviations[1] lacks the key date; add it.",
        ),
        (
            "[municipality, provider]",
            "[municipality, region]",
            "line 9: deviations[1].approved.by[2] must be a name under parties of the contract; got region. Defined "
            "there: municipality, state, provider and verifier.",
        ),
        (
            'reduction: "-0.002"',
            'reduction: "-0.0000002"',
            "line 10: deviations[1].effect.reduction must have at most the 6 decimals of reduction; got -0.0000002.",
        ),
        (
            'reduction: "-0.002"',
            'reduction: "-0,002"',
            'line 10: deviations[1].effect.reduction must be a plain decimal such as "0.40" of at most 30 digits; got '
            '"-0,002"; write "-0.002" or "-2": decimals have a point and thousands no mark.',
        ),
        (
            'reduction: "-0.002"',
            'fall: "-0.002"',
            "line 10: deviations[1].effect.fall must be a name under figures of the contract; got fall. Defined there: "
            "reduction, low, sure, chance, days, staff, delivered, price, worth, kpi and blend.",
        ),
        (
            '{reduction: "-0.002", low: unknown}',
            "{}",
            "line 10: deviations[1].effect must have 1 or more items; got a mapping of 0.",
        ),
        (
            CHECK,
            "  C9: {verdict: pass, ",
            'line 12: checklist.C9 must be an item of the checklist, A1 to F5, such as C1; got "C9".',
        ),
        (
            CHECK,
            "  C1: {verdict: passed, ",
            'line 12: checklist.C1.verdict must be pass, fail, not_applicable or not_determinable; got "passed". Did '
            "you mean 'pass'?",
        ),
        (
            "cdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "",
            'line 12: checklist.C1.evidence must be a SHA-256 digest of 64 characters 0–9 and a–f; got "0123456789ab".',
        ),
    ],
)
def test_a_fault_is_named_with_line_place_and_remedy(old, new, sentence):
    assert old in TEXT
    with pytest.raises(ContractError) as error:
        declared(TEXT.replace(old, new, 1))
    assert str(error.value) == sentence


def test_no_party_answers_an_item_twice_and_both_files_are_named(tmp_path):
    contract, one = parse_contract(CONTRACT.encode()), declared()
    check_declarations(contract, one, declared(TEXT.replace("by: verifier", "by: provider")))
    with pytest.raises(ContractError) as error:
        check_declarations(contract, one, declared(TEXT + "\n"))
    assert str(error.value) == "line 12: checklist.C1 is answered twice by verifier; keep one answer."
    for name in ("first.yaml", "second.yaml"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    files = [read_declarations(tmp_path / name, contract) for name in ("first.yaml", "second.yaml")]
    with pytest.raises(ContractError) as error:
        check_declarations(contract, *files)
    assert str(error.value) == (
        "second.yaml: line 12: checklist.C1 is answered twice by verifier here and in first.yaml; keep one answer."
    )


def test_what_speaks_against_a_certificate_is_known_again_by_what_it_says():
    one = declared(BOTH)
    found = speaking_against([one])
    assert len(found) == 2
    assert speaking_against([one, one]) == found
    reworded = declared(BOTH.replace("-0.002", "-0.001"))
    assert speaking_against([reworded]) == found
    assert set(speaking_against([declared(BOTH.replace("by: verifier", "by: provider"))])).isdisjoint(found)
    assert len(speaking_against([declared(BOTH.replace("verdict: fail", "verdict: pass"))])) == 1
    assert speaking_against([]) == ()


def test_a_file_is_named_in_its_error(tmp_path):
    contract, file = parse_contract(CONTRACT.encode()), tmp_path / "declared.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert read_declarations(file, contract).raw == TEXT.encode()
    file.write_text(TEXT.replace("by: verifier", "by: nobody"), encoding="utf-8")
    with pytest.raises(ContractError, match=r"^declared\.yaml: line 3: by must be"):
        read_declarations(file, contract)
