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


FORMS = {
    "version 1": ("next", "previous", "http://api.kolada.se/v1/data/peryear/{}/2019?page={}"),
    "version 2": ("next_page", "previous_page", "http://api.kolada.se/v2/data/kpi/{}/year/2019?per_page=2&page={}"),
    "version 3": ("next_url", "previous_url", "https://api.kolada.se/v3/data/kpi/{}/year/2018,2019?page={}&per_page=2"),
    "opaque": ("next_url", "previous_url", "https://example.org/{}/after-{}"),
}


def pages_of(form, kpi, n, *, whole=False):
    """An answer in n pages of two entries; the first page has no link before it, the last none after it."""
    onward, back, link = FORMS[form]
    found = []
    for i in range(1, n + 1):
        own = [entry(f"{code:04}", kpi=kpi) for code in (100 + 2 * i, 101 + 2 * i)]
        links = {onward: link.format(kpi, i + 1) if i < n else None, back: link.format(kpi, i - 1) if i > 1 else None}
        if form in ("version 1", "version 2"):  # there a link that does not exist is left out
            links = {name: address for name, address in links.items() if address}
        found.append(answer(*own, **links) | ({"count": 2 * n} if whole else {}))
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("lengths", [(1,), (2,), (3,), (1, 2), (3, 1), (2, 2), (1, 1, 4), (3, 2)])
def test_a_page_that_is_missing_is_refused_and_whole_answers_are_read(file, form, whole, lengths):
    """Every set of files from one query or several, in two orders; it is whole when each answer is there or not.

    Opaque links tell only that as many pages have one after them as have one before them, and counts of whole answers
    that the files of such answers together have a multiple of the entries.
    """
    answers = [pages_of(form, f"N0009{i}", n, whole=whole) for i, n in enumerate(lengths)]
    named = [(i, j, file(page, f"{i}{j}.json")) for i, own in enumerate(answers) for j, page in enumerate(own)]
    for kept in range(1, 2 ** len(named)):
        chosen = [one for bit, one in enumerate(named) if kept >> bit & 1]
        have = [sorted(j for i, j, _ in chosen if i == which) for which in range(len(lengths))]
        complete = all(not own or len(own) == n for own, n in zip(have, lengths, strict=True))
        onward, back = sum(j + 1 < lengths[i] for i, j, _ in chosen), sum(j > 0 for _, j, _ in chosen)
        of_length = {n: sum(lengths[i] == n for i, *_ in chosen) for n in lengths}
        counted = whole and any(files % n for n, files in of_length.items())
        if form == "opaque" and onward == back and not counted and not complete:
            continue
        for paths in ([path for *_, path in chosen], [path for *_, path in reversed(chosen)]):
            if complete:
                assert len(rows(effekt.read_kolada(paths))) == 2 * len(chosen), have
                continue
            with pytest.raises(effekt.DataError, match=r"give every page of the answer\.$"):
                effekt.read_kolada(paths)


HONEST = {
    "the first page's link has no number": (
        {"next_url": "https://api.kolada.se/v3/data/kpi/N00090?page=2", "previous_url": None},
        {"next_url": None, "previous_url": "https://api.kolada.se/v3/data/kpi/N00090"},
    ),
    "another scheme, order, case of the host and escapes": (
        {"next_url": "http://API.kolada.se/v3/data/kpi/N00090/year/2018%2C2019?page=2&per_page=2"},
        {"previous_url": "https://api.kolada.se/v3/data/kpi/N00090/year/2018,2019/?per_page=2&page=1"},
    ),
    "the length of a page in one of the links": (
        {"next_url": "/v3/data/kpi/N00090?page=2&per_page=2"},
        {"previous_url": "/v3/data/kpi/N00090?page=1"},
    ),
    "a cursor": ({"next_url": "https://example.org/data?after=0128"}, {"previous_url": "https://example.org/data"}),
    "no text": ({"next_page": 2, "previous_page": None}, {"next_page": False, "previous_page": 1}),
    "empty text": ({"next": "x", "previous": ""}, {"next": "", "previous": "y"}),
    "no URL": ({"next": "https://[x/?page=2"}, {"previous": "https://[x/?page=1"}),
}


@pytest.mark.parametrize("form", HONEST)
def test_links_in_other_forms_are_read(file, form):
    first, second = HONEST[form]
    paths = [file(answer(entry("0127"), **first), "b.json"), file(answer(entry("0128"), **second), "a.json")]
    assert len(rows(effekt.read_kolada(paths))) == 2
    for one in paths:
        with pytest.raises(effekt.DataError, match=r"give every page of the answer\.$"):
            effekt.read_kolada(one)


V3 = "https://api.kolada.se/v3/data/kpi/N00090?page={}"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"1": {"next_url": V3.format(2)}, "3": {"previous_url": V3.format(2)}},
            "The file '1.json' says that another page follows it, which no file holds; give every page of the answer.",
        ),
        (
            {"1": {"next_url": V3.format(2)}, "single": {}},
            "The file '1.json' says that another page follows it, which no file holds; give every page of the answer.",
        ),
        (
            {"3": {"previous_url": V3.format(2)}},
            "The file '3.json' says that another page comes before it, which no file holds; give every page of the "
            "answer.",
        ),
        (
            {"a": {"next": "x"}, "b": {"next": "y"}, "c": {"previous": "z"}},
            "The files say 2 times that another page follows, and 1 time that one comes before, the first such file "
            "'a.json'; give every page of the answer.",
        ),
        (
            {"a": {}, "b": {"previous": "z"}},
            "The file 'b.json' says that another page comes before it, which no file holds; give every page of the "
            "answer.",
        ),
        (
            {"a": {}, "b": {"previous": 1}},
            "The files say 0 times that another page follows, and 1 time that one comes before, the first such file "
            "'b.json'; give every page of the answer.",
        ),
        (
            {"a": {"next_url": V3.format("2&per_page=5")}, "b": {"previous_url": V3.format("1&per_page=7")}},
            "The files 'a.json' and 'b.json' are pages of unlike length, 'per_page', of one query; fetch all its pages "
            "with one length.",
        ),
    ],
)
def test_the_sentence_names_the_file_with_a_link_to_nowhere(file, files, sentence):
    paths = [
        file(answer(entry(f"{i:04}"), **links), f"{name}.json") for i, (name, links) in enumerate(files.items(), 114)
    ]
    with pytest.raises(effekt.DataError) as refused:
        effekt.read_kolada(paths)
    assert str(refused.value) == sentence


def test_a_last_page_without_entries_is_a_page(file):
    """A service may say that another page follows when the last one is full."""
    first = file(answer(entry("0127"), next_url=V3.format(2)), "1.json")
    second = file(answer(previous_url=V3.format(1)), "2.json")
    assert len(rows(effekt.read_kolada([first, second]))) == 1


def test_the_count_of_one_answer_is_not_that_of_several(file):
    """Two answers without a link each are whole each; neither has the other's entries."""
    paths = [file(answer(entry(kpi=kpi)) | {"count": 2}, f"{kpi}.json") for kpi in ("N00090", "N00091")]
    with pytest.raises(
        effekt.DataError, match=r"^The file 'N00090\.json' has 1 entries, and says that there are 2; give"
    ):
        effekt.read_kolada(paths)


def test_deleted_values_are_left_out_and_counted(file):
    gone = {**value(99.0), "isdeleted": True}
    path = file(
        answer(
            entry("0127", 2019, {**value(6.5), "isdeleted": False}),
            entry("0128", 2019, gone, value(5.0)),
            entry("0129", 2019, gone, value(8.0, "K")),
            {**entry("0130", 2019, value(7.0)), "isdeleted": True},
            entry("0131", 2019, value(4.0), {**value(8.0, "K"), "isdeleted": True}),
        )
    )
    found = effekt.read_kolada(path)
    assert [(row[1], row[3]) for row in rows(found)] == [("0127", 6.5), ("0128", 5.0), ("0131", 4.0)]
    ledger = found.diagnostics[0]
    assert (ledger.values["deleted"], ledger.values["without_gender"], ledger.status) == (3, 0, "warning")
    assert "Values that Kolada has marked as deleted: 3; they are left out." in ledger.statement.en
    assert "Värden som Kolada har märkt som raderade: 3; de utelämnas." in ledger.statement.sv


@pytest.mark.parametrize("mark", [None, 0, 1, "true"])
def test_a_mark_of_deletion_that_is_neither_true_nor_false_is_refused(file, mark):
    wanted = (
        r"^Entry 1 of the file 'answer\.json' must have true or false as 'isdeleted', where it has it; fetch it again"
    )
    with pytest.raises(effekt.DataError, match=wanted):
        effekt.read_kolada(file(answer(entry("0127", 2019, {**value(6.5), "isdeleted": mark}))))


def test_the_count_may_be_that_of_all_pages(file):
    first = file({**answer(entry("0127"), next_page="x"), "count": 2}, "1.json")
    second = file({**answer(entry("0128"), previous_page="y"), "count": 2}, "2.json")
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
    found = effekt.read_kolada(path, kinds=["group", "nation", "municipality"])
    assert rows(found)[1] == ("N00090", "0127", 2019, None)
    ledger = found.diagnostics[0]
    assert ledger.status == "warning"
    assert ledger.values == {
        "files": 1,
        "values": 3,
        "missing": 1,
        "flagged": 1,
        "without_gender": 1,
        "deleted": 0,
        "other_kinds": 0,
        "municipalities": 1,
        "regions": 0,
        "groups": 1,
        "nation": 1,
    }
    assert ledger.table == {"status": ("'Missing'", "'Preliminary'"), "entries": (1, 1)}
    assert ledger.statement.en == (
        "Values read from Kolada: 3. Entries without a value: 1; their cells are empty. Values with a status of their "
        "own: 1. Entries without a value for this gender: 1; they are left out. Groups: 1; Kolada's value of a group "
        "is the unweighted mean of its municipalities. The nation is there; whether its value is weighted stands in "
        "the description of the key figure. Units of several kinds are in the table: comparator='others', and the "
        "placebos of a published series, take each of them for one like the treated."
    )
    assert ledger.statement.sv == (
        "Värden lästa från Kolada: 3. Poster utan värde: 1; cellerna är tomma. Värden med särskild status: 1. Poster "
        "utan värde för detta kön: 1; de utelämnas. Grupper: 1; Koladas värde för en grupp är kommunernas ovägda "
        "medelvärde. Riket finns med; om dess värde är vägt framgår av nyckeltalets beskrivning. Enheter av flera slag "
        "finns i tabellen: comparator='others', och placebona till en publicerad serie, tar var och en av dem för en "
        "som liknar de behandlade."
    )


CODES = ("0000", "0001", "0127", "2584", "G35841")


def test_municipalities_alone_are_read_unless_other_kinds_are_named(file):
    path = file(answer(*(entry(code, year) for code in CODES for year in (2018, 2019))))
    found = effekt.read_kolada(path)
    assert [row[1] for row in rows(found)] == ["0127", "0127", "2584", "2584"]
    ledger = found.diagnostics[0]
    assert ledger.status == "information"
    assert ledger.values["other_kinds"] == 6
    assert ledger.statement.en == (
        "Values read from Kolada: 4. Entries for regions, the nation and groups: 6; they are left out, as `kinds` does "
        "not name them."
    )
    assert ledger.statement.sv == (
        "Värden lästa från Kolada: 4. Poster för regioner, riket och grupper: 6; de utelämnas, eftersom `kinds` inte "
        "nämner dem."
    )
    regions = effekt.read_kolada(path, kinds="region")
    assert [row[1] for row in rows(regions)] == ["0001", "0001"]
    assert effekt.read_kolada(path, kinds=["municipality", "nation"]).diagnostics[0].status == "warning"


def test_others_are_municipalities(file):
    """The nation and a group among them would each be one placebo more."""
    codes = (*(f"{number:04}" for number in range(114, 120)), "0000", "G35841")
    entries = [
        entry(code, year, value(6 + i / 10 + year % 7 / (9 + i)))
        for i, code in enumerate(codes)
        for year in (2018, 2019)
    ]
    found = effekt.trend_adjusted(
        effekt.read_kolada(file(answer(*entries))).table,
        outcome="value",
        unit="municipality",
        time="year",
        period="year",
        treated="0114",
        reference_window=(2018, 2018),
        evaluation_window=(2019, 2019),
        comparator="others",
        weights=None,
    )
    assert found.sample.n_control == len(found.inference.errors) == 5


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
            answer(entry("127", 2019)),
            "Entry 1 of the file 'answer.json' must give a municipality, region or nation by four digits, with their "
            "zeros, or a group by G and digits; fetch it again.",
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
            "The files say 1 time that another page follows, and 0 times that one comes before, the first such file "
            "'answer.json'; give every page of the answer.",
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
        (
            {"kpi": "N00090", "kinds": ["nation", "region"]},
            "The files hold no value of 'N00090' for the kinds asked for, 'region' and 'nation', but for "
            "'municipality'; name these in `kinds`, or fetch the values.",
        ),
        (
            {"kinds": "group"},
            "The files hold no value for the kinds asked for, 'group', but for 'municipality'; name these in `kinds`, "
            "or fetch the values.",
        ),
        *(
            (
                {"kinds": kinds},
                "`kinds` must list one or more of 'municipality', 'region', 'nation' and 'group', each once; got "
                f"{kinds!r}.",
            )
            for kinds in ("county", [], ["nation", "nation"], None)
        ),
    ):
        with pytest.raises(effekt.EffektError) as refused:
            effekt.read_kolada(path, **arguments)
        assert str(refused.value) == sentence
    for folder in (".", "", path.parent):
        with pytest.raises(effekt.DataError, match=r"^'.+' is a folder; name the files that hold the answer\.$"):
            effekt.read_kolada(folder)
    with pytest.raises(effekt.DataError, match=r"^There is no file 'none\.json' to read; check the path\.$"):
        effekt.read_kolada(path.with_name("none.json"))
    with pytest.raises(
        effekt.ArgumentError, match=r"^`path` must be a path, or a list of one path or more; got \[\]\.$"
    ):
        effekt.read_kolada([])
