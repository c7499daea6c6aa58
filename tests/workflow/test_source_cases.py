"""The contracts of the sources settle to the amounts in their READMEs; what cannot settle says why and pays nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from workflow import case_data

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Figure, complete_figures, parse_contract, settle_figures
from effekt.exceptions import ContractError
from effekt.workflow import case, case_attestations, case_contract, case_line, case_names

DATE = "2026-06-30"
SETTLED: dict[tuple[str, str], tuple[str, str | None]] = {
    ("aterforing", "attested-no-effect"): ("zero_by_terms", "0"),
    ("aterforing", "attested-part"): ("payable", "2700003"),
    ("aterforing", "attested-surplus"): ("payable", "5000000"),
    ("botkyrka", "attested"): ("payable", "4000000"),
    ("botkyrka-municipality", ""): ("payable", "22000000"),
    ("danish-dsk", ""): ("zero_by_terms", "0"),
    ("el-sistema", "attested"): ("zero_by_terms", "0"),
    ("finnish-children", ""): ("payable", "87457"),
    ("finnish-sick-leave", ""): ("payable", "804150.00"),
    ("hela-familjen", "attested-budget-kept"): ("not_yet_determinable", None),
    ("hela-familjen", "attested-budget-moved"): ("zero_by_terms", "0"),
    ("klippan", ""): ("payable", "3972724"),
    ("koto-sib", ""): ("payable", "1438360.50"),
    ("norwegian-recidivism", ""): ("payable", "17100000"),
    ("orebro-unit-costs", "attested"): ("payable", "940000"),
    ("ornskoldsvik", "attested"): ("payable", "2000000"),
    ("ornskoldsvik-municipality", ""): ("payable", "23700"),
    ("outcome-fund", ""): ("payable", "1228005.09"),
    ("price-formulas", "attested"): ("payable", "8081977.30"),
    ("rkr-provisioning", "attested-full"): ("payable", "7500000"),
    ("rkr-provisioning", "attested-half"): ("payable", "3750000"),
    ("rkr-provisioning", "attested-none"): ("zero_by_terms", "0"),
    ("skolfam-2017", ""): ("referred", None),
    ("skolfam-norrkoping", "attested-about-equal"): ("zero_by_terms", "0"),
    ("skolfam-orebro", ""): ("referred", None),
    ("socio-economic-account", "attested"): ("zero_by_terms", "0"),
    ("vgr-attendance", "attested-recording-doubled"): ("zero_by_terms", "0"),
    ("vgr-attendance", "attested-recording-steady"): ("payable", "330000"),
    ("vgr-readiness", "attested-ready"): ("payable", "3000000"),
    ("vgr-readiness", "attested-recording-half"): ("zero_by_terms", "0"),
}
ELSEWHERE = {"helsingborg", "norrkoping", "nsw", "nsw-cps", "peterborough", "rate-card", "servicetrainee", "sick-leave"}


SWEDISH = {
    **{key: total for key, (_, total) in SETTLED.items()},
    ("helsingborg", ""): "1441083",
    ("norrkoping", "attested-loss"): "3000000",
    ("norrkoping", "attested-part"): "6200000",
    ("norrkoping", "attested-premium"): "11000000",
    ("norrkoping", "attested-ceiling"): "12000000",
    ("norrkoping", "attested-no-school"): "10000000",
    ("nsw", ""): "99586",
    ("nsw-cps", ""): "81202.05",
    ("peterborough", ""): "270000",
    ("rate-card", ""): "779037.40",
    ("servicetrainee", ""): "933500",
    ("sick-leave", ""): "4609042",
}
"""The amount that a case's Swedish README names, by what it is settled on."""
IN_PARTS = {"price-formulas": ("629037.40", "7452939.90")}
IN_WORDS = {
    "danish-dsk": "inget betalas",
    "el-sistema": "noll enligt villkoren",
    "skolfam-2017": "hänskjuts",
    "skolfam-norrkoping": "noll enligt villkoren",
    "skolfam-orebro": "hänskjuts",
    "socio-economic-account": "Inget betalas",
}


OTHER_DATA = {("vgr-attendance", "attested-recording-steady"): {"dexter": "dexter-steady.csv"}}
"""What is settled on another table of the case's folder than the contract names."""


def _settled(name: str, stem: str) -> Certificate:
    attestations = [case_attestations(name)[stem]] if stem else []
    data = {id: case(name) / file for id, file in OTHER_DATA.get((name, stem), {}).items()}
    return workflow.settle(case_contract(name), date=DATE, attestations=attestations, data=data)


@pytest.mark.parametrize(("name", "stem"), SETTLED)
def test_it_settles_to_its_amount(name: str, stem: str) -> None:
    settlement = _settled(name, stem).settlement
    assert (settlement.state, settlement.total) == SETTLED[name, stem]


@pytest.mark.parametrize(
    ("taken", "paid", "guaranteed"),
    [(5, "4270000", "0"), (6, "3972724", "13638"), (8, "2783635", "608183"), (13, "1000000", "1500000")],
)
def test_half_of_what_klippan_does_not_repay_is_guaranteed(
    taken: int, paid: str, guaranteed: str, tmp_path: Path
) -> None:
    """From a mean of 11 children: of the capital at risk the fall over one half, with 9 % interest in three years."""
    rows = tmp_path / "third.csv"
    rows.write_text("child,tertial,taken\n" + "".join(f"{child},2018T3,{int(child < taken)}\n" for child in range(22)))
    contract = case_contract("klippan")
    settlement = workflow.settle(contract, date=DATE, data={"in_third_year": rows}).settlement
    (guarantee,) = settlement.guarantees
    assert (settlement.total, guarantee.amount) == (paid, guaranteed)
    fall = min(max(Fraction(round(Decimal(11 - taken) / 11, 6)), Fraction(0)) / Fraction("0.5"), Fraction(1))
    exact = 1_000_000 + 3_000_000 * fall * Fraction("1.09")
    assert abs(int(paid) - exact) <= Fraction(1, 2)
    assert abs(int(guaranteed) - max(4_000_000 - exact, Fraction(0)) / 2) <= Fraction(1, 2) + Fraction(1, 4)
    shown = [f"{int(amount):,}".replace(",", " ") for amount in (paid, guaranteed)]
    assert all(one in (case("klippan") / "README.md").read_text(encoding="utf-8") for one in shown)


def test_servicetrainee_pays_for_households_and_for_support_not_paid_out() -> None:
    """14.60 households at 60 000; a tenth of 23 per cent of 2 500 000, which would be 28 against the larger group."""
    certificate = _settled("servicetrainee", "")
    assert {line.id: line.amount for line in certificate.settlement.lines} == {
        "support": "876000",
        "paid_support": "57500",
    }
    found = {one.id: one.value for one in certificate.figures}
    assert (found["support_saved"], found["support_saved_equivalent"]) == ("575000", "700000")


def test_why_peterborough_pools_to_less_than_was_published() -> None:
    """The arithmetic of the README: 9.04 from the printed 8.39 and 9.7; less half of 9.7 − 9.40; and ratio of means."""
    printed = (1 - Fraction(142, 155) + Fraction("0.097")) / 2
    illustrative = 1 - Fraction(135, 149)
    mean_of_reductions = (1 - Fraction(142, 155) + illustrative) / 2
    reduction_of_means = 1 - Fraction(142 + 135, 155 + 149)
    steps = (printed, printed - mean_of_reductions, mean_of_reductions - reduction_of_means, reduction_of_means)
    assert [f"{float(100 * step):.2f}" for step in steps] == ["9.04", "0.15", "0.01", "8.88"]
    for name in ("README.md", "README.sv.md"):
        text = (case("peterborough") / name).read_text(encoding="utf-8").replace(",", ".")
        assert all(f"{float(100 * step):.2f}" in text for step in steps)
    settled = workflow.settle(case_contract("peterborough"), date=DATE)
    assert {one.id: one.value for one in settled.figures}["reduction_pooled"] == "0.088816"


def test_every_case_and_attestation_has_its_amount_here() -> None:
    assert {name for name, _ in SETTLED} == set(case_names()) - ELSEWHERE
    assert {(name, stem) for name, _ in SETTLED for stem in case_attestations(name)} <= set(SETTLED)


@pytest.mark.parametrize(("name", "figure"), [("skolfam-orebro", "confidence"), ("skolfam-2017", "confidence")])
def test_published_percentages_give_no_significance(name: str, figure: str) -> None:
    found = {one.id: one for one in _settled(name, "").figures}[figure]
    assert found.value is None
    assert found.reason is not None
    assert "no inference" in found.reason.en


@pytest.mark.parametrize(
    ("name", "level", "label"),
    [
        ("skolfam-orebro", 2, "Before–after, not an effect"),
        ("skolfam-2017", 2, "Published comparison of cohorts"),
        ("peterborough", 3, "Published comparison of cohorts with matched people"),
    ],
)
def test_what_a_publication_compares_with_decides_the_level(name: str, level: int, label: str) -> None:
    (evidence,) = _settled(name, "").evidence
    assert (evidence.level, evidence.label.en) == (level, label)


def test_matched_is_not_said_of_a_publication_that_does_not_match() -> None:
    case = case_contract("peterborough")
    text = case.raw.replace(b"    comparison: matched\n", b"")
    assert text != case.raw
    with pytest.raises(ContractError, match=r"attribution must not be matched unless analysis.reconvictions has"):
        workflow.check(parse_contract(text, case.folder))


def test_a_claim_lapses_though_the_effect_is_unknown() -> None:
    figures = {one.id: one.value for one in _settled("hela-familjen", "attested-budget-moved").figures}
    assert (figures["supporting"], figures["supporting_control"], figures["more"]) == ("38", "8", None)


def test_the_fund_and_the_municipality_share_to_the_ore() -> None:
    absence, grades = _settled("outcome-fund", "").settlement.lines
    assert [share.amount for share in absence.shares] == ["14000.07", "14000.07"]
    assert [share.amount for share in grades.shares] == ["600002.48", "600002.47"]


def test_repayment_is_never_more_than_was_saved() -> None:
    lines = _settled("aterforing", "attested-part").settlement.lines
    assert [line.amount for line in lines] == ["1350002", "675001", "675000"]


def test_prudence_books_the_most_that_can_be_paid() -> None:
    assert workflow.check(case_contract("rkr-provisioning")).maximum_total == "7500000"


def test_the_form_of_trend_adjustment_moves_the_figure() -> None:
    figures = {one.id: one.value for one in _settled("botkyrka", "attested").figures}
    assert (figures["reduction"], figures["reduction_in_days"]) == ("0.135888", "0.141528")


def test_the_municipality_breaks_even_at_twelve_per_cent() -> None:
    """As the source says: with 12 per cent exactly all is saved, no more and no less; and what was found of both."""
    figures = {one.id: one.value for one in _settled("botkyrka-municipality", "").figures}
    assert (figures["reduction"], figures["saved"], figures["net"]) == ("0.135888", "24912800", "2912800")
    figures = {one.id: one.value for one in _settled("ornskoldsvik-municipality", "").figures}
    assert (figures["reduction"], figures["saved"], figures["net"]) == ("0.000158", "23700", "-17976300")
    own = case_contract("botkyrka-municipality")
    for reduction, net, paid in (
        ("0.120000", "0", "22000000"),
        ("0.119999", "-183", "21999817"),
        ("-0.050000", "-31166667", "0"),
    ):
        given = {"reduction": _reduction(reduction)}
        found = complete_figures(own, given)
        assert settle_figures(own, given).total == paid
        assert found["net"].value == net


def _reduction(value: str) -> Figure:
    return Figure(id="reduction", state="determined", value=value, unit="fraction", digits=6, source="estimate")


def test_a_missing_group_pays_by_agreed_level_for_more_than_was_caused() -> None:
    cohort = case_data.cohorts()["finnish-children"]
    frame = cohort.table.to_pandas()
    treated = frame[frame["treatment"] == 1]
    caused = float((treated["untreated_outcome"] - treated["outcome"]).sum())
    figures = {one.id: one.value for one in _settled("finnish-children", "").figures}
    assert round(caused) == 121_272
    assert figures["below_agreed"] == "174914"


@pytest.mark.parametrize("name", [*case_data.FILES, *case_data.SEVERAL])
def test_the_data_are_what_the_generator_makes(name: str) -> None:
    made = case_data.files(name)
    assert {path.name for path in case(name).glob("*.csv")} == set(made)
    for file, content in made.items():
        assert (case(name) / file).read_text(encoding="utf-8") == content


# --- in Swedish -----------------------------------------------------------------------------------------------


def _swedish(name: str) -> str:
    return " ".join((case(name) / "README.sv.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(("name", "stem"), SWEDISH)
def test_the_swedish_readme_names_the_same_amount(name: str, stem: str) -> None:
    text, total = _swedish(name), SWEDISH[name, stem]
    amounts = IN_PARTS.get(name, ("0" if total is None else total,))
    if name in IN_WORDS:
        assert IN_WORDS[name] in text
    elif total is None:
        assert "ännu inte avgjord" in text or not stem
    else:
        for amount in amounts:
            whole, _, ore = amount.removesuffix(".00").partition(".")
            shown = f"{int(whole):,}".replace(",", " ") + (f",{ore}" if ore else "")
            assert f" {shown}" in text
    if stem and len(case_attestations(name)) > 1:
        assert f"`{stem}.yaml`" in text


@pytest.mark.parametrize("name", case_names())
def test_the_swedish_readme_says_what_the_english_one_does(name: str) -> None:
    text, english = _swedish(name), (case(name) / "README.md").read_text(encoding="utf-8")
    assert "Källa: " in text
    assert "Antaget: " in text
    assert ("**synteti" in text) == ("**synthetic**" in english)
    assert ("**påhitt" in text) >= ("**invented**" in english)
    assert "README.md (på engelska)" in text
    assert 20 < len(case_line(name, "sv")) < 160


def test_the_state_guarantees_what_the_norwegian_municipality_lacks() -> None:
    own = case_contract("norwegian-recidivism")
    (paid,) = workflow.settle(own, date=DATE).settlement.guarantees
    tenth = parse_contract(own.raw.replace(b'price: "1000000"', b'price: "100000"'), own.folder)
    (lacking,) = workflow.settle(tenth, date=DATE).settlement.guarantees
    assert (paid.amount, lacking.amount) == ("0", "8290000")


def _english(name: str) -> str:
    return " ".join((case(name) / "README.md").read_text(encoding="utf-8").split())


def test_what_the_readmes_say_that_check_says_is_what_it_says() -> None:
    readiness = workflow.check(case_contract("vgr-readiness"))
    assert not any("result ladder" in one.text.en for one in readiness.undecided)
    assert {one.step for one in (case_contract("vgr-readiness").model.measures or {}).values()} == {"delivery"}
    assert "each requirement has the step *delivery* of the result ladder" in _english("vgr-readiness")
    assert "`effekt check` lists no figure without a step" in _english("vgr-readiness")
    most = int(workflow.check(case_contract("rkr-provisioning")).maximum_total or 0)
    shown = f"{most:,}".replace(",", " ")
    assert f"`effekt check` prints as the most it can pay: {shown}" in _english("rkr-provisioning")
    told = [name for name in case_names() if "`effekt check`" in _english(name)]
    assert told == ["rkr-provisioning", "vgr-readiness"]  # whoever tells of it in another is held to it here


MOST = {
    "aterforing": ("5000000", "at most 5 000 000 is payable"),
    "el-sistema": ("1406000", "1 406 000 is the most"),
    "finnish-children": ("330000", "EUR 330 000"),
    "outcome-fund": ("2600011.60", "1 000 005.00 and 1 600 006.60 are the most"),
    "skolfam-2017": ("19100000", "SEK 19 100 000"),
    "vgr-attendance": ("3000000", "at most SEK 3 000 000"),
}
"""The most that a case can pay, by a natural limit that its README names."""
WITHOUT_LIMIT = {"price-formulas", "rate-card", "skolfam-norrkoping", "socio-economic-account"}
"""Cases whose source has no amount or number that bounds a line."""


def test_every_case_whose_source_has_a_limit_has_a_proved_maximum() -> None:
    most = {name: workflow.check(case_contract(name)).maximum_total for name in case_names()}
    assert {name for name, total in most.items() if total is None} == WITHOUT_LIMIT
    for name, (total, told) in MOST.items():
        assert most[name] == total
        assert told in _english(name)


def test_what_is_repaid_is_shown_by_the_year_in_which_it_falls_due(effekt: Any) -> None:
    code, out, _ = effekt("check", case("aterforing") / "contract.yaml", "--lang", "en")
    assert code == 0
    years = {"2018": "2,500,000", "2019": "1,250,000", "2020": "1,250,000"}
    shown = [f"At most payable {year}: SEK {amount}" for year, amount in years.items()]
    assert out.replace("\u00a0", " ").splitlines()[-3:] == shown
    assert all(amount.replace(",", " ") + f" in {year}" in _english("aterforing") for year, amount in years.items())
