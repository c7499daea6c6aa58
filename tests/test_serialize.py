"""Dataclasses to canonical JSON and back, bit for bit, and hostile JSON refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import effekt
from effekt._json import MAX_BYTES
from effekt._serialize import canonical_json, decode, encode, json_schema, parse_json
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure
from effekt.simulation import StudyRows

SCHEMAS = Path(__file__).parent.parent / "docs" / "schemas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Twig:
    size: float
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One field of every kind of hint that results use."""

    number: float
    whole: int
    flag: bool
    text: str
    share: Fraction
    rank: float | Fraction
    choice: Literal["a", "b"]
    either: Leaf | Twig
    maybe: Leaf | None
    pair: tuple[str, float]
    column: str | tuple[str, str]
    many: tuple[float, ...]
    sparse: tuple[float | None, ...]
    leaves: tuple[Leaf, ...]
    table: Mapping[str, tuple[float | int | str | None, ...]]
    free: Mapping[str, Any] = field(default_factory=dict)


def tree(**changes: Any) -> Tree:
    values: dict[str, Any] = {
        "number": 0.1,
        "whole": 3,
        "flag": True,
        "text": 'å \N{MINUS SIGN} "quoted"',
        "share": Fraction(-1, 3),
        "rank": Fraction(1, 12),
        "choice": "b",
        "either": Twig(size=2.0, name="t"),
        "maybe": None,
        "pair": ("x", 1.5),
        "column": ("sick_days", "employees"),
        "many": (1.0, -math.inf, math.inf),
        "sparse": (None, 1.0, math.inf),
        "leaves": (Leaf(size=1.0), Leaf(size=1e300)),
        "table": {"a": (1, 2.5, "x", None)},
        "free": {"list": [1, "x", None, {"deep": True}]},
    }
    return Tree(**{**values, **changes})


def through(value: Tree) -> Tree:
    found = decode(Tree, parse_json(canonical_json(encode(value)), "The tree"))
    assert isinstance(found, Tree)
    return found


def test_every_kind_of_hint_comes_back() -> None:
    assert through(tree()) == tree()
    assert through(tree(either=Leaf(size=1.0), maybe=Leaf(size=2.0), column="y", rank=0.25)) == tree(
        either=Leaf(size=1.0), maybe=Leaf(size=2.0), column="y", rank=0.25
    )


def test_the_written_form() -> None:
    plain = encode(tree())
    assert plain["share"] == "-1/3"
    assert plain["rank"] == "1/12"
    assert plain["either"] == {"kind": "Twig", "size": 2.0, "name": "t"}
    assert plain["many"] == [1.0, "-Infinity", "Infinity"]
    assert plain["leaves"][0] == {"size": 1.0}  # no kind where there is no choice
    text = canonical_json(plain)
    assert text.endswith("\n")
    assert text == rfc8785.dumps(json.loads(text)).decode() + "\n"
    assert list(json.loads(text)) == sorted(plain)


@given(number=st.floats(allow_nan=False), many=st.lists(st.floats(allow_nan=False), max_size=5))
def test_floats_come_back_to_the_last_bit(number: float, many: list[float]) -> None:
    found = through(tree(number=number, many=tuple(many)))
    assert found.number.hex() == (number + 0.0).hex()
    assert [x.hex() for x in found.many] == [(x + 0.0).hex() for x in many]
    assert math.copysign(1.0, through(tree(number=-0.0)).number) == 1.0


@given(numerator=st.integers(-(10**40), 10**40), denominator=st.integers(1, 10**40))
def test_fractions_come_back(numerator: int, denominator: int) -> None:
    share = Fraction(numerator, denominator)
    assert through(tree(share=share, rank=share)).share == share


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back(text: str) -> None:
    assert through(tree(text=text, free={text: text})).text == text


def test_whole_numbers_in_a_float_field_are_written_as_floats() -> None:
    """2⁶⁰ is no safe JSON integer, but it is a float."""
    assert through(tree(number=2**60, whole=2)).number == 2.0**60
    assert canonical_json(encode(tree(number=5))) == canonical_json(encode(tree(number=5.0)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": "1"}, "The JSON at `number` must be float; got str."),
        ({"number": True}, "The JSON at `number` must be float; got bool."),
        ({"whole": 1.5}, "The JSON at `whole` must be int; got float."),
        ({"whole": True}, "The JSON at `whole` must be int; got bool."),
        ({"flag": 1}, "The JSON at `flag` must be bool; got int."),
        ({"text": None}, "The JSON at `text` must be str; got NoneType."),
        ({"choice": "c"}, "The JSON at `choice` must be 'a' or 'b'; got str."),
        ({"either": {"size": 1.0}}, "The JSON at `either.kind` must be Leaf or Twig; got None."),
        ({"either": {"kind": "Root", "size": 1.0}}, "The JSON at `either.kind` must be Leaf or Twig; got 'Root'."),
        ({"either": {"kind": "Leaf", "size": 1.0, "name": ""}}, "The JSON at `either` has the unknown key 'name'."),
        ({"maybe": {"sise": 1.0}}, "The JSON at `maybe` has the unknown key 'sise'. Did you mean 'size'?"),
        ({"maybe": {}}, "The JSON at `maybe` lacks the key 'size'."),
        ({"maybe": 3}, "The JSON at `maybe` must be"),
        ({"pair": ["x"]}, "The JSON at `pair` must be"),
        ({"pair": "x1"}, "The JSON at `pair` must be"),
        ({"leaves": [{"size": 1.0}, {"size": None}]}, "The JSON at `leaves[1].size` must be float; got NoneType."),
        ({"table": [1]}, "The JSON at `table` must be"),
        ({"share": "1/0"}, "The JSON at `share` must be a fraction in lowest terms such as '1/3'; got '1/0'."),
        ({"share": "2/6"}, "The JSON at `share` must be a fraction in lowest terms such as '1/3'; got '2/6'."),
        ({"share": "0.5"}, "The JSON at `share` must be a fraction in lowest terms such as '1/3'; got '0.5'."),
        ({"share": "1e999999999"}, "The JSON at `share` must be a fraction in lowest terms such as '1/3'"),
        ({"share": " 1/3"}, "The JSON at `share` must be a fraction in lowest terms such as '1/3'; got ' 1/3'."),
        ({"share": 0.5}, "The JSON at `share` must be Fraction; got float."),
        ({"rank": "often"}, "The JSON at `rank` must be float | fractions.Fraction; got str."),
    ],
)
def test_a_wrong_form_is_named_with_its_path(changes: dict[str, Any], sentence: str) -> None:
    plain = {**json.loads(canonical_json(encode(tree()))), **changes}
    with pytest.raises(ArgumentError) as refusal:
        decode(Tree, plain)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(" Use it as it was written.")


def test_what_is_wrong_of_the_whole_has_no_path() -> None:
    with pytest.raises(ArgumentError) as refusal:
        decode(Tree, [])
    assert str(refusal.value) == "The JSON must be an object; got list. Use it as it was written."


def test_optional_keys_may_be_missing_and_required_ones_may_not() -> None:
    plain = json.loads(canonical_json(encode(tree())))
    del plain["free"]
    assert decode(Tree, plain) == tree(free={})
    del plain["flag"]
    with pytest.raises(ArgumentError, match="lacks the key 'flag'"):
        decode(Tree, plain)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1, "a": 2}', "The file has the key 'a' twice in one object; keep one of them."),
        ('{"a": {"b": 1, "b": 1}}', "The file has the key 'b' twice in one object; keep one of them."),
        ("[NaN]", "The file holds NaN; JSON has finite numbers."),
        ("[-Infinity]", "The file holds -Infinity; JSON has finite numbers."),
        ("[1e400]", "The file holds a number too large for JSON; write it as a text."),
        ("[1" + "0" * 400 + "]", "The file holds an integer beyond ±9007199254740991, which JSON may round"),
        ("[1" + "0" * 5000 + "]", "The file holds an integer beyond ±9007199254740991, which JSON may round"),
        ("", "The file is empty: nothing stands in it; use the file as it was written."),
        ("[" * 200_000, "The file is nested deeper than 64 levels; flatten it."),
        (b'["\xff"]', "The file is not UTF-8 at byte 3; save it as UTF-8."),
        ('["\ud800"]', "The file is not UTF-8 at byte 3; save it as UTF-8."),
        (["a"], "The file must be text or bytes; got list."),
        (
            "r.json",
            "The file is not JSON at line 1, column 1; use it as it was written. Of a file give `Path(...).read_byt",
        ),
        (
            "1.json",
            "The file is not JSON at line 1, column 2; use it as it was written. Of a file give `Path(...).read_b",
        ),
    ],
)
def test_hostile_text_is_refused(text: str | bytes, sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        parse_json(text, "The file")
    assert str(refusal.value).startswith(sentence)


def test_an_oversized_text_is_refused_unread() -> None:
    with pytest.raises(ArgumentError, match="The file is 67108865 bytes; at most 67108864 are allowed"):
        parse_json(b" " * (MAX_BYTES + 1), "The file")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (math.nan, "The result holds NaN or infinity; JSON has finite numbers"),
        (2**60, "The result holds an integer beyond ±9007199254740991"),
        ("\ud800", "The result holds a text with a lone surrogate"),
    ],
)
def test_what_json_cannot_hold_is_refused_when_written(value: object, sentence: str) -> None:
    with pytest.raises(ArgumentError, match=sentence):
        canonical_json({"x": value})


def test_the_schema_accepts_what_is_written_and_nothing_else() -> None:
    schema = json_schema(Tree, "test/tree/1")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    plain = {"schema": "test/tree/1", **json.loads(canonical_json(encode(tree())))}
    validator.validate(plain)
    for key, wrong in (
        ("schema", "test/tree/2"),
        ("number", "1"),
        ("share", "0.5"),
        ("share", "1/0"),
        ("choice", "c"),
        ("either", {"size": 1.0}),
        ("pair", ["x"]),
        ("sparse", ["x"]),
        ("unknown", 1),
    ):
        assert not validator.is_valid({**plain, key: wrong}), key
    assert not validator.is_valid({key: value for key, value in plain.items() if key != "whole"})
    assert validator.is_valid({key: value for key, value in plain.items() if key != "free"})


@pytest.mark.parametrize("kind", [EffectEstimate, EffectSet, OutcomeMeasure, Diagnostic, StudyRows])
def test_published_schemas_are_those_of_the_code(kind: Any) -> None:
    published = json.loads((SCHEMAS / f"{kind.SCHEMA.split('/')[1]}-1.json").read_text(encoding="utf-8"))
    assert published == json_schema(kind, kind.SCHEMA)


@pytest.mark.parametrize("mean", [1e-300, 1e300])
def test_numbers_that_cannot_be_squared_are_refused_when_read(mean: float) -> None:
    table = {"d": [1, 1, 1, 0, 0, 0], "y": [1.0, 2.0, 4.0, 2.0, 4.0, 5.0], "z": [2.0, 1.0, 4.0, 5.0, 4.0, 6.0]}
    plain = json.loads(effekt.randomized_trials(table, outcome=["y", "z"], treatment="d").to_json())
    plain["effects"][1]["means"]["counterfactual"] = mean
    one = {"schema": EffectEstimate.SCHEMA, **plain["effects"][1]}
    for kind, text in ((EffectSet, json.dumps(plain)), (EffectEstimate, json.dumps(one))):
        with pytest.raises(ArgumentError) as refusal:
            kind.from_json(text)
        assert str(refusal.value) == (
            f"The {kind.SCHEMA} text holds a number that is too small or too large to reckon with. Use it as it was "
            "written."
        )
