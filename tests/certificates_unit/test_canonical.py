"""Canonical JSON, strict reading and canonical base64, against published vectors and hostile bytes."""

import codecs
import hashlib
import itertools
import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.certificates.canonical import (
    MAX_BYTES,
    MAX_DEPTH,
    canonical_json,
    decode_base64,
    encode_base64,
    parse_json,
    shown,
)
from effekt.exceptions import CertificateError

# RFC 8785, appendix B, https://www.rfc-editor.org/rfc/rfc8785#appendix-B
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}

# RFC 8785, sections 3.2.2 and 3.2.3, and https://github.com/cyberphone/json-canonicalization, testdata
DOCUMENTS = {
    "rfc-3.2.2": (
        r'{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
        r'"string":"\u20ac$\u000F\u000aA' + "'" + r'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}',
        r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        r'"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"}',
    ),
    "rfc-3.2.3": (
        r'{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",'
        r'"\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",'
        r'"\u00f6":"Latin Small Letter O With Diaeresis"}',
        '{"\\r":"Carriage Return","1":"One","\x80":"Control","ö":"Latin Small Letter O With Diaeresis",'
        '"€":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
    "arrays": ('[56, {"d": true, "10": null, "1": [ ]}]', '[56,{"1":[],"10":null,"d":true}]'),
    "structures": (
        r'{"1":{"f":{"f":"hi","F":5},"\n":56.0},"10":{},"":"empty","a":{},"111":[{}],"A":{}}',
        r'{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}',
    ),
    "unicode": (
        r'{"Unnormalized Unicode":"A\u030a"}',
        '{"Unnormalized Unicode":"A\u030a"}',
    ),
    "weird": (
        r'{"\u20ac":"Euro Sign","1":"One","\u0080":"Control\u007f","\ud83d\ude02":"Smiley",'
        r'"</script>":"Browser"}',
        '{"1":"One","</script>":"Browser","\x80":"Control\x7f","€":"Euro Sign","\U0001f602":"Smiley"}',
    ),
}

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_rfc_8785(bits: str, text: str) -> None:
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical_json(number).decode() == text
    assert parse_json(text.encode()) == number


PUBLISHED = json.loads((Path(__file__).parents[1] / "goldens" / "canonical" / "numbers.json").read_text("utf-8"))


def _published_numbers() -> Iterator[float]:
    """The numbers of the published file, in its order: fixed ones, the least normal ones, and some by chance."""
    for text in PUBLISHED["fixed"].split():
        yield struct.unpack(">d", bytes.fromhex(text))[0]
    for number in range(2000):
        yield struct.unpack(">d", (2**52 + number).to_bytes(8, "big"))[0]
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        yield from (one for one in struct.unpack("<4d", block) if one != 0 and math.isfinite(one))


@pytest.mark.parametrize("lines", PUBLISHED["sha256"])
def test_the_published_file_of_numbers(lines: str) -> None:
    """Its first lines, made by its algorithm and written by us, have the digest that is published with it."""
    digest = hashlib.sha256()
    for number in itertools.islice(_published_numbers(), int(lines)):
        bits = int.from_bytes(struct.pack(">d", number), "big")
        digest.update(f"{bits:x},{canonical_json(number).decode()}\n".encode())
    assert digest.hexdigest() == PUBLISHED["sha256"][lines]


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_numbers_without_json(bits: str) -> None:
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    with pytest.raises(CertificateError, match=r"^The value holds NaN or infinity; JSON has finite numbers.$"):
        canonical_json([number])


@pytest.mark.parametrize(("written", "canonical"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_of_rfc_8785(written: str, canonical: str) -> None:
    assert canonical_json(parse_json(written.encode())).decode() == canonical


@given(JSON_VALUES)
def test_canonical_bytes_read_back(value: object) -> None:
    raw = canonical_json(value)
    assert canonical_json(parse_json(raw)) == raw
    assert parse_json(raw) == value


@given(JSON_VALUES)
def test_any_spelling_gives_the_same_bytes(value: object) -> None:
    spelled = json.dumps(value, indent=3, ensure_ascii=True, sort_keys=True)
    assert canonical_json(parse_json(spelled.encode())) == canonical_json(value)


def test_order_of_insertion_does_not_matter() -> None:
    assert canonical_json({"b": 1, "a": 2, "å": 3}) == canonical_json({"å": 3, "a": 2, "b": 1})


NOT_JSON = "something that is not JSON; use null, true, false, numbers, texts, lists and text-keyed objects."
UNWRITABLE = {
    "integer": (
        {"n": 2**53},
        "an integer beyond ±9007199254740991, which JSON may round; write it as a text.",
    ),
    "bytes": (
        [b"x"],
        NOT_JSON,
    ),
    "number key": (
        {1: "x"},
        NOT_JSON,
    ),
    "surrogate": (
        ["\ud800"],
        "a text with a lone surrogate (U+D800 to U+DFFF); write it in whole characters.",
    ),
    "surrogate key": (
        {"\udfff": 1},
        "a text with a lone surrogate (U+D800 to U+DFFF); write it in whole characters.",
    ),
}


@pytest.mark.parametrize(("value", "rule"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_values_without_canonical_json(value: object, rule: str) -> None:
    with pytest.raises(CertificateError) as raised:
        canonical_json(value)
    assert str(raised.value) == f"The value holds {rule}"


def test_a_cycle_is_too_deep() -> None:
    cycle: list[object] = []
    cycle.extend([cycle, cycle])
    with pytest.raises(CertificateError, match=r"^The value is nested deeper than 64 levels; flatten it.$"):
        canonical_json(cycle)


def test_writing_stops_where_reading_stops() -> None:
    with pytest.raises(CertificateError, match=r"^The value is 67108866 bytes; at most 67108864 are allowed.$"):
        canonical_json("x" * MAX_BYTES)
    assert len(canonical_json("x" * (MAX_BYTES - 2))) == MAX_BYTES


UNREADABLE = {
    "empty": (b"", "The file is empty: nothing stands in it; use the file as it was written."),
    "trailing data": (b"{}\n{}", "The file is not JSON at line 2, column 1; use it as it was written."),
    "comma": (b"[1,]", "The file is not JSON at line 1, column 4; use it as it was written."),
    "single quotes": (b"{'a': 1}", "The file is not JSON at line 1, column 2; use it as it was written."),
    "leading zero": (b"[01]", "The file is not JSON at line 1, column 3; use it as it was written."),
    "hexadecimal": (b"[0x10]", "The file is not JSON at line 1, column 3; use it as it was written."),
    "raw newline": (b'["a\nb"]', "The file is not JSON at line 1, column 4; use it as it was written."),
    "byte order mark": (
        b"\xef\xbb\xbf{}",
        "The file begins with a byte order mark: a program saved it anew; use the file as it was written.",
    ),
    "invalid UTF-8": (b'["\xff"]', "The file is not UTF-8 at byte 3; save it as UTF-8."),
    "overlong UTF-8": (b'["\xc0\xaf"]', "The file is not UTF-8 at byte 3; save it as UTF-8."),
    "encoded surrogate": (b'["\xed\xa0\x80"]', "The file is not UTF-8 at byte 3; save it as UTF-8."),
    "UTF-16": (
        '{"a":1}'.encode("utf-16"),
        "The file is UTF-16 text: a program saved it anew; use the file as it was written, or save it as UTF-8.",
    ),
    "UTF-16, the larger byte first": (
        codecs.BOM_UTF16_BE + '{"a":1}'.encode("utf-16-be"),
        "The file is UTF-16 text: a program saved it anew; use the file as it was written, or save it as UTF-8.",
    ),
    "escaped surrogate": (
        rb'["\ud800"]',
        "The file holds a text with a lone surrogate (U+D800 to U+DFFF); write it in whole characters.",
    ),
    "surrogate in key": (
        rb'[{"a\udc00": 1}]',
        "The file holds a text with a lone surrogate (U+D800 to U+DFFF); write it in whole characters.",
    ),
    "duplicate key": (
        b'[{"a": 1, "b": {"a": 1, "a": 1}}]',
        "The file has the key 'a' twice in one object; keep one of them.",
    ),
    "duplicate key by escape": (
        rb'{"a": 1, "\u0061": 2}',
        "The file has the key 'a' twice in one object; keep one of them.",
    ),
    "NaN": (b"[NaN]", "The file holds NaN; JSON has finite numbers."),
    "Infinity": (b"[Infinity]", "The file holds Infinity; JSON has finite numbers."),
    "-Infinity": (b"[-Infinity]", "The file holds -Infinity; JSON has finite numbers."),
    "overflow": (b"[1e999]", "The file holds a number too large for JSON; write it as a text."),
    "integer": (
        b"[9007199254740993]",
        "The file holds an integer beyond ±9007199254740991, which JSON may round; write it as a text.",
    ),
    "negative integer": (
        b"[-9007199254740993]",
        "The file holds an integer beyond ±9007199254740991, which JSON may round; write it as a text.",
    ),
    "huge integer": (
        b"1" * 100_000,
        "The file holds an integer beyond ±9007199254740991, which JSON may round; write it as a text.",
    ),
}


@pytest.mark.parametrize(("raw", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_hostile_bytes_are_refused(raw: bytes, sentence: str) -> None:
    with pytest.raises(CertificateError) as raised:
        parse_json(raw)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9007199254740991", int),
        ("-9007199254740991", int),
        ("9007199254740992", float),
        ("-9007199254740992", float),
        ("999999999999999900000", float),
        ("-999999999999999900000", float),
    ],
)
def test_integers_keep_their_digits(text: str, kind: type) -> None:
    number = parse_json(text.encode())
    assert type(number) is kind
    assert canonical_json(number).decode() == text


@pytest.mark.parametrize("text", ["999999999999999900001", "1000000000000000000000", "-1000000000000000000000"])
def test_integers_that_would_lose_digits_are_refused(text: str) -> None:
    with pytest.raises(CertificateError, match=r"^It holds an integer beyond"):
        parse_json(text.encode(), "It")


def test_nesting_has_one_limit() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None
    for depth in (MAX_DEPTH + 1, 1_000, 1_000_000):
        for raw in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            with pytest.raises(CertificateError, match=r"^It is nested deeper than 64 levels; flatten it.$"):
                parse_json(raw, "It")


def test_size_has_a_limit() -> None:
    assert parse_json(b" " * (MAX_BYTES - 1) + b"1") == 1
    with pytest.raises(CertificateError, match=r"^It is 67108865 bytes; at most 67108864 are allowed.$"):
        parse_json(b" " * MAX_BYTES + b"1", "It")


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_the_one_error(raw: bytes) -> None:
    try:
        value = parse_json(raw)
    except CertificateError:
        return
    assert parse_json(canonical_json(value)) == value


# RFC 4648, section 10, https://www.rfc-editor.org/rfc/rfc4648#section-10
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"f", "Zg=="),
        (b"fo", "Zm8="),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg=="),
        (b"fooba", "Zm9vYmE="),
        (b"foobar", "Zm9vYmFy"),
    ],
)
def test_base64_of_rfc_4648(raw: bytes, text: str) -> None:
    assert encode_base64(raw) == text
    assert decode_base64(text, "It") == raw


@pytest.mark.parametrize("text", ["Zh==", "Zm9=", "Zm-_"])
def test_other_spellings_of_the_same_bytes_do_not_come_back(text: str) -> None:
    assert encode_base64(decode_base64(text, "It")) != text


@pytest.mark.parametrize(
    "text",
    ["Zg", "Zg=", "Zg===", "Zg==Zg==", "Z g==", "Zg==\n", "\nZg==", "=Zg=", "Zg=A", "Zm9v=", "é", "Zg\x00=="],
)
def test_text_that_is_not_base64(text: str) -> None:
    with pytest.raises(CertificateError, match=r"^It is not base64; use it as it was written.$"):
        decode_base64(text, "It")


def test_hostile_texts_are_shown_short_and_escaped() -> None:
    assert shown("<b>\u202e\n") == "'<b>\\u202e\\n'"
    assert shown("x" * 40) == "'" + "x" * 40 + "'"
    assert shown("x" * 41) == "'" + "x" * 37 + "...'"
