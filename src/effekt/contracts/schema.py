"""What every part of a contract file is made of: strict models, field types, error sentences, JSON Schema.

A part refuses unknown and missing keys itself, so that the sentence can name them. Names of figures, parties, data
and analyses are checked while the part is read, against the `References` collected from the file beforehand; the
error therefore stands at the very place of the name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from effekt._text import Text, with_capital
from effekt._validation import did_you_mean, join_words
from effekt.contracts.strict_yaml import Document, Place, Plain, how_to_write, shown
from effekt.exceptions import ContractError

MAX_DECIMAL_DIGITS = 30
_NAMED = 8

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


# ----------------------------------------------------------------------------------------------- references


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a file defines, collected before its parts are read."""

    figures: Mapping[str, Plain]
    parties: Mapping[str, Plain]
    data: Mapping[str, Plain]
    analysis: Mapping[str, Plain]
    quantum: str | None
    currency: str | None = None

    @classmethod
    def of(cls, value: Plain) -> References:
        """Collect the names; a section of the wrong kind is left to its own error."""
        root = entries(value)
        payment = entries(root.get("payment"))
        quantum, currency = payment.get("quantum"), payment.get("currency")
        return cls(
            figures=entries(root.get("figures")),
            parties=entries(root.get("parties")),
            data=entries(root.get("data")),
            analysis=entries(root.get("analysis")),
            quantum=quantum if isinstance(quantum, str) and is_decimal(quantum) else None,
            currency=currency if isinstance(currency, str) else None,
        )


def entries(value: Plain | None) -> Mapping[str, Plain]:
    """The mapping itself, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def references(info: ValidationInfo) -> References:
    """What the file being read defines; a part is only ever read as part of a file."""
    if not isinstance(info.context, References):
        raise TypeError("a part of a contract is read with the references of its file")
    return info.context


# ---------------------------------------------------------------------------------------------------- parts


def fault(problem: str, *at: str | int) -> PydanticCustomError:
    """Build the error at a place below the part that raises it; `problem` continues the sentence."""
    return PydanticCustomError("fault", "{problem}", {"problem": problem, "at": at})


class Term(BaseModel):
    """A part of a contract file: strict, frozen, without unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, value: object) -> object:
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        if not isinstance(value, dict):
            needed = [name for name, field in fields.items() if field.is_required()]
            some = f"the {'key' if len(needed) == 1 else 'keys'} {join_words(needed, 'and')}" if needed else "keys"
            raise fault(f"must hold {some}, each with its value; got {_shown(value)}.")
        unknown = [key for key in value if key not in fields]
        if unknown and cls.model_config["extra"] == "forbid":
            hint = did_you_mean(unknown[0], list(fields)) or f" Use {join_words(list(fields))}."
            raise fault(f"is not a known key.{hint}", unknown[0])
        for key, field in fields.items():
            if field.is_required() and key not in value:
                choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
                raise fault(f"lacks the key {key}; add it{f' ({join_words(choices)})' if choices else ''}.")
        return value

    def one_of(self, names: tuple[str, ...]) -> str:
        """The one field of `names` that is given; none or several is a fault."""
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            keys, got = ([name.rstrip("_") for name in some] for some in (names, given))
            has = join_words(got, "and") or "none of them"
            raise fault(f"must have exactly one of the keys {join_words(keys)}; it has {has}.")
        return given[0]


Items: TypeAlias = Annotated[tuple[T, ...], Strict(False)]
"""A list of the file, kept as a tuple."""


@dataclass(frozen=True, slots=True)
class Form:
    """Text of one form: a pattern, what it must be, a test the pattern cannot express, and how else to write a text."""

    pattern: str
    rule: str
    test: Callable[[str], bool] = bool
    remedy: Callable[[str], str] = lambda _: ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the text itself."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the pattern."""
        return {**handler(schema), "pattern": f"^{self.pattern}$"}

    def accepts(self, value: str) -> bool:
        """Whether the text has this form."""
        return re.fullmatch(self.pattern, value) is not None and self.test(value)

    def check(self, value: str) -> str:
        """The text itself, or a fault."""
        if not self.accepts(value):
            remedy = self.remedy(value)
            raise fault(f"must be {self.rule}; got {shown(value)}{f'; {remedy}' if remedy else ''}.")
        return value


@dataclass(frozen=True, slots=True)
class Known:
    """A name defined in a section of the file; with `or_decimal`, a plain decimal will also do."""

    section: Literal["figures", "parties", "data", "analysis"]
    or_decimal: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the text itself, against the references of the file."""
        return core_schema.with_info_after_validator_function(self.check, handler(source))

    def check(self, value: str, info: ValidationInfo) -> str:
        """The name itself, or a fault with the closest one."""
        names = list(getattr(references(info), self.section))
        if value in names or (self.or_decimal and is_decimal(value)):
            return value
        rest = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
        listed = join_words([*names[:_NAMED], *rest], "and") or "nothing"
        remedy = how_to_write(value) if self.or_decimal else ""
        hint = f" {with_capital(remedy)}." if remedy else did_you_mean(value, names)
        hint = hint or f" Defined there: {listed}."
        wanted = f"a name under {self.section}" + (" or a plain decimal" if self.or_decimal else "")
        raise fault(f"must be {wanted}; got {shown(value)}.{hint}")


def _is_short_decimal(text: str) -> bool:
    return sum(map(str.isdigit, text)) <= MAX_DECIMAL_DIGITS and re.fullmatch(r"-0(\.0+)?", text) is None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_key(text: str) -> bool:
    return base64.b64encode(base64.b64decode(text)).decode("ascii") == text


def _is_inside(text: str) -> bool:
    return not {"", ".", ".."} & set(text.split("/"))


def _is_encoding(text: str) -> bool:
    try:
        "".encode(text)
    except (LookupError, ValueError):
        return False
    return True


_DECIMAL = Form(
    r"-?(0|[1-9][0-9]*)(\.[0-9]+)?",
    f'a plain decimal such as "0.40" of at most {MAX_DECIMAL_DIGITS} digits',
    _is_short_decimal,
    how_to_write,
)


_DATE = Form(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", 'a real date such as "2018-11-01"', _is_date)


def is_date(text: str) -> bool:
    """Whether the text is a real date, YYYY-MM-DD."""
    return _DATE.accepts(text)


def is_decimal(text: str) -> bool:
    """Whether the text is a plain decimal: no exponent, plus sign, leading zero or negative zero, 30 digits."""
    return _DECIMAL.accepts(text)


Id: TypeAlias = Annotated[str, Form(r"[a-z][a-z0-9_]{0,63}", "a name of a–z, 0–9 and _ that starts with a letter")]
ContractId: TypeAlias = Annotated[
    str, Form(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a name of letters, digits, -, _ and . of at most 64 characters")
]
Words: TypeAlias = Annotated[str, Form(r"[\s\S]*\S[\s\S]*", "a text that is not blank")]
OneLine: TypeAlias = Annotated[str, Form(r"[^\n]*[^\n\s][^\n]*", "a text on one line that is not blank")]
DecimalText: TypeAlias = Annotated[str, _DECIMAL]
AdmittedText: TypeAlias = Annotated[
    str,
    Form(
        rf"(none|{_DECIMAL.pattern})",
        f"{_DECIMAL.rule}, or none",
        lambda text: text == "none" or _is_short_decimal(text),
        how_to_write,
    ),
]
DateText: TypeAlias = Annotated[str, _DATE]
Sha256: TypeAlias = Annotated[str, Form(r"[0-9a-f]{64}", "a SHA-256 digest of 64 characters 0–9 and a–f")]
EvidenceDigest: TypeAlias = Annotated[
    str,
    Form(
        r"[0-9a-f]{64}",
        "a SHA-256 digest of 64 characters 0–9 and a–f",
        lambda text: text.strip("0") != "",
        lambda text: "" if text.strip("0") else "zeros alone are no file's digest, so give that of the file",
    ),
]
PublicKey: TypeAlias = Annotated[
    str, Form(r"[A-Za-z0-9+/]{43}=", "an ed25519 public key, 32 bytes in standard base64", _is_key)
]
RelativePath: TypeAlias = Annotated[
    str,
    Form(
        r'[^\\:*?"<>|\n\t]+',
        'a relative path with / inside the contract\'s own folder, such as "data/panel.csv"',
        _is_inside,
    ),
]
LanguageCode: TypeAlias = Annotated[str, Form(r"[a-z]{2,3}", "a language code of ISO 639 such as sv")]
Currency: TypeAlias = Annotated[str, Form(r"[A-Z]{3}", "a currency code of three letters such as SEK")]
Character: TypeAlias = Annotated[str, Form(r"[\s\S]", "one character")]
Encoding: TypeAlias = Annotated[str, Form(r"[A-Za-z0-9_-]+", "a text encoding such as utf-8", _is_encoding)]

FigureId: TypeAlias = Annotated[str, Known("figures")]
PartyId: TypeAlias = Annotated[str, Known("parties")]
DataId: TypeAlias = Annotated[str, Known("data")]
AnalysisId: TypeAlias = Annotated[str, Known("analysis")]
Operand: TypeAlias = Annotated[str, Known("figures", or_decimal=True)]
"""A figure's id or a decimal."""


class Bilingual(Term):
    """A text in both languages."""

    sv: OneLine
    en: OneLine

    @property
    def text(self) -> Text:
        """The pair as sentences are passed around."""
        return Text(sv=self.sv, en=self.en)


def check_ascending(values: list[str], items: str, key: str) -> None:
    """Each item's value must be above the one before; the fault stands at that item's key."""
    for position in range(1, len(values)):
        if Fraction(values[position]) <= Fraction(values[position - 1]):
            problem = f"must be above the one before, {values[position - 1]}; got {values[position]}."
            raise fault(problem, items, position, key)


# --------------------------------------------------------------------------------------------------- errors


def validate(model: type[M], document: Document, known: References) -> M:
    """Read a document as a model.

    Parameters
    ----------
    model : type
        The model of the whole file.
    document : Document
        The file's plain value with its lines.
    known : References
        What the file, or the contract it belongs to, defines.

    Returns
    -------
    pydantic.BaseModel
        The model.

    Raises
    ------
    ContractError
        With line, place, rule and remedy of the fault that stands first in the file.
    """
    try:
        return model.model_validate(document.value, context=known)
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if not _echoes(detail)]
    places = [_place(detail) for detail in details]
    first = min(range(len(details)), key=lambda i: (document.line(places[i]), i))
    raise ContractError(f"{document.where(places[first])} {_problem(details[first])}")


def _echoes(detail: ErrorDetails) -> bool:
    """A list called too short only because some of its items are wrong."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


_MARKS = ("<", "function-after[", "literal[")  # of the kinds that a value may have


def _place(detail: ErrorDetails) -> Place:
    """Where the file is wrong: without the marks pydantic adds for kinds (<...>, kind[...]) and for keys ([key])."""
    inner = tuple(detail.get("ctx", {}).get("at", ()))
    loc = detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"]
    steps = [part for part in loc if part != "[key]" and not str(part).startswith(_MARKS)]
    return (*steps, *inner)


def _problem(detail: ErrorDetails) -> str:
    """The rest of the sentence, after the place."""
    kind, got, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "fault":
        return str(context["problem"])
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        hint = did_you_mean(got, choices) if isinstance(got, str) else ""
        return f"must be {join_words(choices)}; got {_shown(got)}.{hint}"
    if kind == "string_type" and isinstance(got, int):
        return f'must be in quotes; write "{shown(got)}".'
    if kind == "int_type" and isinstance(got, str) and got.isdecimal():
        return f"must be a whole number without quotes; write {int(got)}."
    if kind in _WANTED:
        return f"must {_WANTED[kind].format(**context)}; got {_shown(got)}."
    return f"is not allowed ({detail['msg']}); compare with the published schema."


_WANTED = {
    "string_type": "be text",
    "int_type": "be a whole number without quotes",
    "greater_than_equal": "be at least {ge}",
    "less_than_equal": "be at most {le}",
    "tuple_type": 'be a list, in [ ] or with "- " before each item',
    "mapping_type": "hold keys and values",
    "too_short": "have {min_length} or more items",
    "too_long": "have at most {max_length} items",
    "missing": "have two items",
}


def _shown(value: object) -> str:
    """A value of the wrong kind as a message names it."""
    if isinstance(value, (dict, list, tuple)):
        return f"{'a mapping' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return shown(value)


# ---------------------------------------------------------------------------------------------- JSON Schema


class _WithoutNull(GenerateJsonSchema):
    """A key of a contract file is left out, never null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """The schema of what is given."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Without a default of null."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Without keys of another form than declared."""
        published = super().dict_schema(schema)
        return published | ({"additionalProperties": False} if "patternProperties" in published else {})


def json_schema(model: type[BaseModel], tag: str) -> dict[str, Any]:
    """Publish a model.

    Parameters
    ----------
    model : type
        The model of a whole file.
    tag : str
        Its schema tag.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12. Names across the file, sums and orders are checked by the reader only.
    """
    body = model.model_json_schema(schema_generator=_WithoutNull)
    return {**body, "$schema": _WithoutNull.schema_dialect, "title": tag}


def exactly_one(names: tuple[str, ...]) -> dict[str, Any]:
    """The part of a JSON Schema that asks for exactly one of some keys."""
    return {"oneOf": [{"required": [name]} for name in names]}
