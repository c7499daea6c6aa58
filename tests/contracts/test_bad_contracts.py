"""Each fault a contract can have, with the exact sentence a reader of it sees.

`bad_contracts.txt` is the table: the lines of the example to replace (-), by what (+), and the sentence (=).
"""

from pathlib import Path

import jsonschema
import pytest
from contracts.example import CONTRACT

from effekt.contracts import contract_json_schema, parse_contract
from effekt.contracts.strict_yaml import parse
from effekt.exceptions import ContractError

CASES = (Path(__file__).parent / "bad_contracts.txt").read_text(encoding="utf-8").strip().split("\n\n")
SAID_BY_THE_SCHEMA = (
    "not a known key",
    "; add it",
    "in quotes; write",
    "without quotes",
    "exactly one of",
    "hold keys",
)


def _case(text):
    lines = text.splitlines()
    old, new, sentence = ([line[2:] for line in lines if line[0] == mark] for mark in "-+=")
    assert len(old) + len(new) + 1 == len(lines)
    return "".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new), sentence[0]


@pytest.mark.parametrize("case", CASES, ids=[case.splitlines()[-1][2:60] for case in CASES])
def test_a_fault_is_named_with_line_place_and_remedy(case):
    old, new, sentence = _case(case)
    assert old in CONTRACT

    with pytest.raises(ContractError) as error:
        parse_contract(CONTRACT.replace(old, new, 1).encode())

    assert str(error.value) == sentence


def test_the_published_schema_refuses_what_it_can_say_and_nothing_that_is_right():
    schema = jsonschema.Draft202012Validator(contract_json_schema())
    schema.check_schema(schema.schema)
    schema.validate(parse(CONTRACT.encode()).value)
    refused = 0
    for case in CASES:
        old, new, sentence = _case(case)
        if ", which " in sentence or not any(words in sentence for words in SAID_BY_THE_SCHEMA):
            continue
        try:
            value = parse(CONTRACT.replace(old, new, 1).encode()).value
        except ContractError:
            continue
        assert not schema.is_valid(value), sentence
        refused += 1
    assert refused > 30
