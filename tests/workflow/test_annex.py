"""The annex says all that moves a number, and every argument and option of every method has its words."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from effekt import workflow
from effekt.certificates import generate_key, public_text
from effekt.certificates.signing import public_key
from effekt.contracts import parse_contract
from effekt.estimators import METHODS
from effekt.reports.argument_words import ARGUMENTS, METHOD_NAMES, NOT_USED, OPTIONS
from effekt.reports.arguments import WORDED, argument_sentence, argument_value
from effekt.reports.terms import figure_terms
from effekt.result.summary import VIEW_NAMES
from effekt.workflow.annex import _signed_by
from effekt.workflow.data.arguments import NESTED, REFUSED, defaults, without_choice
from effekt.workflow.plan.by_convention import decided_by_convention

CALLS = {**METHODS, **NESTED}


def options_of(hint: Any) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from (one for one in get_args(hint) if isinstance(one, str))
        return
    for part in get_args(hint):
        yield from options_of(part)


@pytest.mark.parametrize("method", CALLS)
def test_every_argument_and_option_has_words_in_both_languages(method: str) -> None:
    hints = get_type_hints(CALLS[method])
    for name in inspect.signature(CALLS[method]).parameters:
        if name in ("data", *REFUSED):
            continue
        assert name in ARGUMENTS, name
        for option in set(options_of(hints[name])) - {"none"}:
            words = VIEW_NAMES if name == "threshold_view" else OPTIONS  # the one argument that names a view
            assert name in WORDED or words is VIEW_NAMES, name
            told = argument_value(name, option)
            assert told == words[option], option
            assert "_" not in told.en + told.sv
    assert method in METHOD_NAMES or method in NESTED


def test_no_two_arguments_of_a_method_have_the_same_words() -> None:
    for function in CALLS.values():
        names = [name for name in inspect.signature(function).parameters if name in ARGUMENTS]
        for lang in ("en", "sv"):
            told = [ARGUMENTS[name].in_language(lang) for name in names]  # type: ignore[arg-type]
            assert len(set(told)) == len(told)


def test_words_that_nothing_uses_do_not_stand_in_the_table() -> None:
    known = {name for function in CALLS.values() for name in inspect.signature(function).parameters}
    inner = {"at", "better", "check", "column", "first", "includes", "kind", "last", "share", "weight"}
    assert set(ARGUMENTS) - known - inner == set()
    assert set(METHOD_NAMES) == set(METHODS)
    assert set(NOT_USED) <= known
    given = {
        option
        for function in CALLS.values()
        for hint in get_type_hints(function).values()
        for option in options_of(hint)
    }
    assert set(OPTIONS) - given == {"others", "lower", "higher", "sampling", "frequency", "precision"}


@pytest.mark.parametrize(
    ("name", "value", "en", "sv"),
    [
        ("reference_window", ["2016", "2018"], "Reference window: 2016 to 2018.", "Referensfönster: 2016 till 2018."),
        (
            "excluded",
            [["2020-03", "2020-06"], ["2021-01", "2021-02"]],
            "Periods left out: 2020-03 to 2020-06 and 2021-01 to 2021-02.",
            "Perioder som utesluts: 2020-03 till 2020-06 och 2021-01 till 2021-02.",
        ),
        (
            "evaluation_window",
            "säsongerna 2016/17 till 2017/18",
            "Evaluation window: säsongerna 2016/17 till 2017/18 (2016-07 to 2018-06).",
            "Utvärderingsfönster: säsongerna 2016/17 till 2017/18 (2016-07 till 2018-06).",
        ),
        (
            "excluded",
            ["tertial 2 2017", ["2021-01", "2021-02"]],
            "Periods left out: tertial 2 2017 (2017-05 to 2017-08) and 2021-01 to 2021-02.",
            "Perioder som utesluts: tertial 2 2017 (2017-05 till 2017-08) och 2021-01 till 2021-02.",
        ),
        ("outcome", "pay", "Outcome: pay.", "Utfall: pay."),
        ("outcome", ["days", "staff"], "Outcome: days over staff.", "Utfall: days delat med staff."),
        (
            "outcome",
            [
                {"column": "pay", "unit": "SEK", "better": "higher"},
                {"column": ["a", "b"], "unit": "", "better": "none"},
            ],
            "Outcome: pay, in SEK; higher is better; a over b.",
            "Utfall: pay, i SEK; högre är bättre; a delat med b.",
        ),
        ("treated", "0127", "With the intervention: 0127.", "Med insatsen: 0127."),
        ("treated", ["others", "mean"], "With the intervention: others and mean.", "Med insatsen: others och mean."),
        ("comparator", "mean", "Compared with: mean.", "Jämförs med: mean."),
        ("covariates", ["sex", "mean"], "Covariates: sex and mean.", "Kovariater: sex och mean."),
        ("covariates", [], "Covariates: none.", "Kovariater: inga."),
        ("caliper", "0.2", "Largest distance within a match: 0.2.", "Största avstånd inom en match: 0,2."),
        ("replace", False, "A control may be used again: no.", "En kontroll får användas igen: nej."),
        ("weights", "none", "Weights: none: all count equally.", "Vikter: inga: alla räknas lika."),
        ("own_unit", "none", "The treated units in the comparator's series: not used.", None),
        (
            "weights",
            {"column": "w", "kind": "sampling"},
            "Weights: column: w, kind: sampling.",
            "Vikter: kolumn: w, slag: urval.",
        ),
        (
            "standard",
            [{"mean": "F", "weight": "0.8"}, {"mean": "M", "weight": "0.2"}],
            "Standard population: mean: F, weight: 0.8; mean: M, weight: 0.2.",
            "Standardpopulation: mean: F, vikt: 0,8; mean: M, vikt: 0,2.",
        ),
        (
            "checks",
            ["baseline_choice", {"check": "spill_over", "share": "0.25"}],
            "Further checks, which move no figure: other reference windows; check: the same programme in the "
            "comparator, share: 0.25.",
            "Ytterligare kontroller, som inte ändrar någon siffra: andra referensfönster; kontroll: samma insats i "
            "jämförelsen, andel: 0,25.",
        ),
        ("draws", 10000, "Draws: 10,000.", "Dragningar: 10\u00a0000."),
        ("tie_orders", 1000, "Orders of ties that are tried: 1,000.", None),
        ("outcome_range", ["0", "12000.5"], None, "Minsta och största möjliga utfall: 0 och 12\u00a0000,5."),
        ("rng", 20181101, "Seed of the draws: 20181101.", "Frö till dragningarna: 20181101."),
        ("unheard_of", "x", "unheard_of: x.", "unheard_of: x."),
    ],
)
def test_a_value_in_words(name: str, value: object, en: str | None, sv: str | None) -> None:
    told = argument_sentence(name, value)
    assert en is None or told.en == en
    assert sv is None or told.sv == sv


def test_the_annex_says_every_argument_of_every_case() -> None:
    for case in workflow.case_names():
        contract = workflow.read_contract(workflow.case(case) / "contract.yaml")
        for lang in ("en", "sv"):
            text = workflow.annex(contract, lang=lang).replace("\\", "")  # type: ignore[arg-type]
            for id, analysis in contract.model.analysis.items():
                part = text.partition(f" {id}: {METHOD_NAMES[analysis.method].in_language(lang)}")[2]  # type: ignore[arg-type]
                part = part.partition("\n#")[0]
                idle = without_choice(analysis.arguments)
                assert part.count("\n- ") >= 1 + len(analysis.arguments) - len(idle)
                for name in set(analysis.arguments) - set(NESTED):
                    told = name not in idle
                    assert told == (f"- {ARGUMENTS[name].in_language(lang)}: " in part)  # type: ignore[arg-type]
                assert contract.model.data[analysis.data].path in part


def test_what_a_file_leaves_to_a_default_is_said_where_it_means_something(tmp_path: Path) -> None:
    def annexed(*changes: tuple[str, str]) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.copytree(workflow.case("helsingborg"), folder)
        text = (folder / "contract.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / "contract.yaml").write_text(text, encoding="utf-8")
        return workflow.annex(workflow.read_contract(folder / "contract.yaml"), lang="en")

    plain = "- Trend of the comparator: ratio of the comparator units' means.\n"
    other = "- Trend of the comparator: plain mean of the units' own ratios.\n"
    assert plain in annexed()
    assert plain not in annexed(("adjustment: ratio", "adjustment: difference"))
    told = annexed(("missing: raise", "missing: raise\n    trend: mean_of_ratios"))
    assert (other in told, plain in told) == (True, False)
    assert "Draws" not in annexed()
    assert defaults(METHODS["difference_in_differences"], {"variance": "CR2"}).keys() >= {"inference", "sampling"}
    wild = defaults(METHODS["difference_in_differences"], {"inference": "wild_bootstrap"})
    assert {"draws", "wild_weights"} <= set(wild)


@pytest.mark.parametrize(("statistic", "counts"), [("count", True), ("share", True), ("sum", False), ("mean", False)])
def test_from_which_value_it_is_counted_is_said_where_it_is_counted(statistic: str, counts: bool) -> None:
    assert without_choice({"statistic": statistic, "at_least": "1"}) == (frozenset() if counts else {"at_least"})
    text = workflow.annex(workflow.read_contract(workflow.case("vgr-attendance") / "contract.yaml"), lang="en")
    assert "- Statistic: mean." in text
    assert "Counted where the value is at least" not in text
    counted = workflow.annex(workflow.read_contract(workflow.case("rate-card") / "contract.yaml"), lang="sv")
    assert "- Räknas när värdet är minst: 1.\n" in counted


def test_the_annex_says_what_the_conventions_decide() -> None:
    for case in workflow.case_names():
        contract = workflow.read_contract(workflow.case(case) / "contract.yaml")
        for lang, heading in (
            ("en", "What holds although the contract file does not say it"),
            ("sv", "Vad som gäller utan att avtalsfilen anger det"),
        ):
            text = workflow.annex(contract, lang=lang).replace("\\", "")  # type: ignore[arg-type]
            part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
            told = [one.in_language(lang) for one in decided_by_convention(contract)]  # type: ignore[arg-type]
            assert [line.partition(". ")[2] for line in part.splitlines() if line] == told
            assert told[0].startswith(
                {"en": "Each figure is rounded once", "sv": "Varje siffra avrundas en gång"}[lang]
            )


@pytest.mark.parametrize(
    ("statistic", "en", "sv"),
    [
        (
            "treated_mean",
            "level, not effect, mean among the treated, ",
            "nivå, inte effekt, medelvärde bland behandlade, ",
        ),
        (
            "counterfactual_mean",
            "level, not effect, mean of the comparison, as it would have been without the intervention "
            "(counterfactual), ",
            "nivå, inte effekt, medelvärde i jämförelsen, så som det hade varit utan insatsen (kontrafaktiskt), ",
        ),
        ("estimate", "effect (treated − counterfactual), point estimate, ", "effekt (behandlade − kontrafaktiskt), "),
    ],
)
def test_a_mean_is_called_a_level_and_no_effect(statistic: str, en: str, sv: str) -> None:
    text = (workflow.case("skolfam-2017") / "contract.yaml").read_text(encoding="utf-8")
    assert "statistic: treated_mean" in text
    contract = parse_contract(text.replace("statistic: treated_mean", f"statistic: {statistic}").encode())
    told = figure_terms(contract)["share"]
    assert f"): {en}" in told.en
    assert f"): {sv}" in told.sv


@pytest.mark.parametrize(
    ("signing", "en", "sv"),
    [
        (
            "{threshold: 1, roles: [verifier]}",
            "A certificate is to be signed with at least 1 key held in the role of verifier.",
            "Ett intyg ska undertecknas med minst en nyckel som innehas av part i rollen verifierande part.",
        ),
        (
            "{threshold: 2, roles: [verifier, payer]}",
            "A certificate is to be signed with at least 2 keys held in any of the roles of verifier and payer.",
            "Ett intyg ska undertecknas med minst 2 nycklar som innehas av part i någon av rollerna verifierande part "
            "och betalare.",
        ),
        (
            "{threshold: 2, roles: [verifier, payer], count: parties}",
            "A certificate is to be signed by at least 2 different parties in any of the roles of verifier and payer; "
            "each party counts once, however many keys it holds.",
            "Ett intyg ska undertecknas av minst 2 olika parter i någon av rollerna verifierande part och betalare; "
            "varje part räknas en gång, oavsett hur många nycklar den innehar.",
        ),
    ],
)
def test_who_signs_is_said_as_a_contract_says_it(signing: str, en: str, sv: str) -> None:
    text = (workflow.case("norrkoping") / "contract.yaml").read_text(encoding="utf-8")
    key = public_text(public_key(generate_key()))
    text = text.replace("role: payer,", f'role: payer, keys: ["{key}"],')
    (written,) = re.findall(r"^signing: (.*)$", text, re.MULTILINE)
    contract = parse_contract(text.replace(f"signing: {written}", f"signing: {signing}").encode())
    assert (_signed_by(contract.model).en, _signed_by(contract.model).sv) == (en, sv)


def test_a_number_of_households_is_no_outcome() -> None:
    contract = workflow.read_contract(workflow.case("hela-familjen") / "contract.yaml")
    annexed = workflow.annex(contract, lang="sv").replace("\\", "")
    for name in ("Hushåll i projektet (households)", "Hushåll i kontrollgruppen (households_control)"):
        told = f"{name} är ett pris, ett indextal, ett belopp eller ett annat tal som det räknas med, inget resultat;"
        assert told in annexed
    assert "Självförsörjande hushåll i projektet (supporting) är ett utfall;" in annexed
    for line in ("## Högsta belopp som kan komma att betalas", "## Regler mellan raderna, och vem som får pengarna"):
        assert line in annexed


def test_folds_and_repeats_that_a_learner_fills_in_are_said() -> None:
    method, drawn = METHODS["doubly_robust"], {"folds": 5, "repeats": 5}
    learnt = {"learner": "random_forest", "variance": "cross_fitted", "rng": 3}
    assert drawn.items() <= defaults(method, learnt).items()
    assert "folds" not in defaults(method, learnt | {"folds": 7})
    assert drawn.keys().isdisjoint(defaults(method, {"learner": "parametric"}))
