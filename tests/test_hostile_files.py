"""Whatever stands in a file, reading it gives a value or one of effekt's own errors; never another exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from contracts.example import CONTRACT
from hypothesis import given, settings
from hypothesis import strategies as st

import effekt
from effekt import registers, workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.run_log import Run, append_run, parse_log
from effekt.contracts import parse_contract, parse_declarations
from effekt.exceptions import CertificateError, ContractError, DataError, EffektError


def refusal(read: Callable[..., object], *arguments: object, error: type[EffektError] = EffektError) -> str | None:
    """What reading says when it refuses; None where it reads. Any other exception is a fault, and not caught."""
    try:
        read(*arguments)
    except error as told:
        return str(told)
    return None


# --- YAML: a contract in which lines are moved, lost, doubled and written over ---------------------------------

TOKENS = (
    *(
        "null",
        "~",
        "NO",
        "yes",
        "1e3",
        "0x10",
        ".inf",
        "2018-11-01",
        "12:30",
        "<<: *a",
        "&a x",
        "!!python/object:a.B {}",
    ),
    *("[", "]", "{", "}", "{}", "[]", '""', "'", '"', "|", ">", "- ", "? ", "%YAML 1.1", "---", "...", "\t", "\x00"),
    *("9" * 400, '"' + "9" * 5000 + '"', '"-0"', '"1/0"', '"1e999999999"', '"NaN"', "true", "-1", "\u202e", "\ud7ff"),
    *(
        "[" * 60,
        "a: " * 30,
        "\ufeff",
        "å: 1",
        '"å"',
        "{sv: x}",
        "{sv: x, en: y, de: z}",
        '"2018-02-30"',
        '"0000-01-01"',
    ),
)
LINES = CONTRACT.splitlines()


@st.composite
def broken_contracts(draw: st.DrawFn) -> bytes:
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        way = draw(st.sampled_from(("lose", "double", "move", "value", "key", "insert")))
        if way == "lose" and len(lines) > 1:
            del lines[at]
        elif way == "double":
            lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
        elif way == "move":
            lines[at] = " " * draw(st.integers(0, 9)) + lines[at].lstrip()
        elif way == "value":
            lines[at] = lines[at].partition(":")[0] + ": " + draw(st.sampled_from(TOKENS))
        elif way == "key":
            lines[at] = draw(st.sampled_from(TOKENS)) + ":" + lines[at].partition(":")[2]
        else:
            place = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + draw(st.sampled_from(TOKENS)) + lines[at][place:]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@given(broken_contracts())
@settings(max_examples=150)
def test_a_broken_contract(raw: bytes) -> None:
    for read in (parse_contract, parse_declarations):
        told = refusal(read, raw)
        assert told is None or told.startswith("line ")


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_bytes_that_are_no_contract(raw: bytes) -> None:
    with pytest.raises(ContractError):
        parse_contract(raw)


# --- JSON: a certificate that is signed again with anything in any of its places --------------------------------

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ("", "x", "0", "-1", "1/0", "1/3", "2018-02-30", "2023-09-01", "NaN", "9" * 60, "1e999999999", "٣", "å\u0301")
    )
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("x", "id", "value")), inner, max_size=2)
    ),
    max_leaves=4,
)


@cache
def certificate() -> Certificate:
    return workflow.settle(workflow.case_contract("rate-card"), date="2023-09-01").sign(DEMO_KEY)


def put(draw: st.DrawFn, tree: Any) -> Any:
    """The tree with something else at one place in it, or without that place."""
    changed = copy.deepcopy(tree)
    node = changed
    while True:
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not (isinstance(node[key], dict | list) and node[key] and draw(st.integers(0, 3))):
            break
        node = node[key]
    if draw(st.integers(0, 4)):
        node[key] = draw(ANYTHING)
    else:
        del node[key]
    return changed


@st.composite
def forged_certificates(draw: st.DrawFn) -> bytes:
    tree = json.loads(certificate().envelope.payload)
    for _ in range(draw(st.integers(1, 2))):
        tree = put(draw, tree)
    return sign(Envelope(payload=canonical_json(tree)), DEMO_KEY).to_bytes()


@given(forged_certificates())
@settings(max_examples=120)
def test_a_certificate_with_anything_in_any_place(raw: bytes) -> None:
    try:
        found = workflow.verify(raw, contract=workflow.case_contract("rate-card"))
    except (CertificateError, ContractError):
        return
    assert all(one.text.en and one.text.sv for one in found.findings)


def test_a_result_that_is_no_object_is_named() -> None:
    tree = json.loads(workflow.settle(workflow.case_contract("sick-leave"), date="2022-03-15").envelope.payload)
    (name,) = tree["predicate"]["results"]
    tree["predicate"]["results"][name] = [1]
    raw = sign(Envelope(payload=canonical_json(tree)), DEMO_KEY).to_bytes()
    with pytest.raises(CertificateError, match=rf"results\.{name} must be an object, as effekt writes it; got list\.$"):
        workflow.verify(raw)


@st.composite
def broken_envelopes(draw: st.DrawFn) -> bytes:
    return canonical_json(put(draw, json.loads(certificate().to_bytes())))


@given(broken_envelopes() | st.binary(max_size=80))
@settings(max_examples=150)
def test_an_envelope_with_anything_in_any_place(raw: bytes) -> None:
    refusal(lambda: Certificate(read_envelope(raw)))


@given(st.data())
@settings(max_examples=60)
def test_a_result_with_anything_in_any_place(data: st.DataObject) -> None:
    results = certificate().predicate["results"]
    tree = data.draw(st.composite(lambda draw: put(draw, results["work"]))())
    refusal(effekt.result.read_result, canonical_json(tree).decode())


# --- a run log ------------------------------------------------------------------------------------------------


@cache
def log_lines(folder: Path) -> list[bytes]:
    path = folder / "runs.jsonl"
    for verb in ("lock", "estimate", "settle"):
        plain = {"contract": "c", "contract_sha256": "0" * 64, "specification": "0" * 64, "effekt": "1"}
        append_run(path, Run(verb=verb, **plain))  # type: ignore[arg-type]
    return path.read_bytes().splitlines(keepends=True)


@given(st.data())
@settings(max_examples=100)
def test_a_broken_run_log(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    lines = list(log_lines(tmp_path_factory.getbasetemp()))
    at = data.draw(st.integers(0, len(lines) - 1))
    plain = json.loads(lines[at])
    plain[data.draw(st.sampled_from(sorted(plain)))] = data.draw(ANYTHING)
    lines[at] = data.draw(st.sampled_from((canonical_json(plain), lines[at][:-9], b"", lines[0], b"\xff"))) + b"\n"
    told = refusal(parse_log, b"".join(lines))
    assert told is None or told.startswith("The run log is broken at line ")


# --- tables ---------------------------------------------------------------------------------------------------

CELLS = st.sampled_from(
    (
        "",
        " ",
        "1",
        "0",
        "1,5",
        "1.5",
        "1e400",
        "-0",
        "nan",
        "inf",
        "NULL",
        "#N/A",
        "=1+1",
        '"',
        '""',
        "'",
        "å",
        "\u202e",
    )
) | st.text(alphabet=st.characters(codec="utf-8"), max_size=6)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5),
    delimiter=st.sampled_from((",", ";", "\t")),
    end=st.sampled_from(("\n", "\r\n", "\r", "")),
    encoding=st.sampled_from(("utf-8", "utf-16", "iso-8859-1")),
    tail=st.binary(max_size=4),
)
@settings(max_examples=150)
def test_a_text_table_of_anything(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    end: str,
    encoding: str,
    tail: bytes,
) -> None:
    path = tmp_path_factory.getbasetemp() / "table.csv"
    text = end.join(delimiter.join(row) for row in [["person", "month", "outcome"], *rows])
    path.write_bytes(text.encode(encoding, "replace") + tail)
    try:
        table = effekt.read_table(
            path, delimiter=delimiter, decimal="." if delimiter == "," else ",", encoding=encoding
        )
        effekt.outcome_count(table, unit="person", time="month", outcome="outcome")
    except DataError:
        pass


@pytest.mark.parametrize("name", ["table.xlsx", "table.parquet"])
@given(raw=st.binary(max_size=60), start=st.sampled_from((b"", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0")))
@settings(max_examples=30)
def test_bytes_that_are_no_workbook(
    tmp_path_factory: pytest.TempPathFactory, name: str, raw: bytes, start: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(start + raw)
    with pytest.raises(DataError):
        effekt.read_table(path)


@given(st.data())
@settings(max_examples=80)
def test_an_answer_of_kolada_with_anything_in_any_place(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    value = {"count": 1, "gender": "T", "status": "", "value": 8.1}
    answer = {"count": 1, "values": [{"kpi": "N00090", "municipality": "0581", "period": 2016, "values": [value]}]}
    path = tmp_path_factory.getbasetemp() / "kolada.json"
    path.write_bytes(canonical_json(data.draw(st.composite(lambda draw: put(draw, answer))())))
    refusal(registers.read_kolada, path)


READERS: dict[str, Callable[[Path], object]] = {
    "contract": workflow.read_contract,
    "declarations": lambda path: workflow.read_declarations(path, workflow.case_contract("rate-card")),
    "certificate": workflow.read_certificate,
    "table": effekt.read_table,
}


@pytest.mark.parametrize("what", READERS)
def test_a_place_that_is_no_file(tmp_path: Path, what: str) -> None:
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / "none.csv" / "deeper", Path("\x00"), Path("x" * 5000)):
        with pytest.raises(EffektError):
            READERS[what](path)
