"""Frozen dataclasses to canonical JSON and back, bit for bit, driven by their type hints.

The same hints give the published JSON Schema, so code and schema cannot drift apart. A member of a union of
dataclasses carries its class name under "kind". Fractions are written "n/d", infinite floats "Infinity".
"""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
import re
import types
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from effekt._json import read_json, write_json
from effekt._validation import did_you_mean, join_words
from effekt.exceptions import ArgumentError

_FRACTION = re.compile(r"(?:0|-?[1-9][0-9]{0,3999})/[1-9][0-9]{0,3999}")  # longer ones effekt does not write
_INFINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def canonical_json(plain: Any) -> str:
    """RFC 8785 canonical JSON (sorted keys, no spaces, shortest round-trip numbers) and a newline."""
    return write_json(plain, "The result", ArgumentError).decode() + "\n"


def parse_json(text: str | bytes, what: str) -> Any:
    """The value of a JSON text that has one meaning."""
    return read_json(text, what, ArgumentError)


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    """Type of each field, in field order."""
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


@functools.cache
def _required(cls: type) -> tuple[str, ...]:
    """The fields without a default."""
    return tuple(
        field.name
        for field in dataclasses.fields(cls)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )


@functools.cache
def _is_dataclass(hint: Any) -> bool:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def encode(value: Any, hint: Any = Any) -> Any:
    """A dataclass, or anything inside one, as plain JSON; a field typed float is written as one."""
    if value is None or type(value) in (str, bool):  # what most of a result is
        return value
    kind: Any = type(value)
    if kind is float:
        return _INFINITE.get(value, value + 0.0)
    if _is_dataclass(kind):
        plain = {name: encode(getattr(value, name), part) for name, part in _hints(kind).items()}
        return {"kind": kind.__name__, **plain} if len(_dataclasses(hint)) > 1 else plain
    arguments = get_args(hint)
    if isinstance(value, (tuple, list)):
        homogeneous = get_origin(hint) is not tuple or arguments[-1] is Ellipsis
        hints = (arguments[0] if arguments else Any,) * len(value) if homogeneous else arguments
        return [encode(item, part) for item, part in zip(value, hints, strict=True)]
    if isinstance(value, Mapping):
        item_hint = arguments[1] if len(arguments) == 2 else Any
        return {str(key): encode(item, item_hint) for key, item in value.items()}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, float) or (hint is float and isinstance(value, int)):
        return _INFINITE.get(float(value), float(value) + 0.0)
    return int(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else value


@functools.cache
def _dataclasses(hint: Any) -> Mapping[str, type]:
    """The members of a union that are dataclasses, by name."""
    if not _is_union(hint):
        return {}
    return {member.__name__: member for member in get_args(hint) if _is_dataclass(member)}


def decode(hint: Any, plain: Any, path: str = "") -> Any:  # noqa: C901 - one branch per kind of hint
    """The value of type `hint` that `encode` wrote; a wrong form raises with its path."""
    if hint is Any or hint is object or (hint in (str, int, bool, float) and type(plain) is hint):
        return plain
    if _is_dataclass(hint):
        return _decode_dataclass(hint, plain, path)
    if _is_union(hint):
        return _decode_union(hint, plain, path)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal and plain in arguments and not isinstance(plain, bool):
        return plain
    if origin is tuple and isinstance(plain, list):
        if arguments[-1] is Ellipsis:
            arguments = (arguments[0],) * len(plain)
        if len(arguments) == len(plain):
            pairs = zip(arguments, plain, strict=True)
            return tuple(decode(part, item, f"{path}[{i}]") for i, (part, item) in enumerate(pairs))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(plain, dict):
        return {key: decode(arguments[1], item, f"{path}.{key}") for key, item in plain.items()}
    if hint is float and plain in ("Infinity", "-Infinity"):
        return float(plain)
    if hint is float and isinstance(plain, (int, float)) and not isinstance(plain, bool):
        return float(plain)
    if hint is Fraction and isinstance(plain, str):
        return _decode_fraction(plain, path)
    if hint is type(None) and plain is None:
        return None
    raise _refusal(path, f"must be {_name(hint)}; got {type(plain).__name__}.")


def _decode_dataclass(cls: Any, plain: Any, path: str) -> Any:
    if not isinstance(plain, dict):
        raise _refusal(path, f"must be an object; got {type(plain).__name__}.")
    hints = _hints(cls)
    unknown = [key for key in plain if key not in hints]
    if unknown:
        raise _refusal(path, f"has the unknown key {unknown[0]!r}.{did_you_mean(unknown[0], hints)}")
    missing = [name for name in _required(cls) if name not in plain]
    if missing:
        raise _refusal(path, f"lacks the key {missing[0]!r}.")
    return cls(**{key: decode(hints[key], item, f"{path}.{key}" if path else key) for key, item in plain.items()})


def _decode_union(hint: Any, plain: Any, path: str) -> Any:
    members = _dataclasses(hint)
    if isinstance(plain, dict) and len(members) > 1:
        kind = plain.get("kind")
        if not isinstance(kind, str) or kind not in members:
            raise _refusal(f"{path}.kind", f"must be {join_words(sorted(members))}; got {kind!r}.")
        return decode(members[kind], {key: item for key, item in plain.items() if key != "kind"}, path)
    if type(plain) in get_args(hint):
        return plain
    for member in get_args(hint):
        try:
            return decode(member, plain, path)
        except ArgumentError:
            if _is_dataclass(member) and isinstance(plain, dict):
                raise
    raise _refusal(path, f"must be {_name(hint)}; got {type(plain).__name__}.")


def _decode_fraction(plain: str, path: str) -> Fraction:
    """The fraction that `encode` wrote, in lowest terms; other forms are refused unread."""
    if _FRACTION.fullmatch(plain):
        numerator, denominator = map(int, plain.split("/"))
        if math.gcd(numerator, denominator) == 1:
            return Fraction(numerator, denominator)
    raise _refusal(path, f"must be a fraction in lowest terms such as '1/3'; got {plain!r}.")


def _refusal(path: str, words: str) -> ArgumentError:
    """What is wrong at a place; an empty path is the whole."""
    return ArgumentError(f"The JSON{path and f' at `{path}`'} {words} Use it as it was written.")


def _name(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return join_words(map(repr, get_args(hint)))
    return getattr(hint, "__name__", None) or str(hint).replace("typing.", "")


def json_schema(cls: type, tag: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a dataclass written under the schema tag `tag`."""
    definitions: dict[str, Any] = {}
    body = _schema_of_dataclass(cls, definitions)
    body["properties"]["schema"] = {"const": tag}
    body["required"] = ["schema", *body["required"]]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": tag}
    return {**head, **body, "$defs": dict(sorted(definitions.items()))}


def _schema_of_dataclass(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _schema_of(hint, definitions) for name, hint in _hints(cls).items()}
    return {"type": "object", "properties": properties, "required": [*_required(cls)], "additionalProperties": False}


def _schema_of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: C901 - one branch per kind of hint
    simple = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    if hint in simple:
        return {"type": simple[hint]}
    if hint is float:
        return {"anyOf": [{"type": "number"}, {"enum": ["Infinity", "-Infinity"]}]}
    if hint is Fraction:
        return {"type": "string", "pattern": r"^(0|-?[1-9][0-9]*)/[1-9][0-9]*$"}
    if _is_dataclass(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _schema_of_dataclass(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if _is_union(hint):
        return {"anyOf": [_schema_of_member(hint, member, definitions) for member in arguments]}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": _schema_of(arguments[0], definitions)}
    if origin is tuple:
        items = [_schema_of(part, definitions) for part in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema_of(arguments[1], definitions)}
    return {}


def _schema_of_member(union: Any, member: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if not _is_dataclass(member) or len(_dataclasses(union)) < 2:
        return _schema_of(member, definitions)
    name = f"{member.__name__}.kind"  # its form where there is a choice, told from its form elsewhere
    if name not in definitions:
        definitions[name] = {}
        schema = _schema_of_dataclass(member, definitions)
        schema["properties"]["kind"] = {"const": member.__name__}
        schema["required"] = ["kind", *schema["required"]]
        definitions[name] = schema
    return {"$ref": f"#/$defs/{name}"}
