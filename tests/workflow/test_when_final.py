"""What a file leaves open of when its certificates are final and on which data, and where nothing turns on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates.predicate import Plan
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import ArgumentError
from effekt.workflow import case_contract, undecided
from effekt.workflow.rules.dates import check_dates, first_final_day

FIELDS = ("run_out", "data_lock", "interim", "revisions")
DATES = "dates: {"
BEFORE = "\nattribution:"


def read(name: str, *changes: tuple[str, str]) -> Contract:
    """A case with parts of its file written otherwise."""
    text = case_contract(name).raw.decode()
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse_contract(text.encode())


def dated(more: str) -> tuple[str, str]:
    return DATES, f"{DATES}{more}, "


def stated(key: str) -> tuple[str, str]:
    return BEFORE, f"\n{key}{BEFORE}"


def asked(contract: Contract) -> list[str]:
    return [one.field for one in undecided(contract) if one.field in FIELDS]


REVISED = stated("revisions: {then: stands}")


@pytest.mark.parametrize(
    ("name", "changes", "left"),
    [
        # an evaluation window ends the outcomes of a table that has no edition
        ("sick-leave", (), ["run_out", "data_lock", "revisions"]),
        ("sick-leave", (dated("run_out: 0"),), ["data_lock", "revisions"]),
        ("sick-leave", (dated('data_lock: "2022-03-01"'),), ["run_out", "revisions"]),
        ("sick-leave", (REVISED,), ["run_out", "data_lock"]),
        ("sick-leave", (dated('run_out: 60, data_lock: "2022-03-02"'), REVISED), []),
        # its edition is named, its bytes are committed to, or it is a publication: the data are frozen by that
        ("helsingborg", (), ["run_out", "revisions"]),
        ("peterborough", (), ["revisions"]),
        # a publication without a last day of outcomes: there is nothing to look at before it
        ("skolfam-2017", (), ["revisions"]),
        # several settlements on days of their own: one day cannot freeze the data of all
        ("sick-leave", (dated('certificates: ["2022-02-01", "2023-02-01"]'),), ["run_out", "revisions"]),
        ("sick-leave", (dated('certificates: ["2022-02-01"]'),), ["run_out", "data_lock", "revisions"]),
        # nothing says when the outcomes that are paid for end
        ("rate-card", (), ["data_lock", "interim", "revisions"]),
        ("rate-card", (dated('data_lock: "2023-12-01"'),), ["revisions"]),
        ("rate-card", (dated('certificates: ["2023-12-01"]'),), ["data_lock", "revisions"]),
        ("rate-card", (stated("interim: []"),), ["data_lock", "revisions"]),
        ("rate-card", (stated('interim: [{at: "2023-12-01", pays: false}]'),), ["data_lock", "revisions"]),
        # attested alone: there is no table, and a final certificate may be of any day
        ("norrkoping", (), ["interim"]),
        ("norrkoping", (dated('certificates: ["2019-09-01"]'),), []),
        # figures that say until when outcomes count
        ("klippan", (), ["run_out", "data_lock", "revisions"]),
    ],
)
def test_what_is_open_of_when_and_on_which_data(
    name: str, changes: tuple[tuple[str, str], ...], left: list[str]
) -> None:
    assert asked(read(name, *changes)) == left


def test_a_table_that_is_sealed_is_frozen_by_its_seal() -> None:
    seal = f'  months: {{sealed: {{hmac_sha256: "{"0" * 64}", salt: "salt.txt"}}, path'
    assert asked(read("rate-card", stated("log: runs.jsonl"), ("  months: {path", seal))) == ["interim", "revisions"]


def final(contract: Contract, date: str) -> None:
    check_dates(contract, date=date, kind="final", plan=Plan(), attestations=())


@pytest.mark.parametrize(
    ("name", "change", "date"),
    [
        ("sick-leave", dated("run_out: 60"), "2022-03-01"),
        ("sick-leave", dated('data_lock: "2022-03-02"'), "2022-03-01"),
        ("rate-card", dated('data_lock: "2023-12-01"'), "2023-11-30"),
        ("rate-card", stated('interim: [{at: "2023-12-01", pays: false}]'), "2023-11-30"),
        ("norrkoping", stated('interim: [{at: "2018-12-01", pays: false}]'), "2018-11-30"),
    ],
)
def test_what_is_asked_for_would_keep_a_certificate_from_being_final(
    name: str, change: tuple[str, str], date: str
) -> None:
    final(read(name), date)
    with pytest.raises(ArgumentError, match=r"^`date` must"):
        final(read(name, change), date)


@pytest.mark.parametrize("name", ["sick-leave", "norrkoping"])
def test_a_look_that_is_not_asked_for_would_keep_none_from_it(name: str) -> None:
    day = dated('certificates: ["2022-02-01"]')
    looked = read(name, day, stated('interim: [{at: "2020-06-30", pays: false}]'))
    assert "interim" not in asked(read(name, day))
    assert first_final_day(looked) == first_final_day(read(name, day))


SAID = {
    "en": [
        "? The file does not say how many days after the last that counts it takes until all outcomes are recorded, so "
        "none are waited for. Write it as dates.run_out, 0 where they are recorded at once, before signing.",
        "? The file does not say when the data are frozen, so a final certificate can come sooner or later, on what "
        "they are by then. Write it as dates.data_lock, before signing.",
        "? The file does not say on which days the figures are only looked at, and no day in it keeps a certificate "
        "from being final before the end. Write them under interim, [] where there are none, or when it is settled "
        "under dates.certificates, before signing.",
        "? The file does not say what follows when a source is revised after it was used, so what is settled then is "
        "paid on whichever table is given. Write it under revisions, before signing.",
    ],
    "sv": [
        "? Filen anger inte hur många dagar efter den sista som räknas det dröjer innan alla utfall är registrerade, "
        "så inga väntas in. Skriv det som dates.run_out, 0 där de registreras genast, före undertecknandet.",
        "? Filen anger inte när data låses, så ett slutligt intyg kan komma förr eller senare, på de data som då "
        "finns. Skriv det som dates.data_lock, före undertecknandet.",
        "? Filen anger inte vilka dagar siffrorna bara tas fram, och ingen dag i den hindrar att ett intyg blir "
        "slutligt före slutet. Skriv dem under interim, [] där det inte finns några, eller när avtalet avräknas under "
        "dates.certificates, före undertecknandet.",
        "? Filen anger inte vad som följer när en källa revideras efter att den använts, så det som då avräknas "
        "betalas på den tabell som ges. Skriv det under revisions, före undertecknandet.",
    ],
}


@pytest.mark.parametrize("lang", ["en", "sv"])
def test_the_commands_say_it_and_a_plan_is_locked_all_the_same(
    effekt: Callable[..., tuple[int, str, str]], tmp_path: Path, lang: str
) -> None:
    run_out, data_lock, interim, revisions = SAID[lang]
    for name, told in (
        ("sick-leave", [run_out, data_lock, revisions]),
        ("rate-card", [data_lock, interim, revisions]),
    ):
        contract = workflow.case(name) / "contract.yaml"
        lock = ("lock", contract, "--key", "demo", "--date", "2022-11-20", "--out", tmp_path / f"{name}.json")
        for command in (("check", contract), lock):
            code, out, _ = effekt(*command, "--lang", lang)
            assert (code, [line for line in out.splitlines() if line in SAID[lang]]) == (0, told)


def test_that_no_look_is_declared_can_be_stated() -> None:
    bare, none = read("rate-card"), read("rate-card", stated("interim: []"))
    for lang, told in (
        ("en", "No look at the figures before the end is declared."),
        ("sv", "Ingen avläsning av siffrorna före slutet är angiven."),
    ):
        assert told in workflow.annex(none, lang=lang)  # type: ignore[arg-type]
        assert told not in workflow.annex(bare, lang=lang)  # type: ignore[arg-type]
    assert first_final_day(none) == first_final_day(bare)


@pytest.mark.parametrize("name", workflow.case_names())
def test_what_is_asked_for_can_be_written_in_every_case(name: str) -> None:
    case = read(name)
    written = {
        "run_out": dated("run_out: 0"),
        "data_lock": dated(f'data_lock: "{first_final_day(case)}"'),
        "interim": stated("interim: []"),
        "revisions": stated("revisions: {then: refer}"),
    }
    for field in asked(case):
        assert field not in asked(read(name, written[field]))
    answered = case_contract(name).raw.decode()
    for field in asked(case):
        answered = answered.replace(*written[field])
    assert asked(parse_contract(answered.encode())) == []
    workflow.check(parse_contract(answered.encode(), case_contract(name).folder))
