"""Parts of a file are read as parts of a file, and an unforeseen fault still gets a sentence."""

import pytest

from effekt.contracts import contract_json_schema
from effekt.contracts.clauses import Clause
from effekt.contracts.schema import _problem, is_decimal

UNIT_PRICE = {"unit_price": {"price": "1", "figure": "x", "below_zero": "zero"}}


def test_a_part_is_not_read_without_what_its_file_defines():
    with pytest.raises(TypeError, match="a part of a contract is read with the references of its file"):
        Clause.model_validate(UNIT_PRICE)


def test_a_fault_of_an_unknown_kind_gets_a_sentence():
    detail = {"type": "new_kind", "loc": ("a",), "msg": "Something else", "input": 1}
    assert _problem(detail) == "is not allowed (Something else); compare with the published schema."


@pytest.mark.parametrize("text", ["0", "-1", "0.40", "123456789012345678901234567890", "-0.5", "10.00"])
def test_plain_decimals(text):
    assert is_decimal(text)


@pytest.mark.parametrize(
    "text",
    ["", "-", "-0", "-0.00", "00", "01", ".5", "5.", "+1", "1e3", "1,5", "1 000", "0x1", "١", "1" * 31, "1\n", "nan"],
)
def test_what_is_no_plain_decimal(text):
    assert not is_decimal(text)


def test_the_published_schema_names_its_dialect_and_has_no_null():
    schema = contract_json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "effekt/contract/1"
    assert not [part for part in _parts(schema) if part.get("type") == "null" or part.get("default", "") is None]


def _parts(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _parts(inner)
