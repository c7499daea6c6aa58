"""Commands before there are data: cases, a contract's plan, what it can come to pay, its annex and its lock."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from effekt._text import Language, Text
from effekt._validation import join_words
from effekt.cli.group import cli, print_json, tell
from effekt.cli.options import (
    F,
    OutPath,
    contract_argument,
    governing_option,
    json_option,
    key_options,
    lang_option,
    log_option,
    private_key,
    read_envelope_file,
    tell_nothing_open,
)
from effekt.exceptions import ArgumentError


@cli.command()
@lang_option
@json_option
def cases(lang: Language, as_json: bool) -> None:
    """List the contracts that come with effekt."""
    from effekt import workflow

    lines = {name: workflow.case_line(name, lang) for name in workflow.case_names()}
    if as_json:
        print_json(lines)
        return
    width = max(map(len, lines))
    for name, line in lines.items():
        tell(f"{name:<{width}} {line}")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--case", "name", default="sick-leave", show_default=True, help="The case to start from.")
@lang_option
def init(folder: Path, name: str, lang: Language) -> None:
    """Copy a case to FOLDER as the start of a contract of your own."""
    from effekt import workflow

    workflow.copy_case(name, folder)
    contract = workflow.read_contract(folder / "contract.yaml")
    missing = [source.path for source in contract.model.data.values() if not (folder / source.path).exists()]
    if missing:
        text = Text(
            en=f"Its data do not come with effekt; README.md says how to get {' and '.join(missing)}.",
            sv=f"Dess data följer inte med effekt; i README.sv.md står hur man får {' och '.join(missing)}.",
        )
        tell(text.in_language(lang))
    path = shlex.quote(str(folder / "contract.yaml"))
    told = Text(
        en=f"The case {name} is in {folder}; edit contract.yaml there and run: effekt check {path}",
        sv=f"Fallet {name} finns i {folder}; ändra contract.yaml där och kör: effekt check {path}",
    )
    tell(told.in_language(lang))


def _outlook_options(function: F) -> F:
    """What `check` is told about a future that nobody knows yet."""
    return _options(function, _SUPPOSED)


def _options(function: F, supposed: tuple[tuple[str, str, str, str], ...]) -> F:
    for name, destination, metavar, help_ in reversed(supposed):
        several = name not in ("--figure", "--counterfactual-mean", "--paid", "--years")
        function = click.option(name, destination, multiple=several, metavar=metavar, help=help_)(function)
    return function


_SUPPOSED = (
    ("--std-error", "std_errors", "DECIMAL", "A standard error the estimate may come to have; repeatable."),
    ("--effect", "effects", "DECIMAL", "A true effect; repeatable. No effect is always added."),
    ("--figure", "figure", "ID", "The figure whose true value is varied."),
    ("--assume", "assumed", "ID=VALUE", "The value of a figure that does not follow from it; repeatable."),
    ("--counterfactual-mean", "counterfactual_mean", "DECIMAL", "The mean without the intervention."),
    ("--years", "years", "FIRST-LAST", "The years over which the maximum is spread, such as 2019-2021."),
    ("--invested", "invested", "DATE=AMOUNT", "What the investor pays in, and when; repeatable."),
    ("--paid", "paid", "DATE", "The day of the outcome payment."),
)

_NOT_SHOWN = Text(
    en="With --std-error it shows the payment curve, what to expect, how likely each condition is and the return.",
    sv="Med --std-error visas betalningskurvan, vad som är att vänta, hur sannolikt varje villkor är och avkastningen.",
)


@cli.command()
@contract_argument
@governing_option
@_outlook_options
@lang_option
@json_option
def check(contract: Path, governing_text: Path | None, lang: Language, as_json: bool, **supposed: Any) -> None:
    """Check a CONTRACT before there are data: what it says, what it leaves open, and what it can come to pay."""
    from effekt import workflow
    from effekt.contracts import line_terms, maximum_by_year, payment_terms
    from effekt.workflow.plan.reached import lower_bounds, upper_bounds, upper_bounds_of_each
    from effekt.workflow.plan.several_settlements import liability, settlements

    found = workflow.check(workflow.read_contract(contract), governing_text=governing_text)
    seen, several = _outlook(found.contract, supposed), settlements(found.contract)
    dated = maximum_by_year(found.contract) if several is None else several.maximum_by_year
    booked = liability(found.contract)
    only = upper_bounds(found.contract, found.maximum_total, several, booked)
    parts = _spread(found, supposed)
    evenly = {} if dated else parts
    terms = {id: text.in_language(lang) for id, text in line_terms(found.contract).items()}
    figures = {id: text.in_language(lang) for id, text in found.figures.items()}
    beside = _beside(found.contract.model, lang)
    cautions = [text.in_language(lang) for text in found.cautions]
    settled = [text.in_language(lang) for text in found.by_convention]
    if as_json:
        bounds = {name: getattr(found, name) for name in ("maximum", "maximum_total")}
        left = [
            {"field": one.field, "place": one.place}
            | {name: getattr(one, name).in_language(lang) for name in ("text", "remedy")}
            for one in found.undecided
        ]
        ahead = None if seen is None else json.loads(seen.to_json())
        told = {"terms": terms, "figures": figures, **bounds, "cautions": cautions}
        told |= {"settlements": list(several.days), "maximum_over_all": several.maximum} if several else {}
        told |= {"maximum_by_year": dated} if dated else {}
        told |= _booked(found.contract, booked, lang) | {"upper_bounds": [*only, *upper_bounds_of_each(found.contract)]}
        told |= {"maximum_spread": evenly} if evenly else {}
        told |= beside
        told |= {"governing_text": found.governing_text.in_language(lang)} if found.governing_text else {}
        print_json(
            {
                **told,
                "minimum_total": found.minimum_total,
                "lower_bounds": lower_bounds(found.contract, found.minimum_total),
                "by_convention": settled,
                "undecided": left,
                "outlook": ahead,
            }
        )
        return
    for id, sentence in terms.items():
        tell(f"{id}: {sentence}")
    for text in payment_terms(found.contract):
        tell(text.in_language(lang))
    for sentence in (*figures.values(), *itertools.chain.from_iterable(beside.values())):
        tell(f"  {sentence}")
    _tell_standing(found, lang, foreseen=seen is not None)
    _tell_most(found, several, booked, only, {**dated, **evenly}, lang, spread_evenly=bool(evenly))
    if seen is not None:
        tell(f"\n{seen.text(lang)}")


def _beside(terms: Any, lang: Language) -> dict[str, list[str]]:
    """What a contract says of thin data, of ending early and of what is hidden, where it does."""
    from effekt.reports.disclosure import disclosure_sentences
    from effekt.reports.endings import ending_sentences
    from effekt.reports.thin_data import thin_sentences

    topics = {"thin_data": thin_sentences, "endings": ending_sentences, "disclosure": disclosure_sentences}
    said = {key: [text.in_language(lang) for text in sentences(terms)] for key, sentences in topics.items()}
    return {key: listed for key, listed in said.items() if listed}


def _tell_standing(found: Any, lang: Language, *, foreseen: bool) -> None:
    """What a contract is held to, warned of, decided by and still open in; and with what more is shown."""
    from effekt.reports.lacking import paid_points

    if found.governing_text is not None:
        tell(found.governing_text.in_language(lang))
    for caution in found.cautions:
        tell(f"! {caution.in_language(lang)}")
    for sentence in found.by_convention:
        tell(f"= {sentence.in_language(lang)}")
    for one in found.undecided:
        tell(f"? {one.text.in_language(lang)} {one.remedy.in_language(lang)}")
    if not foreseen and paid_points(found.contract.model):
        tell(_NOT_SHOWN.in_language(lang))


def _booked(contract: Any, booked: Any, lang: Language) -> dict[str, Any]:
    """The most of each party, of all with what guarantors pay, and of an amended contract what it is of, as JSON."""
    from effekt.contracts import guarantee_maxima
    from effekt.workflow.plan.several_settlements import scope

    told, of = {"maximum_by_party": booked.by_party}, scope(contract)
    told |= {"maximum_scope": of.in_language(lang)} if of is not None else {}
    if booked.guarantors:
        told |= {"maximum_with_guarantees": booked.total, "maximum_of_guarantees": guarantee_maxima(contract)}
        told |= {"maximum_by_year_with_guarantees": booked.by_year} if booked.by_year else {}
    return told


def _tell_most(
    found: Any,
    several: Any,
    booked: Any,
    only: list[str],
    years: Mapping[str, str | None],
    lang: Language,
    *,
    spread_evenly: bool,
) -> None:
    """What is booked: the most of one settlement, of several together, of each year, and of each party."""
    from effekt.contracts import format_money
    from effekt.workflow.plan.reached import marked, of_all, of_year, what_upper_is
    from effekt.workflow.plan.several_settlements import IN_ALL, IN_ONE, NO_BOUND, above_all, most_of_all, scope

    terms = found.contract.model
    unbounded = NO_BOUND.in_language(lang)
    most = {"sv": "Högst att betala", "en": "At most payable"}[lang]
    beside = {"sv": ", garantier inräknade", "en": ", guarantees included"}[lang] if booked.guarantors else ""

    def say(what: str, bound: str | None, name: str) -> None:
        amount = unbounded if bound is None else format_money(bound, terms.payment.currency, lang)
        tell(f"{most}{what}: {amount}{marked(name, only).in_language(lang)}")

    of = scope(found.contract)
    if of is not None:
        tell(of.in_language(lang))
    each = IN_ONE.in_language(lang) if several else ""
    lines = {"sv": " av raderna", "en": " of the lines"}[lang] if booked.guarantors else ""
    say(lines + each, found.maximum_total, "maximum_total")
    if several:
        together = most_of_all(several, terms.payment.currency).in_language(lang)
        tell(f"{most}{lines} {together}{marked('maximum_over_all', only).in_language(lang)}")
    whole = of_all(several is not None, bool(booked.guarantors))
    over = IN_ALL.in_language(lang) if several else ""
    if booked.guarantors:
        say({"sv": " av alla", "en": " by all"}[lang] + beside + over, booked.total, whole)
    shared = {"sv": ", jämnt fördelat", "en": ", spread evenly"}[lang] if spread_evenly else ""
    for year, bound in (years if spread_evenly else booked.by_year).items():
        say(f" {year}{beside}{shared}", bound, whole if spread_evenly else of_year(bool(booked.guarantors), year))
    own = {"sv": ", egen garanti inräknad", "en": ", its own guarantee included"}[lang]
    for party, bound in booked.by_party.items() if len(booked.by_party) > 1 else ():
        by = {"sv": " av ", "en": " by "}[lang] + terms.parties[party].name
        say(by + (own if party in booked.guarantors else "") + over, bound, f"maximum_by_party.{party}")
    if (why := above_all(found.contract, booked)) is not None:
        tell(why.in_language(lang))
    if only:
        tell(what_upper_is(of).in_language(lang))
    _tell_remedy(found, booked, lang)


def _tell_remedy(found: Any, booked: Any, lang: Language) -> None:
    """Which lines and guarantees have no bound where the whole has none, and what gives them one."""
    from effekt.contracts import guarantee_maxima

    open_lines = [id for id, most in found.maximum.items() if most is None] if found.maximum_total is None else []
    open_guarantees = [id for id, most in guarantee_maxima(found.contract).items() if most is None]
    if booked.total is None and (names := open_lines + open_guarantees):
        listed = join_words(names, {"sv": "och", "en": "and"}[lang])
        remedy = {
            "sv": f"Ingen övre gräns är bevisad för {listed}. Ange `cap` på varje rad eller garanti som saknar gräns.",
            "en": f"No upper bound is proved of {listed}. Give each line or guarantee without a bound a `cap`.",
        }
        tell(remedy[lang])


def _outlook(contract: Any, supposed: dict[str, Any]) -> Any:
    """What the contract can come to pay, when standard errors are given; None without any supposition but of years."""
    from effekt import workflow

    if not any(value for name, value in supposed.items() if name != "years"):
        return None
    pairs = {name: _pairs(f"--{option}", supposed[name]) for name, option in _PAIRS.items()}
    if not supposed["std_errors"]:
        given = [option for option, name, *_ in _SUPPOSED if name not in ("std_errors", "years") and supposed[name]]
        raise ArgumentError(
            f"`--std-error` must be given, once or more, with {' and '.join(given)}: without it there is no outlook."
        )
    return workflow.outlook(
        contract,
        std_errors=supposed["std_errors"],
        effects=supposed["effects"],
        figure=supposed["figure"],
        counterfactual_mean=supposed["counterfactual_mean"],
        years=_years(supposed["years"] or ""),
        paid=supposed["paid"],
        **pairs,
    )


def _spread(found: Any, supposed: dict[str, Any]) -> dict[str, str]:
    """The most it can pay in equal parts over the years that are given alone; an outlook tells it by itself."""
    from effekt.contracts import guarantee_maxima
    from effekt.workflow.outlook import spread
    from effekt.workflow.plan.several_settlements import liability

    years = _years(supposed["years"] or "")
    if not years or supposed["std_errors"]:
        return {}
    most = liability(found.contract).total
    unbounded = [id for id, bound in guarantee_maxima(found.contract).items() if bound is None]
    if found.maximum_total is None:
        raise ArgumentError(
            "`--years` spreads the most that the contract can pay, which nothing bounds; give it a cap, or leave the "
            "option out."
        )
    if unbounded:
        raise ArgumentError(
            "`--years` spreads the most that can be paid, guarantees included, and nothing bounds "
            f"{join_words(unbounded, 'and')}; give a guarantee of a figure a cap, or leave the option out."
        )
    return spread(found.contract, most, years)


def _years(text: str) -> tuple[int, ...]:
    first, _, last = text.partition("-")
    if text and not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first) < 10_000):
        raise ArgumentError(f"`years` must be a year or two such as 2019-2021; got {text!r}.")
    return tuple(range(int(first), int(last or first) + 1)) if text else ()


_PAIRS = {"assumed": "assume", "invested": "invested"}


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name or name in found:
            raise ArgumentError(f"`{option}` must be NAME=VALUE with each name once; got {text!r}.")
        found[name] = value
    return found


@cli.command()
@contract_argument
@click.option("--out", type=OutPath(), help="The annex's file, new; without it the annex is printed.")
@lang_option
def annex(contract: Path, out: Path | None, lang: Language) -> None:
    """Write the measurement annex of a CONTRACT: its terms in sentences, in Markdown."""
    from effekt import workflow
    from effekt.certificates import write_atomic

    text = workflow.annex(workflow.read_contract(contract), lang=lang)
    if out is None:
        tell(text.rstrip("\n"))
    else:
        write_atomic(out, text.encode())
        tell(Text(en=f"The annex is written: {out}", sv=f"Bilagan är skriven: {out}").in_language(lang))


def _amend_options(function: F) -> F:
    """Values at which two contracts are settled beside each other."""
    return _options(function, _SUPPOSED[:4])


@cli.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@_amend_options
@lang_option
@json_option
def amend(before: Path, after: Path, lang: Language, as_json: bool, **supposed: Any) -> None:
    """Show what the amendment AFTER changes in the contract BEFORE, and in what it can come to pay."""
    from effekt import workflow

    found = workflow.amend(
        workflow.read_contract(before),
        workflow.read_contract(after),
        std_errors=supposed["std_errors"],
        effects=supposed["effects"],
        figure=supposed["figure"],
        assumed=_pairs("--assume", supposed["assumed"]),
    )
    if as_json:
        print_json(json.loads(found.to_json()))
    else:
        tell(found.text(lang))


@cli.command()
@contract_argument
@key_options
@click.option("--date", required=True, help="The day of the lock, YYYY-MM-DD.")
@click.option("--beside", type=click.Path(path_type=Path), help="A lock that others have signed, to be signed too.")
@click.option("--undecided-accepted", is_flag=True, help="Lock although terms that money turns on are left open.")
@click.option("--diary", help="The number under which the contract file is registered, with --registry.")
@click.option("--registry", help="Whose register it is.")
@click.option("--out", type=OutPath(), required=True, help="The lock's file, new.")
@log_option
@lang_option
def lock(
    contract: Path,
    key: str,
    passphrase_file: Path | None,
    date: str,
    beside: Path | None,
    undecided_accepted: bool,
    diary: str | None,
    registry: str | None,
    out: Path,
    log: Path | None,
    lang: Language,
) -> None:
    """Sign that the plan of a CONTRACT stands; what it leaves open is listed, and what money turns on refused."""
    from effekt import workflow
    from effekt.certificates import check_place, write_atomic

    check_place(out)
    found = workflow.read_contract(contract)
    envelope = workflow.lock(
        found,
        key=private_key(key, passphrase_file, lang),
        date=date,
        beside=None if beside is None else read_envelope_file(beside),
        log=log,
        undecided_accepted=undecided_accepted,
        diary=diary,
        registry=registry,
    )
    write_atomic(out, envelope.to_bytes())
    tell_nothing_open(found, lang, accepted=undecided_accepted)
    for one in workflow.undecided(found):
        tell(f"? {one.text.in_language(lang)} {one.remedy.in_language(lang)}")
    told = Text(en=f"The plan is locked, dated {date}: {out}", sv=f"Planen är låst, daterad {date}: {out}")
    tell(told.in_language(lang))
