"""A certificate composed as a report: its parts, their order and their sentences."""

import hashlib
import math
import operator
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from statistics import NormalDist, stdev

import pytest
from reports import samples

import effekt
from effekt._inference import FixedDf, Placebos, StudentT
from effekt._serialize import canonical_json
from effekt._text import format_share
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import sign
from effekt.certificates.predicate import Plan
from effekt.certificates.signing import generate_key
from effekt.contracts.strict_yaml import parse
from effekt.exceptions import CertificateError
from effekt.reports.absent import SECTIONS
from effekt.reports.compose import compose
from effekt.reports.document import Callout, Commands, Items, KeyFigures, Paragraph, Subheading, Table, Total, same
from effekt.reports.pictures import left_out_of, trend_picture
from effekt.reports.terms import figure_terms
from effekt.reports.text import certificate_text
from effekt.result import EffectSet

NBSP = "\N{NO-BREAK SPACE}"
SPOKEN = "nagib-batuf-pikob-takum"  # of 90d00372a5a0d1b8, by the tables of arXiv:0901.4016


report = cache(compose)


def digest(plain):
    """SHA-256 of plain values in canonical form."""
    return hashlib.sha256(canonical_json(plain).strip().encode()).hexdigest()


def section(certificate, id):
    """One section of the report."""
    return next(one for one in report(certificate).sections if one.id == id)


def blocks(certificate, id, kind):
    """The blocks of one kind in a section."""
    return [block for block in section(certificate, id).blocks if isinstance(block, kind)]


def verdict(certificate):
    """The verdict and what is listed under it."""
    return blocks(certificate, "verdict", Callout)[0]


def words(certificate, id, lang):
    """All sentences of a section."""
    texts = []
    for block in section(certificate, id).blocks:
        texts += [block.text] if isinstance(block, (Paragraph, Callout)) else []
        texts += block.items if isinstance(block, (Items, Callout)) else []
    return " ".join(text.in_language(lang) for text in texts).replace(NBSP, " ")


def rows(certificate, id, caption):
    """The rows of a table in English."""
    table = next(block for block in blocks(certificate, id, Table) if block.caption.en == caption)
    return [tuple(cell.en.replace(NBSP, " ") for cell in row) for row in table.rows]


# ---------------------------------------------------------------------------------------------------- verdict


@pytest.mark.parametrize(
    ("made", "en", "sv"),
    [
        (
            samples.payable,
            "The outcome is determined; payment under the contract: SEK 4,166,667.",
            "Utfallet är fastställt; utbetalning enligt avtalet: 4 166 667 kr.",
        ),
        (
            samples.harmful,
            "The outcome is determined; under the contract's terms nothing is to be paid: SEK 0.",
            "Utfallet är fastställt; enligt avtalets villkor ska inget betalas: 0 kr.",
        ),
        (samples.waiting, "The outcome cannot be determined yet.", "Utfallet kan ännu inte fastställas."),
        (
            samples.referred,
            "The outcome cannot be determined under the contract and is referred to the parties.",
            "Utfallet kan inte fastställas enligt avtalet och hänskjuts till parterna.",
        ),
        (
            samples.loss,
            "The outcome is determined; under the contract those who receive payment are to pay back: SEK 1,400,000.",
            "Utfallet är fastställt; enligt avtalet ska den som får betalt i stället betala tillbaka: 1 400 000 kr.",
        ),
    ],
)
def test_each_state_has_its_fixed_sentence(made, en, sv):
    text = verdict(made()).text

    assert text.en.replace(NBSP, " ") == en
    assert text.sv.replace(NBSP, " ") == sv


def test_what_is_missing_is_said_with_the_verdict():
    missing, undisputed = verdict(samples.waiting()).items

    assert missing.sv == (
        "Rad fee, kan ännu inte fastställas. Värde saknas för: Minskningen (reduction). Analysen absence saknar 2021."
    )
    assert undisputed.en.replace(NBSP, " ") == "Undisputed so far: SEK 0."


def test_what_is_referred_and_why_is_said_with_the_verdict():
    assert "the smallest attainable p is 1/11" in verdict(samples.referred()).items[0].en


@pytest.mark.parametrize("made", [samples.rate_card, samples.before_after])
def test_a_measure_without_comparison_never_poses_as_an_effect(made):
    assert "visar inte insatsens effekt" in words(made(), "verdict", "sv")
    assert "does not show the effect of the intervention" in words(made(), "verdict", "en")


def test_attested_facts_never_pose_as_an_effect():
    certificate = samples.attested()

    assert section(certificate, "found").heading.sv == "Utfall, inte effekt"
    assert "intyget visar inte insatsens effekt" in words(certificate, "verdict", "sv")
    assert [one.id for one in report(certificate).sections] == [
        "verdict",
        "found",
        "payment",
        "figures",
        "evidence",
        "checklist",
        "verify",
        "terms",
        "absent",
    ]


def test_an_effect_is_not_called_less_than_one():
    assert "visar inte insatsens effekt" not in words(samples.payable(), "verdict", "sv")
    assert "visar inte insatsens effekt" not in words(samples.waiting(), "verdict", "sv")


def test_the_parts_stand_in_their_order():
    assert [one.id for one in report(samples.payable()).sections] == [
        "verdict",
        "found",
        "trend",
        "chance",
        "payment",
        "figures",
        "data",
        "sensitivity",
        "diagnostics",
        "evidence",
        "checklist",
        "verify",
        "terms",
        "absent",
    ]


# ------------------------------------------------------------------------------------------------------ found


def key_values(certificate):
    """The large numbers, in English."""
    return [item.value.en for block in blocks(certificate, "found", KeyFigures) for item in block.items]


def test_benefit_and_harm_are_shown_alike():
    assert key_values(samples.payable()) == ["7.200", "8.000", "−0.800", "−10.00%"]
    assert key_values(samples.harmful()) == ["8.800", "8.000", "+0.800", "+10.00%"]
    assert "Lower is better, so it points to an improvement." in words(samples.payable(), "found", "en")
    assert "Lägre är bättre, så den pekar på en försämring." in words(samples.harmful(), "found", "sv")


def harm_told(treated, inference=None, better="lower"):
    """Whether the page asks about harm, in Swedish as in English."""
    made = samples.effect(treated, "8", better=better, **({} if inference is None else {"inference": inference}))
    found = blocks(samples.certificate(samples.contract(), made), "found", Callout)
    told = [block.text for block in found if "harmed" in block.text.en]
    assert all("skadas" in text.sv for text in told)
    return len(told) == 1


@pytest.mark.parametrize(
    ("treated", "error", "better", "told"),
    [
        ("8.8", 0.3, "lower", True),
        ("8.8", 0.5, "lower", False),
        ("7.2", 0.3, "lower", False),
        ("7.2", 0.3, "higher", True),
        ("8.8", 0.3, "higher", False),
    ],
)
def test_a_deterioration_beyond_chance_is_flagged(treated, error, better, told):
    """0.8 days with a standard error of 0.3 or 0.5 and 50 degrees of freedom: the interval begins at 0.2 or −0.2."""
    chance = StudentT(covariance=(0.0, 0.0, error**2), df=FixedDf(df=50.0))
    assert harm_told(treated, chance, better) is told


def test_a_set_of_few_placebos_flags_nothing():
    """Of 9 placebos the set has the level 90 per cent, of 8 less; all of them lie on the worse side."""
    assert harm_told("8.8", Placebos(errors=(0.01,) * 9, scale="log"))
    assert not harm_told("8.8", Placebos(errors=(0.01,) * 8, scale="log"))


def test_higher_can_be_better_and_no_side_is_taken_where_none_is_given():
    better = samples.certificate(samples.contract(), samples.effect("8.8", "8", better="higher"))
    relative = samples.REDUCTION.replace("relative_improvement", "relative")
    silent = samples.certificate(samples.contract(relative), samples.effect(better=None))

    assert "Higher is better, so it points to an improvement." in words(better, "found", "en")
    assert "better" not in words(silent, "found", "en")


@pytest.mark.parametrize("made", samples.ALL.values(), ids=samples.ALL)
def test_chance_is_never_written_as_absence_of_effect(made):
    texts = " ".join(words(made(), one.id, lang) for one in report(made()).sections for lang in ("en", "sv")).lower()

    for phrase in ("signific", "signifik", "there is no effect", "ingen effekt", "did not work", "saknar effekt"):
        assert phrase not in texts


def test_an_interval_around_zero_is_explained():
    certificate = samples.harmful()
    said = "that does not mean that the effect is zero"

    assert said in words(certificate, "found", "en")
    narrow = samples.certificate(samples.contract(), samples.effect(errors=tuple(i / 1000 for i in range(-12, 13))))
    assert said not in words(narrow, "found", "en")


def test_a_missing_interval_has_its_reason_and_the_level_that_exists():
    found = words(samples.referred(), "found", "en")

    assert "no interval at level 0.95 exists; the highest level that does is 10/11" in found
    assert "Confidence interval at level 90.9%: −1.911 to +0.175 days, relative −20.97% to +2.49%." in found
    assert "in 2 of 11 cases (p = 0.182)" in found


def test_a_missing_inference_has_its_reason():
    assert "Det finns inget konfidensintervall. Det finns ingen jämförelse." in words(
        samples.before_after(), "found", "sv"
    )


def test_the_treated_outcome_itself_is_shown_beside_the_effect():
    effect = samples.effect("8.4", "8.8")
    found = words(samples.certificate(samples.contract(), effect), "found", "en")

    assert "went from 8.000 days in the reference period to 8.400 days in the evaluation period (+5.00%)" in found
    assert "it points to an improvement" in found


@pytest.mark.parametrize("excluded", [[["2017", "2017"], ["2019", "2019"]], ["year 2017", "2019–2019"]])
def test_periods_left_out_of_the_windows_are_no_part_of_the_treated_outcome_itself(excluded):
    effect = samples.effect("8.4", "8.8", arguments={"period": "year", "excluded": excluded})
    found = words(samples.certificate(samples.contract(), effect), "found", "en")

    assert "went from 8.050 days in the reference period to 8.300 days in the evaluation period (+3.11%)" in found
    assert "as plain means of the periods shown but for those left out." in found
    told = trend_picture(effect, effect.path).description.sv
    assert told.endswith(" Perioder utan skugga inom ett fönster är utelämnade ur det.")


@pytest.mark.parametrize("excluded", [[["2019", "2021"]], [["May", "June"]], ["no window"], [3]])
def test_exclusions_that_leave_nothing_of_a_window_are_refused(excluded):
    effect = samples.effect(arguments={"period": "year", "excluded": excluded})

    with pytest.raises(CertificateError, match="do not fit its windows; use a certificate that effekt wrote"):
        left_out_of(effect, effect.path)


def test_every_member_of_a_set_is_listed():
    table = rows(samples.cohorts(), "found", "All effects of the analysis, in days")

    assert [row[0] for row in table] == ["1", "2"]
    assert table[0][1:5] == ("7.200", "8.000", "−0.800", "−10.00%")


def test_a_count_is_shown_with_what_it_counts():
    certificate = samples.rate_card()

    assert section(certificate, "found").heading.en == "Outcome, not effect"
    assert key_values(certificate) == ["1,234"]
    assert "24 units" in words(certificate, "found", "en")


# ----------------------------------------------------------------------------------------------------- chance


def test_chance_is_counted_among_placebos_and_by_the_normal_curve():
    values = [1 - math.exp(error) for error in samples.ERRORS]
    tail = 1 - NormalDist(0, stdev(values)).cdf(0.12)
    table = rows(samples.payable(), "chance", "The chance of reaching the contract's own thresholds")

    assert table[0] == ("A reduction of 0% or more", f"{sum(v >= 0 for v in values)} of 25", "50.0%")
    assert table[1] == ("A reduction of 12% or more", f"{sum(v >= 0.12 for v in values)} of 25", f"{100 * tail:.1f}%")
    assert f"in about {round(100 * tail)} cases of 100" in words(samples.payable(), "chance", "en")
    assert "en minskning på 12 % eller mer ändå ha uppstått av en slump" in words(samples.payable(), "chance", "sv")


def test_a_placebo_on_the_threshold_reaches_it():
    certificate = samples.certificate(samples.contract(), samples.effect(errors=(math.log(0.88), 0.05)))

    assert rows(certificate, "chance", "The chance of reaching the contract's own thresholds")[1][1] == "1 of 2"


def test_without_placebos_the_standard_error_says_what_chance_gives():
    certificate = samples.certificate(samples.contract(), samples.student(0.6))
    effect = samples.student(0.6).relative_improvement()
    tail = 1 - NormalDist(0, effect.std_error).cdf(0.12)
    table = rows(certificate, "chance", "The chance of reaching the contract's own thresholds")

    assert table[1] == ("A reduction of 12% or more", f"{100 * tail:.1f}%")
    assert "The standard error of the estimate is" in words(certificate, "chance", "en")


def test_chance_that_cannot_be_told_says_why():
    assert words(samples.before_after(), "chance", "sv") == (
        "Hur mycket slumpen ensam hade flyttat siffran går inte att säga. Det finns ingen jämförelse."
    )


def test_one_placebo_has_a_count_but_no_curve():
    certificate = samples.certificate(samples.contract(), samples.effect(errors=(0.01,)))
    table = rows(certificate, "chance", "The chance of reaching the contract's own thresholds")

    assert table[1] == ("A reduction of 12% or more", "0 of 1", "–")


@pytest.mark.parametrize(
    ("better", "phrase"), [("lower", "A value of −12% or less"), ("higher", "A value of more than −12%")]
)
def test_a_plain_relative_effect_is_held_against_its_threshold_from_the_better_side(better, phrase):
    figures = samples.REDUCTION.replace("relative_improvement", "relative")
    pays = '{fixed: "1", when: {figure: reduction, le: "-0.12"}}'
    certificate = samples.certificate(samples.contract(figures, pays), samples.effect(better=better))

    assert rows(certificate, "chance", "The chance of reaching the contract's own thresholds")[0][0] == phrase


@pytest.mark.parametrize(("digits", "weak", "strict"), [(1, 0.05, 0.15), (2, 0.095, 0.105), (6, 0.0999995, 0.1000005)])
@pytest.mark.parametrize(
    ("view", "comparison", "phrase", "words_sv"),
    [
        ("relative_improvement", "ge", "A reduction of 10% or more", "en minskning på 10 % eller mer"),
        ("relative_improvement", "gt", "A reduction of more than 10%", "en minskning på mer än 10 %"),
        ("relative", "le", "A value of −10% or less", "ett värde på −10 % eller mindre"),
        ("relative", "lt", "A value of less than −10%", "ett värde på mindre än −10 %"),
    ],
)
def test_chance_reaches_a_threshold_with_the_rounded_figure(digits, weak, strict, view, comparison, phrase, words_sv):
    """With one decimal the figure is 0.1 from an estimate of 0.05 on, and above it from 0.15 on."""
    down = view == "relative"
    errors = tuple(math.log1p(-value) for value in (-0.3, -0.07, 0.02, 0.06, 0.07, 0.097, 0.1, 0.103, 0.12, 0.16))
    figures = samples.REDUCTION.replace("relative_improvement", view).replace("digits: 6", f"digits: {digits}")
    pays = f'{{fixed: "1", when: {{figure: reduction, {comparison}: "{"-" if down else ""}0.1"}}}}'
    certificate = samples.certificate(samples.contract(figures, pays), samples.effect(errors=errors))
    values = [(-1 if down else 1) * (1 - math.exp(error)) for error in errors]
    rounded = [Decimal(f"{value:.9f}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN) for value in values]
    counted = sum(getattr(operator, comparison)(one, Decimal("-0.1" if down else "0.1")) for one in rounded)
    tail = NormalDist(0, stdev(values)).cdf(-(weak if comparison in ("ge", "le") else strict))
    (row,) = rows(certificate, "chance", "The chance of reaching the contract's own thresholds")

    assert row == (phrase, f"{counted} of 10", f"{100 * tail:.1f}%")
    assert f"in about {round(100 * tail)} cases of 100" in words(certificate, "chance", "en")
    assert f"skulle {words_sv} ändå ha uppstått" in words(certificate, "chance", "sv")


# ---------------------------------------------------------------------------------------------------- payment


def test_every_step_of_every_line_is_told():
    certificate = samples.payable()
    told = [item.sv for block in blocks(certificate, "payment", Items) for item in block.items]

    assert told == [step.sv for line in certificate.settlement.lines for step in line.steps]
    assert any("0,100000" in sentence for sentence in told)


def test_who_pays_whom():
    assert rows(samples.payable(), "payment", "Who pays whom") == [
        ("fee", "Exempelkommun", "Utföraren AB", "SEK 3,125,000"),
        ("fee", "Staten", "Utföraren AB", "SEK 1,041,667"),
    ]


def test_a_negative_amount_runs_the_other_way():
    assert rows(samples.loss(), "payment", "Who pays whom") == [
        ("fee", "Utföraren AB", "Exempelkommun", "SEK 1,050,000"),
        ("fee", "Utföraren AB", "Staten", "SEK 350,000"),
    ]
    assert blocks(samples.loss(), "payment", Total)[0].value.en.replace(NBSP, " ") == "SEK −1,400,000"


def test_the_distance_to_the_nearest_threshold_is_exact():
    caption = "Distance to the nearest value at which the terms change"

    assert rows(samples.payable(), "payment", caption) == [
        ("The reduction (reduction)", "0.100000", "0.12", "0.02", "0.32")
    ]
    assert rows(samples.harmful(), "payment", caption) == [
        ("The reduction (reduction)", "−0.100000", "0", "0.1", "1.61")
    ]


# --------------------------------------------------------------------------------------- evidence, verification


def test_a_plan_that_was_not_locked_is_called_so():
    locked = samples.certificate(
        samples.contract(), samples.effect(), plan=Plan(date="2018-11-01", locked_before_data=True)
    )
    late = samples.certificate(samples.contract(), samples.effect(), plan=Plan(date="2020-02-01"))

    assert "Plan not locked before data." in words(samples.payable(), "evidence", "en")
    assert "Planen låstes inte före data. Låsningen är daterad 2020-02-01." in words(late, "evidence", "sv")
    assert "Planen låstes före data. Låsningen är daterad 2018-11-01." in words(locked, "evidence", "sv")


def test_the_level_of_evidence_and_its_limits_are_told():
    told = words(samples.payable(), "evidence", "sv")

    assert "nivå 2 av 5 på Marylandskalan" in told
    assert all(limit.sv in told for found in samples.payable().evidence for limit in found.limits)


def test_attestations_are_told_with_who_when_and_on_what():
    assert rows(samples.attested(), "evidence", "Attested facts") == [
        ("Delivered?", "yes", "Granskaren AB", "2022-03-01", "Slutrapport"),
        ("Saving?", "6,200,000", "Granskaren AB", "2022-03-02", f"Bokslut (SHA-256 {samples.DIGEST})"),
    ]


def test_the_command_to_verify_names_the_contracts_data():
    assert blocks(samples.payable(), "verify", Commands)[0].lines == (
        "effekt verify page.html --contract contract.yaml --data panel=panel.csv",
    )


def test_a_file_name_cannot_become_a_command():
    text = samples.contract().raw.decode().replace("panel.csv", "data/a;rm -rf $HOME.csv")
    certificate = samples.certificate(samples.parse_contract(text.encode()), samples.effect())

    assert blocks(certificate, "verify", Commands)[0].lines[0].endswith(" --data 'panel=a;rm -rf $HOME.csv'")


def test_digests_rows_and_signatures_are_listed():
    certificate = samples.payable()

    assert rows(certificate, "verify", "What the certificate is about") == [
        ("Contract file", "–", certificate.contract.sha256),
        ("Contract file, content", "–", digest(parse(certificate.contract.raw).value)),
        ("Data panel, file", "1,234", "a" * 64),
        ("Data panel, content", "1,234", "b" * 64),
        ("Result absence", "–", digest(certificate.predicate["results"]["absence"])),
        ("Settlement", "–", digest(certificate.predicate["settlement"])),
    ]
    key_id = certificate.envelope.signatures[0].key_id
    assert rows(certificate, "verify", "Signatures") == [("Granskaren AB, verifier", "yes", key_id, SPOKEN)]
    assert "effekt 0.1.0, python 3.11.7" in words(certificate, "verify", "en")


@pytest.mark.parametrize("made", samples.ALL.values(), ids=samples.ALL)
def test_every_part_stands_on_the_page_or_is_said_to_be_absent(made):
    shown = {one.id for one in report(made()).sections}
    told = words(made(), "absent", "en"), words(made(), "absent", "sv")

    for id, (name, why) in SECTIONS.items():
        assert (f"{name.en}: {why.en}." in told[0]) is (id not in shown)
        assert (f"{name.sv}: {why.sv}." in told[1]) is (id not in shown)
    assert "Sensitivity analyses: no estimated effect is paid for, and the contract asks for none." in words(
        samples.rate_card(), "absent", "en"
    )


def test_who_signs_what_and_when_stands_at_the_top():
    facts = {name.en: value.en for name, value in report(samples.payable()).facts}

    assert facts["Certificate"] == samples.payable().sha256
    assert facts["Supersedes"] == "no certificate"
    assert facts["Language"].startswith("English")


def test_what_each_estimated_figure_rests_on_is_shown():
    sure = rows(samples.payable(), "figures", "How sure each estimated figure is")
    compared = rows(samples.payable(), "figures", "Whom and what it compares")

    assert [row[:3] for row in sure] == [("The reduction (reduction)", "6", "6.23%")]
    assert sure[0][4] == "the same value"
    assert compared == [("The reduction (reduction)", "1", "25", "7.200", "8.000", "−0.800", "−10.00%")]
    assert not [one for one in blocks(samples.attested(), "figures", Table) if "sure" in one.caption.en]


def test_the_environment_says_what_is_not_recorded_and_why():
    told = words(samples.payable(), "verify", "en")

    assert "Nothing in it is drawn by chance." in told
    assert "are not recorded, since a certificate may depend on none of them" in told
    assert "may differ by the share 0.000000001 of itself" in told


def test_the_data_stand_with_what_the_contract_says_of_them():
    asked = "not asked for by the contract"

    assert rows(samples.payable(), "data", "The tables, as the contract has them") == [
        ("panel", asked, asked, asked, "nobody has declared", asked, "1,234")
    ]
    assert f"Reconciliation with an independent total: {asked}." in words(samples.payable(), "data", "en")


def test_the_demonstration_key_is_called_worthless():
    sentence = "Signed with the published demonstration key; worthless as proof."

    assert sentence in words(samples.payable(), "verdict", "en")
    assert sentence in words(samples.payable(), "verify", "en")
    assert "Intyget är inte undertecknat." in words(samples.waiting(), "verdict", "sv")
    assert sentence not in words(samples.waiting(), "verdict", "en")


def test_a_key_the_contract_does_not_name_is_called_so():
    signed = Certificate(sign(samples.waiting().envelope, generate_key()))

    assert rows(signed, "verify", "Signatures")[0][0] == "a key that the contract does not name"
    assert "not signed" not in words(signed, "verdict", "en")
    assert "worthless" not in words(signed, "verdict", "en")


def test_the_contracts_terms_stand_as_sentences():
    told = words(samples.payable(), "terms", "sv")

    assert "Exempelkommun (75 procent) och Staten (25 procent) betalar Utföraren AB" in told
    assert rows(samples.payable(), "terms", "As the contract file has it")[0] == ("method", "trend_adjusted")


def test_every_value_of_a_check_has_a_name():
    assert rows(samples.payable(), "diagnostics", "Values of the check") == [
        ("other", "3"),
        ("Standard deviation, relative", "6.25%"),
    ]


def test_kind_date_and_parties_head_the_report():
    waiting = compose(samples.waiting())
    facts = {label.en: value.en for label, value in waiting.facts}

    assert waiting.kicker.sv == "Intyg om utfall, delintyg"
    assert facts["Date"] == "2022-03-15"
    assert facts["Provider"] == "Utföraren AB"


DATED = """
figures:
  started: {measure: absence, digits: 0, unit: yyyymmdd}
"""


def test_a_date_is_printed_as_a_date_wherever_its_figure_stands():
    """Measured, held against a value, and in the key figures."""
    pays = '{fixed: "5000000"}\n      when: {figure: started, le: "20220630"}'
    measure = replace(
        samples.measure(),
        exact=Fraction(20220702),
        statistic="mean",
        outcome=effekt.Outcome(column="start", unit="yyyymmdd"),
    )
    made = samples.certificate(samples.contract(DATED, pays, method="outcome_count"), measure)
    distances = rows(made, "payment", "Distance to the nearest value at which the terms change")
    (figure,) = blocks(made, "figures", Table)[0].rows
    (shown,) = blocks(made, "found", KeyFigures)[0].items

    assert distances == [("started", "2022-07-02", "2022-06-30", "2 days", "–")]
    assert (figure[1].sv, figure[2].sv, figure[2].en) == ("2022-07-02", "datum", "date")
    assert (shown.value.sv, shown.unit) == ("2022-07-02", same(""))


@pytest.mark.parametrize(
    ("share", "english", "swedish"),
    [
        (0, "0.0%", "0,0 %"),
        (0.0004999, "below 0.1%", "under 0,1 %"),
        (0.0005, "below 0.1%", "under 0,1 %"),
        (0.0009, "0.1%", "0,1 %"),
        (0.9994, "99.9%", "99,9 %"),
        (0.9996, "above 99.9%", "över 99,9 %"),
        (1, "100.0%", "100,0 %"),
    ],
)
def test_a_chance_that_is_not_none_is_not_told_as_none(share, english, swedish):
    assert format_share(share, "en") == english
    assert format_share(share, "sv") == swedish.replace(" %", NBSP + "%")


COMPLIERS = """
figures:
  took: {estimate: absence, member: "first stage", view: difference, statistic: estimate, digits: 4, unit: fraction}
  helped: {estimate: absence, member: CACE, view: difference, statistic: estimate, digits: 4, unit: days}
  mixed:
    {estimate: absence, combine: {"ITT": "0.5", "CACE": "0.5"}, view: difference, statistic: estimate, digits: 4,
     unit: days}
"""


def test_members_that_a_method_names_in_english_are_told_in_swedish():
    """The three effects of a trial with non-compliance, wherever a page names them; days are dagar."""
    one = replace(samples.student(), method="complier_effect")
    stage = replace(one, outcome=effekt.Outcome(column="took", unit=""))
    found = EffectSet(labels=("ITT", "CACE", "first stage"), effects=(one, one, stage))
    pays = '{unit_price: {price: "100", figure: helped, below_zero: zero}}\n      when: {figure: took, ge: "0.1"}'
    made = samples.certificate(samples.contract(COMPLIERS, pays, method="complier_effect"), found)
    named = [row[0] for row in blocks(made, "found", Table)[0].rows]
    headings = [block.text for block in section(made, "found").blocks if isinstance(block, Subheading)]
    sources = [row[3].sv for row in blocks(made, "figures", Table)[0].rows]

    assert [name.sv for name in named] == [
        "ITT (effekten av lottningen) (dagar)",
        "CACE (effekten på de följsamma) (dagar)",
        "första steget",
    ]
    assert [name.en for name in named] == ["ITT (days)", "CACE (days)", "first stage"]
    assert {"absence: första steget", "absence: CACE (effekten på de följsamma)"} <= {text.sv for text in headings}
    assert {"absence: first stage", "absence: CACE"} <= {text.en for text in headings}
    assert sources[0].startswith("skattad i absence (första steget): ")
    assert ", för första steget, i analysen absence" in figure_terms(made.contract)["took"].sv
    assert ", of first stage, in the analysis absence" in figure_terms(made.contract)["took"].en
    assert "0,5 × ITT (effekten av lottningen)" in figure_terms(made.contract)["mixed"].sv
    assert "dagar" in words(made, "found", "sv")
    assert " days" not in words(made, "found", "sv")


PASSED_ON = """{piecewise: {figure: reduction, points: [{at: "0", pays: "0"}, {at: "0.12", pays: "5000000"}]}}
  waterfall:
    from: provider
    steps:
      - {to: {verifier: "1"}, up_to: "1000000"}
      - {to: {provider: "0.5", state: "0.5"}}
  guarantees:
    capital: {guarantor: state, beneficiary: verifier, amount: "2000001", share: "0.75"}"""


def test_the_page_shows_who_gets_what_and_what_a_guarantor_bears():
    """5/6 of five million: the verifier its million, the rest in halves; three quarters of the guaranteed are borne."""
    made = samples.certificate(samples.contract(pays=PASSED_ON), samples.effect())
    headings = [block.text for block in section(made, "payment").blocks if isinstance(block, Subheading)]

    assert rows(made, "payment", "Who gets what") == [
        ("Granskaren AB", "SEK 1,000,000"),
        ("Utföraren AB", "SEK 1,583,334"),
        ("Staten", "SEK 1,583,333"),
    ]
    assert "What Utföraren AB passes on" in [text.en for text in headings]
    assert "Vad Utföraren AB fördelar vidare" in [text.sv for text in headings]
    assert "Guarantee capital: SEK 750,001" in [text.en.replace(NBSP, " ") for text in headings]
    assert "Garanti capital: 750 001 kr" in [text.sv.replace(NBSP, " ") for text in headings]
    steps = words(made, "payment", "en")
    assert "of the SEK 1,000,001 that is lacking the guarantor bears the share 0.75, which is SEK 750,000.75" in steps
    assert "Rounded to the nearest SEK 1 (halves away from zero) the amount is SEK 750,001." in steps


def test_the_page_says_why_nothing_can_be_passed_on_yet():
    made = samples.certificate(samples.contract(pays=PASSED_ON), samples.WAITING, kind="interim", signed=False)
    blocks_ = section(made, "payment").blocks
    at = next(
        i for i, b in enumerate(blocks_) if isinstance(b, Subheading) and b.text.en == "What Utföraren AB passes on"
    )

    assert isinstance(blocks_[at + 1], Callout)
    assert blocks_[at + 1].text.sv == "Kan ännu inte fastställas"
    assert not [b for b in blocks_ if isinstance(b, Table) and b.caption.en == "Who gets what"]
    assert "Guarantee capital: not yet determinable" in [b.text.en for b in blocks_ if isinstance(b, Subheading)]


@pytest.mark.parametrize(
    ("level", "alternative", "en", "sv"),
    [
        ("0.95", "greater", "level 0.95, one-sided, greater", "nivå 0,95, ensidigt, större"),
        ("0.90", "two-sided", "level 0.90, two-sided", "nivå 0,90, dubbelsidigt"),
    ],
)
def test_a_bound_says_its_level_and_its_side(level, alternative, en, sv):
    figures = samples.LOWER_END.replace('"0.95"', f'"{level}"').replace("greater", alternative)
    pays = '{unit_price: {price: "100", figure: low, below_zero: zero}}'
    made = samples.certificate(samples.contract(figures, pays), samples.student())
    (figure,) = blocks(made, "figures", Table)[0].rows
    told = "estimated in absence: relative improvement, lower end of the interval, "
    assert figure[3].en == told + en
    assert figure[3].sv == f"skattad i absence: relativ förbättring, intervallets nedre gräns, {sv}"
    assert en in " ".join(certificate_text(made, "en").split())
