"""Kolada's JSON, in its documented shape; every value here is invented."""

from __future__ import annotations

import json

import pytest

import effekt


def value(number, gender="T", status="", count=1):
    return {"count": count, "gender": gender, "status": status, "value": number}


def entry(municipality="0127", year=2019, *values, kpi="N00090"):
    return {"kpi": kpi, "municipality": municipality, "period": year, "values": list(values or [value(6.5)])}


def answer(*entries, **more):
    return {"count": len(entries), "values": list(entries), **more}


@pytest.fixture
def file(tmp_path):
    def write(tree, name="answer.json"):
        path = tmp_path / name
        path.write_bytes(tree if isinstance(tree, bytes) else json.dumps(tree).encode())
        return path

    return write


def rows(found):
    return list(zip(*(found.table.raw(name) for name in ("kpi", "municipality", "year", "value")), strict=True))


def test_rows_in_order_and_one_gender(file):
    path = file(
        answer(
            entry("0128", 2020, value(7.25, "K"), value(5.0, "M"), value(6.0)),
            entry("0127", 2020, value(8, "K"), value(4, "M"), value(6)),
            entry("0127", 2019, value(9, "K"), value(3.5, "M"), value(6.5)),
        )
    )
    assert rows(effekt.read_kolada(path)) == [
        ("N00090", "0127", 2019, 6.5),
        ("N00090", "0127", 2020, 6.0),
        ("N00090", "0128", 2020, 6.0),
    ]
    assert [row[3] for row in rows(effekt.read_kolada(path, gender="K"))] == [9, 8, 7.25]
    assert effekt.read_kolada(path).diagnostics[0].status == "ok"


def test_version_3_has_other_keys_for_pages(file):
    first = file(answer(entry("0127"), next_url="https://example.org/2", previous_url=None), "1.json")
    second = file(answer(entry("0128"), next_url=None, previous_url="https://example.org/1"), "2.json")
    assert len(rows(effekt.read_kolada([second, first]))) == 2
    assert rows(effekt.read_kolada([second, first])) == rows(effekt.read_kolada([first, second]))


def test_the_count_may_be_that_of_all_pages(file):
    first = file({**answer(entry("0127"), next_page="x"), "count": 2}, "1.json")
    second = file({**answer(entry("0128")), "count": 2}, "2.json")
    assert len(rows(effekt.read_kolada([first, second]))) == 2


def test_what_is_missing_is_empty_and_counted(file):
    path = file(
        answer(
            entry("0127", 2019, value(None, status="Missing", count=0)),
            entry("0127", 2020, value(6.5, status="Preliminary")),
            entry("0127", 2021, value(6.5, "K")),
            entry("0000", 2019),
            entry("G35841", 2019),
        )
    )
    found = effekt.read_kolada(path)
    assert rows(found)[1] == ("N00090", "0127", 2019, None)
    ledger = found.diagnostics[0]
    assert ledger.status == "warning"
    assert ledger.values == {
        "files": 1,
        "values": 3,
        "missing": 1,
        "flagged": 1,
        "without_gender": 1,
        "municipalities": 1,
        "groups": 1,
        "nation": 1,
    }
    assert ledger.table == {"status": ("'Missing'", "'Preliminary'"), "entries": (1, 1)}
    assert ledger.statement.en == (
        "Values read from Kolada: 3. Entries without a value: 1; their cells are empty. Values with a status of their "
        "own: 1. Entries without a value for this gender: 1; they are left out. Groups among the municipalities: 1; "
        "Kolada's value of a group is the unweighted mean of its municipalities. The nation is among the "
        "municipalities; whether its value is weighted stands in the description of the key figure."
    )
    assert ledger.statement.sv == (
        "Värden lästa från Kolada: 3. Poster utan värde: 1; cellerna är tomma. Värden med särskild status: 1. Poster "
        "utan värde för detta kön: 1; de utelämnas. Grupper bland kommunerna: 1; Koladas värde för en grupp är "
        "kommunernas ovägda medelvärde. Riket finns bland kommunerna; om dess värde är vägt framgår "
        "av nyckeltalets beskrivning."
    )


def test_several_key_figures_and_one_of_them(file):
    path = file(answer(entry(kpi="N00091"), entry(kpi="N00090")))
    assert [row[0] for row in rows(effekt.read_kolada(path))] == ["N00090", "N00091"]
    assert [row[0] for row in rows(effekt.read_kolada(path, kpi="N00091"))] == ["N00091"]


SHAPE = "Entry 1 of the file 'answer.json' must have "


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (
            [1],
            "The file 'answer.json' must be an object with a whole number 'count' and a list 'values', as Kolada's "
            "data service answers; fetch it again.",
        ),
        (
            answer({"kpi": "N00090"}),
            SHAPE + "the texts 'kpi' and 'municipality', a year 'period' and a list 'values'; fetch it again.",
        ),
        (
            answer(entry("0127", True)),
            SHAPE + "the texts 'kpi' and 'municipality', a year 'period' and a list 'values'; fetch it again.",
        ),
        (
            answer(entry("0127\n", 2019)),
            SHAPE + "the texts 'kpi' and 'municipality', a year 'period' and a list 'values'; fetch it again.",
        ),
        (
            answer(entry("0127", 2019, value("6,5"))),
            SHAPE + "numbers or null as 'value', and text as 'status'; fetch it again.",
        ),
        (
            answer(entry("0127", 2019, value(6.5, "X"))),
            SHAPE + "values with a 'gender', T, K or M, and a 'value'; fetch it again.",
        ),
        (
            answer(entry("0127", 2019, value(6.5), value(6.6))),
            "Entry 1 of the file 'answer.json' has several values for gender 'T'; fetch it again.",
        ),
        (
            answer(entry(), entry()),
            "Entry 2 of the file 'answer.json' gives a key figure, municipality and year that an earlier entry gave; "
            "give each page once.",
        ),
        (
            answer(entry(), next_page="https://example.org/2"),
            "The file 'answer.json' says that another page follows, and so do all the others; give every page of the "
            "answer.",
        ),
        (
            {**answer(entry()), "count": 2},
            "The file 'answer.json' has 1 entries, and says that there are 2; give every page of the answer.",
        ),
        (
            answer(entry("0127", 2019, value(1, "K"))),
            "The files hold no value for gender 'T'; fetch them again, or name another gender.",
        ),
        (
            b'{"count": 0, "count": 0, "values": []}',
            "The file 'answer.json' has the key 'count' twice in one object; keep one of them.",
        ),
        (b"<html>", "The file 'answer.json' is not JSON at line 1, column 1; use it as it was written."),
        (b'{"count": NaN}', "The file 'answer.json' holds NaN; JSON has finite numbers."),
        (b"[" * 100_000, "The file 'answer.json' is nested deeper than 64 levels; flatten it."),
        (b"", "The file 'answer.json' is empty: nothing stands in it; use the file as it was written."),
    ],
)
def test_hostile_files(file, tree, sentence):
    with pytest.raises(effekt.DataError) as refused:
        effekt.read_kolada(file(tree))
    assert str(refused.value) == sentence


def test_what_is_refused(file):
    path = file(answer(entry()))
    for arguments, sentence in (
        ({"gender": "F"}, "`gender` must be 'T', 'K' or 'M'; got 'F'."),
        (
            {"kpi": "N00098"},
            "The files hold no value of 'N00098' for gender 'T'; check `kpi`, or fetch the key figure.",
        ),
    ):
        with pytest.raises(effekt.EffektError) as refused:
            effekt.read_kolada(path, **arguments)
        assert str(refused.value) == sentence
    with pytest.raises(effekt.DataError, match=r"^There is no file 'none\.json' to read; check the path\.$"):
        effekt.read_kolada(path.with_name("none.json"))
    with pytest.raises(
        effekt.ArgumentError, match=r"^`path` must be a path, or a list of one path or more; got \[\]\.$"
    ):
        effekt.read_kolada([])
