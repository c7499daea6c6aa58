"""An amendment that takes a line away and adds one that is paid once: what was paid of the one may be paid again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from deciding import decided
from workflow.test_each_series import DAYS, KEY, attested, contract_text, dispute
from workflow.test_first_days import KEYS, settled
from workflow.test_renamed_lines import CALLED, ONCE, VISITS, measured, other_paid

from effekt import workflow
from effekt.certificates import public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, Declarations, parse_contract
from effekt.workflow import amend

NAME = "lines_taken_away"
TEXT = ONCE.raw.decode()
LINE = TEXT[TEXT.index("    visits:\n      payers") : TEXT.index("    total:\n      payers")]
TWO = parse_contract(TEXT.replace(LINE, LINE + LINE.replace("visits:", "more:").replace('"100"', '"20"')).encode())
HEAD = "attribution: none\n"


def changed(first: Contract, change: Callable[[str], str]) -> Contract:
    agreed = "agreed_by: [municipality, provider]}\n"
    amendment = f'amendment: {{number: 1, of: "{first.sha256}", date: "2023-03-01", reason: {{sv: x, en: x}}, {agreed}'
    text = change(first.raw.decode())
    assert text.count(HEAD) == 1
    return parse_contract(text.replace(HEAD, HEAD + amendment).encode())


def condition(text: str) -> str:
    return text.replace(VISITS, VISITS.replace("visits:", 'calls:\n      when: {figure: total, ge: "1"}'))


def line_and_figure(text: str) -> str:
    return text.replace("visits:", "calls:").replace("figure: visits", "figure: calls")


def split(text: str) -> str:
    half = LINE.replace('"100"', '"50"')
    return text.replace(LINE, half.replace("visits:", "first:") + half.replace("visits:", "second:"))


def merged(text: str) -> str:
    assert text.count("    more:") == 1
    return text.replace(LINE.replace("visits:", "more:").replace('"100"', '"20"'), "").replace(
        VISITS, VISITS.replace("visits:", "all:")
    )


SHAPES = [
    (ONCE, condition, "visits", ["calls"], "visits"),
    (ONCE, line_and_figure, "visits", ["calls"], "calls"),
    (ONCE, split, "visits", ["first", "second"], "visits"),
    (TWO, merged, "visits and more", ["all"], "visits"),
]


def verified(made: Certificate, first: Contract, *earlier: Certificate) -> dict[str, tuple[str, str, str]]:
    found = workflow.verify(made, contract=made.contract, amended=[first], earlier=earlier).findings
    return {one.name: (one.verdict, one.text.en, one.text.sv) for one in found}


@pytest.mark.parametrize(("first", "change", "gone", "new", "figure"), SHAPES)
def test_that_it_may_be_paid_again_is_told(
    first: Contract, change: Callable[[str], str], gone: str, new: list[str], figure: str
) -> None:
    after = changed(first, change)
    paid = settled(first, DAYS[0], {"visits": 3, "total": 4, "paid": 0})
    again = settled(after, DAYS[1], {figure: 3, "total": 4, "paid": 40})
    assert {line.id: line.amount for line in again.settlement.lines if line.id in new} == dict.fromkeys(
        new, "150" if len(new) > 1 else "300"
    )
    verdict, en, sv = verified(again, first, paid)[NAME]
    assert verdict == "cannot_tell"
    assert f"pays {' and '.join(new)}, " in en
    assert f"that of {DAYS[0]} paid {gone}, " in en
    assert f"betalar {' och '.join(new)}, " in sv
    (caution,) = [one for one in amend(first, after).cautions if "is not counted" in one.en]
    assert f"takes away {gone}" in caution.en
    assert f"has {' and '.join(new)}, " in caution.en
    assert f"tar bort {gone.replace(' and ', ' och ')}" in caution.sv


@pytest.mark.parametrize(
    ("change", "values", "of_first"),
    [
        (lambda text: text.replace(*CALLED), {"total": 5, "paid": 40}, 3),  # another name, seen as the same line
        (condition, {"total": 5, "paid": 40}, 3),  # the new line is not paid yet
        (condition, {"visits": 3, "total": 5, "paid": 40}, 0),  # the former was paid nothing
        (lambda text: text.replace(LINE, LINE + split(LINE)), {"total": 5, "paid": 40}, 3),  # none is taken away
    ],
)
def test_nothing_is_told_where_nothing_can_be_paid_again(
    change: Callable[[str], str], values: dict[str, int], of_first: int
) -> None:
    after = changed(ONCE, change)
    paid = settled(ONCE, DAYS[0], {"visits": of_first, "total": 4, "paid": 0})
    found = verified(settled(after, DAYS[1], values), ONCE, paid)
    assert NAME not in found
    assert "different" not in [verdict for verdict, *_ in found.values()]


def test_it_is_told_of_the_first_payment_alone() -> None:
    """And not of what stands in the place of the one that paid the former line."""
    after = changed(ONCE, line_and_figure)
    paid = settled(ONCE, DAYS[0], {"visits": 3, "total": 4, "paid": 0})
    first = settled(after, DAYS[1], {"calls": 3, "total": 4, "paid": 40})
    second = settled(after, DAYS[2], {"total": 6, "paid": 40})
    assert NAME in verified(first, ONCE, paid)
    assert NAME not in verified(second, ONCE, paid, first)


def test_it_is_told_of_one_that_leaves_open_what_was_paid_or_withholds_it() -> None:
    """A certificate without an amount of the former line, or with all of it withheld, did not pay it."""
    after = changed(ONCE, line_and_figure)
    paid = settled(ONCE, DAYS[0], {"visits": 3, "total": 4, "paid": 0})
    none = settled(ONCE, DAYS[0], {"total": 4, "paid": 0})
    admitted = dispute("2023-02-05", {"visits": 0}, "municipality")

    def in_place(of: Certificate, values: dict[str, int], *declared: Declarations) -> Certificate:
        given = [attested("2023-02-05", values)]
        return workflow.settle(
            ONCE, date="2023-02-05", attestations=given, declarations=declared, supersedes=of, reason="x"
        ).sign(KEY)

    recalled, settled_0 = (in_place(paid, {**more, "total": 4, "paid": 40}) for more in ({}, {"visits": 0}))
    withheld = in_place(paid, {"visits": 3, "total": 4, "paid": 0}, admitted)
    unpaid = in_place(none, {"total": 4, "paid": 40})
    again = settled(after, DAYS[1], {"calls": 3, "total": 4, "paid": 40})
    for given, en, sv in (
        (
            [recalled],
            "has no amount of visits, in the place of one that was not given and may have paid it, ",
            "saknar",
        ),
        ([paid, recalled], f"and that of {DAYS[0]} paid visits, ", f"och det från {DAYS[0]} betalade visits, "),
        ([withheld], "and that of 2023-02-05 withholds visits, ", "och det från 2023-02-05 håller inne visits, "),
    ):
        verdict, told_en, told_sv = verified(again, ONCE, *given)[NAME]
        assert verdict == "cannot_tell"
        assert en in told_en
        assert sv in told_sv
    for given in ([settled_0], [paid, settled_0], [none, unpaid], [none]):
        assert NAME not in verified(again, ONCE, *given)


def test_a_line_that_the_amendment_leaves_or_only_adds_is_no_caution() -> None:
    kept = changed(ONCE, lambda text: text.replace(VISITS, f'{VISITS}\n      when: {{figure: total, ge: "1"}}'))
    for after in (
        kept,
        changed(ONCE, lambda text: text.replace(*CALLED)),
        changed(ONCE, lambda t: t.replace(LINE, "")),
    ):
        assert not [one.en for one in amend(ONCE, after).cautions if "is not counted" in one.en]


def test_the_remedies_that_the_caution_names_count_what_was_paid() -> None:
    """The former name, by which `settle` and `verify` hold it; or a `true_up` that deducts it."""
    paid = settled(ONCE, DAYS[0], {"visits": 3, "total": 4, "paid": 0})
    kept = changed(ONCE, lambda text: text.replace(VISITS, f'{VISITS}\n      when: {{figure: total, ge: "1"}}'))
    again = settled(kept, DAYS[1], {"visits": 3, "total": 4, "paid": 40})
    assert verified(again, ONCE, paid)["supersedes"][0] == "different"

    def trued_up(text: str) -> str:
        new = LINE.replace("visits:", "calls:") + "      true_up: {paid: other_paid, below_zero: carry}\n"
        for old, other in (other_paid(), measured()):
            assert text.count(old) == 1
            text = text.replace(old, other)
        return text.replace(LINE, new)

    counted = settled(changed(ONCE, trued_up), DAYS[1], {"visits": 3, "total": 4, "paid": 40, "other_paid": 300})
    assert {line.id: line.amount for line in counted.settlement.lines} == {"calls": "0", "total": "0"}


# --- a name that stands for another figure -------------------------------------------------------------------------


def pair() -> Contract:
    """Two lines that are both paid once."""
    text = contract_text(lines=("visits", "opened"))
    assert text.count("      paid_each: certificate\n") == 1
    for name, key in KEYS.items():
        text = text.replace(f'name: "{name}"', f'name: "{name}", keys: ["{public_text(public_key(key))}"]')
    return parse_contract(decided(text.replace("      paid_each: certificate\n", "")).encode())


PAIR = pair()


def swapped(text: str) -> str:
    """The two lines have each other's name."""
    for old, new in (
        ("figure: visits", "figure: -"),
        ("figure: opened", "figure: visits"),
        ("figure: -", "figure: opened"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def test_a_name_that_stands_for_another_figure_is_told() -> None:
    found = [one for one in amend(PAIR, changed(PAIR, swapped)).cautions if "no longer" in one.en]
    assert [one.en for one in found] == [
        f"By the amendment {id}, which is paid once, reads {other} and no longer {id}: what was paid of {id} counts as "
        f"paid of it by the new terms too, which no other day then pays, and {other}, which now reads {id}, pays again "
        f"what {id} paid for that. Where it is for something else, give it another name."
        for id, other in (("visits", "opened"), ("opened", "visits"))
    ]
    assert found[0].sv == (
        "Ändringen gör att visits, som betalas en gång, läser opened och inte längre visits: det som betalats av "
        "visits räknas som betalt av den också enligt de nya villkoren, så att ingen annan dag betalar den, och "
        "opened, som nu läser visits, betalar på nytt det som visits betalade för det. Är den för något annat, ge den "
        "ett annat namn."
    )
    alone = changed(PAIR, lambda text: text.replace("figure: visits", "figure: opened"))
    (told,) = [one.en for one in amend(PAIR, alone).cautions if "no longer" in one.en]
    assert told.endswith("which no other day then pays. Where it is for something else, give it another name.")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace('price: "100"', 'price: "90"'),
        lambda text: text.replace(
            "    visits:\n      payers", '    visits:\n      when: {figure: opened, ge: "1"}\n      payers'
        ),
    ],
)
def test_a_line_that_still_reads_what_it_read_is_not(change: Callable[[str], str]) -> None:
    assert not [one.en for one in amend(PAIR, changed(PAIR, change)).cautions if "no longer" in one.en]


def test_the_same_lines_by_new_names_are_not_paid_again() -> None:
    """The remedy that is named: by what it reads each is known."""
    both = changed(
        PAIR,
        lambda text: (
            swapped(text)
            .replace("    visits:\n      payers", "    two:\n      payers")
            .replace("    opened:\n      payers", "    one:\n      payers")
        ),
    )
    cautions = [one.en for one in amend(PAIR, both).cautions]
    assert not [one for one in cautions if "no longer" in one]
    assert [one for one in cautions if "gives the line visits the name one" in one]
