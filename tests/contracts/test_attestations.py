"""Attestations: what they may say about which contract."""

import hashlib

import pytest
from contracts.example import ATTESTATION, CONTRACT

from effekt.contracts import attested_figures, parse_attestation, parse_contract, read_attestation
from effekt.exceptions import ContractError

RAW = CONTRACT.encode()
SUBJECT = parse_contract(RAW)


def test_an_attestation_gives_its_figures_their_values(tmp_path):
    (tmp_path / "intyg.yaml").write_text(ATTESTATION, encoding="utf-8")

    attestation = read_attestation(tmp_path / "intyg.yaml", SUBJECT)
    figures = attested_figures(SUBJECT, attestation)

    assert attestation == parse_attestation(ATTESTATION.encode())
    assert attestation.sha256 == hashlib.sha256(ATTESTATION.encode()).hexdigest()
    assert [(figure.id, figure.state, figure.value) for figure in figures.values()] == [
        ("delivered", "determined", "1"),
        ("price", "not_yet_determinable", None),
    ]
    assert figures["price"].reason.en == "verifier has not yet attested price."
    assert figures["price"].reason.sv == "verifier har ännu inte intygat price."
    assert list(attested_figures(SUBJECT)) == ["delivered", "price"]


def test_an_attested_number_gets_the_contracts_digits_and_several_files_are_joined():
    price = ATTESTATION.replace("delivered:", "price:").replace('value: "1"', 'value: "250.5"')

    figures = attested_figures(SUBJECT, parse_attestation(price.encode()), parse_attestation(ATTESTATION.encode()))

    assert {id: figure.value for id, figure in figures.items()} == {"delivered": "1", "price": "250.50"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "schema: effekt/attestation/1",
            "schema: effekt/contract/1",
            'line 1: schema must be effekt/attestation/1; got "effekt/contract/1".',
        ),
        ("contract: sick-leave\n", "", "line 1: the file lacks the key contract; add it."),
        ("contract: sick-leave", "contract: other", "line 2: contract must be sick-leave; got other."),
        (
            "  delivered:",
            "  deliverd:",
            "line 4: figures.deliverd is not an attested figure of the contract. Did you mean 'delivered'?",
        ),
        (
            "  delivered:",
            "  reduction:",
            "line 4: figures.reduction is not an attested figure of the contract. Attested there: delivered and price.",
        ),
        ('value: "1"', 'value: "2"', 'line 5: figures.delivered.value must be "1" for yes or "0" for no; got "2".'),
        (
            'value: "1"',
            "value: yes",
            "line 5: figures.delivered.value is yes without quotes; put it in quotes, or write true where the key "
            "takes true or false.",
        ),
        ('value: "1"', "value: 1", 'line 5: figures.delivered.value must be in quotes; write "1".'),
        ("by: verifier", "by: provider", "line 6: figures.delivered.by must be verifier; got provider."),
        (
            '"2022-03-01"',
            '"2022-13-01"',
            'line 7: figures.delivered.date must be a real date such as "2018-11-01"; got "2022-13-01".',
        ),
        (
            '"2022-03-01"',
            '"2018-10-31"',
            "line 7: figures.delivered.date must not be before the contract was signed, 2018-11-01; got 2018-10-31.",
        ),
        (
            '    evidence:\n      description: "Slutrapport och stickprov"\n',
            "    evidence:\n",
            "line 8: figures.delivered.evidence lacks the key description; add it.",
        ),
        (
            'sha256: "0123456789abcdef',
            'sha256: "0123456789ABCDEF',
            "line 10: figures.delivered.evidence.sha256 must be a SHA-256 digest of 64 characters 0–9 and a–f; "
            'got "0123456789ABCDEF0123456789abcdef0123456….',
        ),
        (
            "  delivered:\n",
            "  delivered: []\n  x:\n",
            "line 4: figures.delivered must hold the keys value, by, date and evidence, each with its value; got a "
            "list of 0.",
        ),
    ],
)
def test_a_fault_is_named_with_line_place_and_remedy(tmp_path, old, new, sentence):
    assert old in ATTESTATION
    path = tmp_path / "intyg.yaml"
    path.write_text(ATTESTATION.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(ContractError) as error:
        read_attestation(path, SUBJECT)

    assert str(error.value) == f"intyg.yaml: {sentence}"


def test_more_decimals_than_the_contract_asks_for_are_refused():
    price = ATTESTATION.replace("delivered:", "price:").replace('value: "1"', 'value: "250.505"')
    with pytest.raises(ContractError) as error:
        attested_figures(SUBJECT, parse_attestation(price.encode()))
    assert str(error.value) == 'line 5: figures.price.value must have at most 2 decimals; got "250.505".'


def test_a_fact_is_attested_once():
    attestation = parse_attestation(ATTESTATION.encode())
    with pytest.raises(ContractError) as error:
        attested_figures(SUBJECT, attestation, attestation)
    assert str(error.value) == (
        "figures.delivered is attested twice, on line 4 of one attestation and on line 4 of another; give one of them."
    )


def test_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(ContractError) as error:
        read_attestation(tmp_path / "none.yaml", SUBJECT)
    assert str(error.value) == f"{tmp_path / 'none.yaml'} does not exist; check the path."
