"""Reading YAML so that what a person reads is what the program reads."""

import codecs

import pytest

from effekt.contracts.strict_yaml import MAX_BYTES, dotted, parse
from effekt.exceptions import ContractError

QUOTE = "line 1: a is {} without quotes; put it in quotes."
UNQUOTED = (
    *("0.12", "1e3", "1E+3", ".5", "-.5", "1.", ".inf", "-.INF", ".nan", "0x10", "0o7", "0b1", "1_000", "007", "+1"),
    *("-0", "12:30", "190:20:30", "2018-11-01", "2018-11-01T10:00:00Z", "2018-11", "NO", "no", "yes", "Yes", "on"),
    *("OFF", "y", "N", "True", "FALSE", "TRUE", "=", "1234567890123456789", "../x", "§5"),
)
YES, NO, WHOLE = (
    "true where the key takes true or false",
    "false where the key takes true or false",
    "if a whole number",
)
MEANT = {
    **dict.fromkeys(("yes", "Yes", "on", "y", "True", "TRUE"), YES),
    **dict.fromkeys(("no", "NO", "OFF", "N", "FALSE"), NO),
    **{text: f"{value} {WHOLE} is meant" for text, value in {"007": 7, "0x10": 16, "0o7": 7, "0b1": 1}.items()},
    "1_000": f"1000 {WHOLE} is meant",
    "1234567890123456789": "a whole number of at most 18 digits if one is meant",
}
WIDE = "the invisible character U+{} stands where a space or nothing belongs; write an ordinary space."
BAD = {
    "a: 1\nid:\u00a0x\nb: c\n".encode(): f"line 2: {WIDE.format('00A0')}",
    "a: 1\nb:\n  c:\u202f{x: y}\n".encode(): f"line 3: a key of b: {WIDE.format('202F')}",
    "a:\n  b:\u00a0x\n".encode(): f"line 2: a: {WIDE.format('00A0')}",
    "a:\n  -\u00a0x\n".encode(): f"line 2: a: {WIDE.format('00A0')}",
    "a: 1\n\u00a0b: c\n".encode(): f"line 2: a key of the file: {WIDE.format('00A0')}",
    b"a: " + b"9" * 5000: f"line 1: a is {'9' * 40}… without quotes; put it in quotes, or write a whole number of at "
    "most 18 digits if one is meant.",
    b"": "line 1: the file is empty; write the contract or attestation in it.",
    b"# only a comment\n": "line 1: the file is empty; write the contract or attestation in it.",
    b"---\n...\n": "line 1: the file is empty; write the contract or attestation in it.",
    b"\xef\xbb\xbf": "line 1: the file is empty; write the contract or attestation in it.",
    b"\xff\xd8\xff\xe0\x00\x10JFIF": "line 1: the byte 0xff is not UTF-8 text; save the file as UTF-8.",
    "a: 1".encode("utf-16"): "line 1: the file is UTF-16 text; save it as UTF-8.",
    codecs.BOM_UTF16_BE + "a: 1".encode("utf-16-be"): "line 1: the file is UTF-16 text; save it as UTF-8.",
    b"a: 1\nb: caf\xe9\n": "line 2: the byte 0xe9 is not UTF-8 text; save the file as UTF-8.",
    b"a: b\x00c": "line 1: the character U+0000 is not allowed; remove this invisible character.",
    b"a: b\rc: d": "line 1: the character U+000D is not allowed; remove this invisible character.",
    b"a:\n\t- b": "line 2: the character U+0009 is not allowed; use spaces instead of tabs.",
    "a: x\n# \u202eb".encode(): "line 2: the character U+202E is not allowed; remove this invisible character.",
    "a: b\u2028c: d".encode(): "line 1: the character U+2028 is not allowed; remove this invisible character.",
    "a: \ufffd".encode(): "line 1: the character U+FFFD is not allowed; remove this invisible character.",
    b'a: "\\u202e"': "line 1: a: the character U+202E is not allowed; remove it.",
    b'a: "\\x00"': "line 1: a: the character U+0000 is not allowed; remove it.",
    b'a: "\\ud800"': "line 1: a: the character U+D800 is not allowed; remove it.",
    b'a: "\\U00110000"': "line 1: the file has an escape or a directive that is no valid YAML; remove it.",
    b"%YAML 1." + b"1" * 5000 + b"\n---\na: 1": "line 1: the file has an escape or a directive that is no valid YAML; "
    "remove it.",
    b"%YAML 1.1\n---\na: 1": "line 1: the file starts with a % directive; remove it.",
    b"%TAG ! tag:x,2000:\n---\na: 1": "line 1: the file starts with a % directive; remove it.",
    b"a: 1\nb:\nc: 2": "line 2: b has no value; write one or remove the key.",
    b"a: [1, 2.5]": "line 1: a[2] is 2.5 without quotes; put it in quotes.",
    b"a: null": "line 1: a is null, which no key takes; write none where nothing is meant, or remove the key.",
    b"a: [~]": "line 1: a[1] is ~, which no key takes; write none where nothing is meant, or remove the key.",
    b"x: {null: 1}": "line 1: a key of x is null without quotes; put it in quotes.",
    b"a: 2016..2018": "line 1: a is 2016..2018 without quotes; write a range as a list of its two ends, "
    '["2016", "2018"].',
    b"a: 2016-01 .. 2018-12": "line 1: a is 2016-01 .. 2018-12 without quotes; write a range as a list of its two "
    'ends, ["2016-01", "2018-12"].',
    b"a: 12,5 %": 'line 1: a is 12,5 % without quotes; write the share "0.125", or "12.5" of a figure in per cent, '
    "without the sign.",
    b"a: 3%": 'line 1: a is 3% without quotes; write the share "0.03", or "3" of a figure in per cent, '
    "without the sign.",
    b"a: 0,25": 'line 1: a is 0,25 without quotes; write "0.25".',
    b"a: 1 500 000": 'line 1: a is 1 500 000 without quotes; write "1500000".',
    b"a: 1,500": 'line 1: a is 1,500 without quotes; write "1.500" or "1500": decimals have a point and '
    "thousands no mark.",
    "a: \u22120,5".encode(): 'line 1: a is \u22120,5 without quotes; write "-0.5".',
    b"1: a": "line 1: a key of the file is 1, which is not text; put it in quotes.",
    b"x:\n  true: a": "line 2: a key of x is true, which is not text; put it in quotes.",
    b"yes: a": "line 1: a key of the file is yes without quotes; put it in quotes.",
    b"? [a, b]\n: c": "line 1: a key of the file is a list or a mapping; write it as text.",
    b"a: 1\nb: 2\na: 3": "line 3: a is given twice, first on line 1; keep one.",
    b"x: {a: 1, 'a': 2}": "line 1: x.a is given twice, first on line 1; keep one.",
    "å: 1\na\u030a: 2".encode(): "line 2: å is given twice, first on line 1; keep one.",
    b"a: &x 1": "line 1: a has the anchor &x; remove it.",
    b"a: 1\nb: *a": "line 2: b is the alias *a; write the value out.",
    b"a: &x {b: 1}\nc:\n  <<: *x": "line 1: a has the anchor &x; remove it.",
    b"a: 1\nb:\n  <<: {c: 1}": "line 3: a key of b is the merge key <<; write the merged keys out.",
    b"? &k a\n: 1": "line 1: a key of the file has the anchor &k; remove it.",
    b"? *k\n: 1": "line 1: a key of the file is the alias *k; write the value out.",
    b"a: !!float 5": "line 1: a has the tag tag:yaml.org,2002:float; remove it.",
    b"a: ! 5": "line 1: a has the tag !; remove it.",
    b"!python/object {a: 1}": "line 1: the file has the tag !python/object; remove it.",
    b"a: 1\n---\nb: 2": "line 2: a second document starts here; keep one in each file.",
    b"a: b: c": "line 1, column 5: the text is not YAML (mapping values are not allowed here); "
    "check indentation, colons and quotes.",
    b"a: 1\nb: 'x": "line 2, column 6: the text is not YAML (found unexpected end of stream); "
    "check indentation, colons and quotes.",
    b"a: " + b"[" * 41 + b"]" * 41: "line 1: the file is nested deeper than 40 levels; flatten it.",
    b"[" * 200_000: "line 1: the file is nested deeper than 40 levels; flatten it.",
    b"#" * (MAX_BYTES + 1): "line 1: the file is larger than the 1048576 bytes allowed; move its data to data files.",
}


@pytest.mark.parametrize("raw", BAD, ids=lambda raw: repr(raw[:24]))
def test_a_file_that_can_be_misread_is_refused(raw):
    with pytest.raises(ContractError) as error:
        parse(raw)

    assert str(error.value) == BAD[raw]


@pytest.mark.parametrize("text", UNQUOTED)
def test_what_some_yaml_reads_as_another_value_must_be_quoted(text):
    with pytest.raises(ContractError) as error:
        parse(f"a: {text}".encode())

    instead = f", or write {MEANT[text]}" if text in MEANT else ""
    assert str(error.value) == f"{QUOTE.format(text).removesuffix('.')}{instead}."
    assert parse(f'a: "{text}"'.encode()).value == {"a": text}
    assert parse(f"a: '{text}'".encode()).value == {"a": text}


def test_what_is_left_is_text_whole_numbers_and_true_and_false():
    raw = (
        b'a: word\nb: 12\nc: -3\nd: 0\ne: true\nf: false\ng: "0.40"\nh: [x, {y_: z}]\ni: |\n  two\n  lines\nj: "\\t"\n'
    )

    assert parse(raw).value == {
        "a": "word",
        "b": 12,
        "c": -3,
        "d": 0,
        "e": True,
        "f": False,
        "g": "0.40",
        "h": ["x", {"y_": "z"}],
        "i": "two\nlines\n",
        "j": "\t",
    }


def test_every_value_has_the_line_of_its_key_or_item():
    document = parse(b"\xef\xbb\xbf# a comment\r\na: 1\r\nb:\r\n  - x\r\n  - c: 2\r\n    d:\r\n      e\r\n")

    assert document.lines == {
        (): 2,
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1): 5,
        ("b", 1, "c"): 5,
        ("b", 1, "d"): 6,
    }
    assert document.where(("b", 1, "d", "deeper")) == "line 6: b[2].d.deeper"
    assert document.where(()) == "line 2: the file"


def test_text_comes_in_composed_form():
    assert parse("name: Vårby".replace("å", "a\u030a").encode()).value == {"name": "Vårby"}


def test_the_deepest_allowed_nesting_is_read():
    value = parse(b"a: " + b"[" * 39 + b"x" + b"]" * 39).value["a"]
    for _ in range(39):
        (value,) = value
    assert value == "x"


def test_places_are_written_with_dots_and_items_from_one():
    assert dotted(("payment", "lines", 0, "a b", "x" * 50)) == f'payment.lines[1]."a b"."{"x" * 39}…'
