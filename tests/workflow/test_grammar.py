"""Sentences of `check` and the annex agree with how many they speak of; labels stand in them as they are written."""

from __future__ import annotations

import pytest

from effekt import workflow
from effekt._text import LANGUAGES
from effekt.contracts import parse_contract
from effekt.workflow.plan.by_convention import decided_by_convention
from effekt.workflow.undecided import undecided

TEXT = """\
schema: effekt/contract/1
id: grammar
title: {sv: "Språk", en: "Grammar"}
parties:
  town: {role: payer, name: "Staden"}
  fund: {role: investor, name: "Fonden"}
  auditor: {role: verifier, name: "Revisorn", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}
  second: {role: verifier, name: "Granskaren"}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2018-01-01", outcome_data_from: "2019-01-01", run_out: 0}
attribution: none
figures:
  cost: {attested: auditor, digits: 0, unit: SEK, label: {sv: "kostnaden", en: "the cost"}, question: &Q}
  base: {attested: auditor, digits: 0, unit: SEK, label: {sv: "utgångsläget", en: "the base"}, question: &Q}
  spare: {attested: auditor, digits: 0, unit: SEK, label: {sv: "reservmåttet", en: "the spare"}, question: &Q}
  part: {derived: {product: [cost, "0.25"]}, digits: 0, unit: SEK}
  over: {derived: {difference: [cost, "12000"]}, digits: 0, unit: SEK}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    share:
      payers: {town: "1"}
      payee: fund
      pays: {unit_price: {price: "1", figure: part, below_zero: zero}}
      when: {figure: CONDITION, ge: "1"}
assurance:
  level: limited
  responsibilities: {data: DATA, analysis: [fund], conclusion: CONCLUSION}
disputes: {days: DAYS, undisputed_paid: true, decided_by: {sv: "nämnden", en: "the tribunal"}}
interim: [{at: "2020-06-30", pays: false}]
"""
MEANT = """\
estimands:
  spared:
    figures: [cost, base]
    treatments: {sv: "insats", en: "programme"}
    population: {sv: "alla", en: "all"}
    variable: {sv: "kostnad", en: "cost"}
    intercurrent_events: []
    summary: level
sensitivity:
  other: {title: {sv: "annat mått", en: "another measure"}, replace: {cost: spare}}
"""


def text(*, several: bool, meant: bool = False) -> str:
    """The contract, with one or two of whatever its sentences count."""
    words = {
        "DAYS": "30" if several else "1",
        "CONDITION": "base" if several else "cost",
        "DATA": "[town, fund]" if several else "[town]",
        "CONCLUSION": "[auditor, second]" if several else "[auditor]",
    }
    found = TEXT.replace("&Q", '{sv: "?", en: "?"}')
    for name, value in words.items():
        found = found.replace(name, value)
    return found + (MEANT if meant else "")


def left_open(*, several: bool) -> dict[str, tuple[str, str]]:
    found = undecided(parse_contract(text(several=several).encode()))
    return {one.field: (one.text.en, one.text.sv) for one in found}


@pytest.mark.parametrize(
    ("several", "field", "en", "sv"),
    [
        (
            False,
            "estimand",
            "The file does not say what cost is to estimate: for whom, of what, compared with what, and what happens "
            "on the way.",
            "Filen anger inte vad cost ska skatta: för vilka, av vad, jämfört med vad, och vad som händer på vägen.",
        ),
        (
            True,
            "estimand",
            "The file does not say what cost and base are to estimate: for whom, of what, compared with what, and what "
            "happens on the way.",
            "Filen anger inte vad cost och base ska skatta: för vilka, av vad, jämfört med vad, och vad som händer på "
            "vägen.",
        ),
        (
            False,
            "result_step",
            "The file does not say where cost comes from, nor its step on the result ladder; activities and outputs "
            "never trigger payment.",
            "Filen anger inte varifrån cost kommer, och inte vilket steg på resultattrappan den hör till; aktiviteter "
            "och prestationer ger aldrig betalning.",
        ),
        (
            True,
            "result_step",
            "The file does not say where cost and base come from, nor their steps on the result ladder; activities and "
            "outputs never trigger payment.",
            "Filen anger inte varifrån cost och base kommer, och inte vilket steg på resultattrappan de hör till; "
            "aktiviteter och prestationer ger aldrig betalning.",
        ),
    ],
)
def test_what_is_left_open_agrees_with_how_many_it_is_of(several: bool, field: str, en: str, sv: str) -> None:
    assert left_open(several=several)[field] == (en, sv)


@pytest.mark.parametrize(
    ("several", "en", "sv"),
    [
        (
            False,
            "A certificate can be disputed until 1 day after its date, that day included; what is",
            "Ett intyg kan bestridas till och med 1 dag efter intygets datum; det ostridiga",
        ),
        (False, "Revisorn concludes with limited", "Revisorn drar sin slutsats med"),
        (True, "Revisorn and Granskaren conclude with limited", "Revisorn och Granskaren drar sin slutsats med"),
        (False, "Staden is responsible for the data", "Staden ansvarar för att data"),
        (True, "Staden and Fonden are responsible for the data", "Staden och Fonden ansvarar för att data"),
        (
            True,
            "The figures are looked at on 2020-06-30 before the end, and nothing is paid then.",
            "Siffrorna tas fram 2020-06-30, före slutet, och inget betalas då.",
        ),
        (
            True,
            "Estimand spared, for the cost (cost) and the base (base): population",
            "Estimand spared, för kostnaden (cost) och utgångsläget (base): population",
        ),
        (
            True,
            "the amount is also computed with the spare (spare) in place of the cost (cost), and never paid.",
            "beloppet räknas även ut med reservmåttet (spare) i stället för kostnaden (cost), och betalas aldrig.",
        ),
        (
            True,
            "computed as the product of the cost (cost) and 0.25;",
            "beräknad som produkten av kostnaden (cost) och 0,25;",
        ),
        (
            True,
            "computed as the cost (cost) minus 12,000;",
            "beräknad som kostnaden (cost) minus 12\N{NO-BREAK SPACE}000;",
        ),
    ],
)
def test_sentences_of_the_annex(several: bool, en: str, sv: str) -> None:
    contract = parse_contract(text(several=several, meant=True).encode())
    assert en in workflow.annex(contract, lang="en").replace("\\", "")
    assert sv in workflow.annex(contract, lang="sv").replace("\\", "")


DAYS_OF_INTEREST = {
    "act_365": (
        "Ränta på faktiska dagar räknas från och med dagen efter den första dagen till och med den sista dagen; är de "
        "samma dag räknas ingen ränta."
    ),
    "30_360": (
        "Räntedagarna enligt 30/360 (obligationsbas) är 360 gånger skillnaden i år plus 30 gånger skillnaden i månad "
        "plus skillnaden i dag, från den första dagen till den sista, där en första dag som är den 31:a räknas som den "
        "30:e, och en sista dag som är den 31:a räknas som den 30:e om den första är den 30:e eller den 31:a; den "
        "första dagen ger alltså ingen ränta, och från en dag till samma dag i nästa månad är det 30 dagar."
    ),
    "30e_360": (
        "Räntedagarna enligt 30E/360 (euroobligationsbas) är 360 gånger skillnaden i år plus 30 gånger skillnaden i "
        "månad plus skillnaden i dag, från den första dagen till den sista, där den 31:a räknas som den 30:e; den "
        "första dagen ger alltså ingen ränta, och från en dag till samma dag i nästa månad är det 30 dagar."
    ),
}


@pytest.mark.parametrize("count", ["act_365", "act_360", "30_360", "30e_360"])
@pytest.mark.parametrize("nested", [False, True])
def test_which_days_bear_interest_is_said(count: str, nested: bool) -> None:
    interest = (
        '{interest: {pays: {fixed: "100"}, rate: "0.03", day_count: COUNT, from: "2020-01-01", to: "2020-07-01", '
        "gives: interest}}"
    ).replace("COUNT", count if count.startswith("act") else f'"{count}"')
    pays = f'{{sum: [{{fixed: "1"}}, {interest}, {interest}]}}' if nested else interest
    plain = text(several=False)
    found = plain.replace('{unit_price: {price: "1", figure: part, below_zero: zero}}', pays)
    said = {
        lang: [one.in_language(lang) for one in decided_by_convention(parse_contract(found.encode()))]
        for lang in LANGUAGES
    }
    assert said["sv"].count(DAYS_OF_INTEREST[count.replace("360", "365") if count == "act_360" else count]) == 1
    assert (
        sum(one.startswith(("Interest by actual days runs", "The days of interest by 30")) for one in said["en"]) == 1
    )
    assert not any("Ränt" in one.sv for one in decided_by_convention(parse_contract(plain.encode())))
