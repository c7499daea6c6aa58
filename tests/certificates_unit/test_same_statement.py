"""Every combination of hidden counts that a public statement leaves possible gives that same statement."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest

from certificates_unit.test_release import CONTRACT, INVOICED, SHARES, bare, certificate, shown
from effekt.certificates.release import PublicStatement, stated_numbers
from effekt.workflow.statement_form import shown_in

COUNTS = ("started", "stayed", "studied")
LEFT = "  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n"
KINDS = ("difference", "difference", "sum", "greatest", "least", "product", "ratio", "mix", "fallback")


def drawn(seed: int) -> str:
    """A contract with one to three figures derived from counts, decimals and each other, of which lines may be paid."""
    rnd = random.Random(seed)
    names, derived = [*COUNTS], ""
    for id in ("one", "two", "three")[: rnd.randint(1, 3)]:
        kind, (first, second) = rnd.choice(KINDS), rnd.sample(names, 2)
        how = {
            "product": f"[{first}, {rnd.choice([second, chr(34) + '0.5' + chr(34)])}]",
            "mix": f'[["0.25", {first}], ["0.75", {second}]]',
            "fallback": f'[{{figure: {first}, when: {second}, at_least: "4"}}, {{figure: {second}}}]',
        }.get(kind, f"[{first}, {second}]")
        derived += f"  {id}: {{derived: {{{kind}: {how}}}, digits: 0, unit: persons}}\n"
        names.append(id)
    text = rnd.choice([CONTRACT, SHARES]).replace(LEFT, derived)
    text = text.replace("{minimum: 5}", f"{{minimum: {rnd.choice([2, 3])}}}")
    paid = names[-1] if rnd.random() < 0.5 else "studied"
    return text.replace("figure: studied, below_zero", f"figure: {paid}, below_zero")


def spans(found: PublicStatement) -> list[range]:
    return [range(int(found.figures[id].low or ""), int(found.figures[id].high or "") + 1) for id in COUNTS]


def differing(text: str, values: tuple[int, ...], *earlier: PublicStatement) -> list[tuple[int, ...]]:
    """The combinations within what a statement shows that give another one; its own are among them."""
    more = {"rate": "0.6667", "per_cent": "50.0"} if text.count("per_cent") else {}

    def of(each: tuple[int, ...]) -> PublicStatement:
        return bare(shown(text, *earlier, **dict(zip(COUNTS, each, strict=True)), **more))

    found = of(values)
    true = stated_numbers(certificate(text, **dict(zip(COUNTS, values, strict=True)), **more))
    for place, one in shown_in(found).items():
        if one.low is not None and one.high is not None:
            assert Fraction(one.low) <= Fraction(true[place] or "") <= Fraction(one.high)
    every = list(itertools.product(*spans(found)))
    assert values in every
    return [each for each in every if of(each) != found]


@pytest.mark.parametrize("seed", range(16))
def test_every_combination_within_what_is_shown_gives_the_same_statement(seed: int) -> None:
    """Which counts were shown exactly told that after was 0 where before was 5, as nothing else hid before."""
    rnd = random.Random(seed + 1000)
    assert differing(drawn(seed), tuple(rnd.randint(0, 8) for _ in COUNTS)) == []


@pytest.mark.parametrize("seed", range(4))
def test_nor_does_a_statement_beside_earlier_ones_tell_them_apart(seed: int) -> None:
    rnd = random.Random(seed)
    text = drawn(seed).replace("  three: {derived: {ratio:", "  three: {derived: {difference:")
    if "per_cent" in text:
        text = text.replace(SHARES[SHARES.index("  rate:") : SHARES.index("  audited:")], "")
    first = shown(text, **{id: rnd.randint(4, 20) for id in COUNTS})
    values = tuple(rnd.randint(0, 20) for _ in COUNTS)
    assert differing(text, values, first) == []


def test_a_reduction_that_may_be_small_hides_what_it_is_of() -> None:
    for before in range(5, 10):
        found = shown(started=before, stayed=0, studied=20)
        assert (found.figures["started"].low, found.figures["started"].high) == ("5", "9")
        assert (found.figures["left"].low, found.figures["left"].high) == ("1", "9")
        assert differing(CONTRACT, (before, 0, 20)) == []
    assert shown(started=10, stayed=0, studied=20).figures["started"].kind == "exact"


# --- a figure that the contract hides may have any value -----------------------------------------------------------

NEVER = "{minimum: 5, hidden: [stayed]}"


@pytest.mark.parametrize(
    ("text", "disclosure", "more"),
    [
        (CONTRACT, NEVER, {"started": 42}),
        (CONTRACT.replace("difference: [started", "least: [studied"), NEVER, {"started": 42, "studied": 7}),
        (CONTRACT.replace("difference: [started", "product: [studied"), NEVER, {"started": 42, "studied": 20}),
        (CONTRACT, NEVER.replace("5", "5, round_to: 10"), {"started": 42}),
        (SHARES, NEVER, {"started": 42, "rate": "0.0714", "per_cent": "75.0"}),
        (SHARES, NEVER, {"started": 42, "studied": 4, "rate": "4.2000", "per_cent": "75.0"}),
        (INVOICED, NEVER, {"started": 42, "invoice": 3 * 31013}),
        (INVOICED, NEVER, {"started": 42, "invoice": 9 * 31013}),
    ],
)
def test_nothing_that_is_shown_tells_of_a_figure_that_the_contract_hides(
    text: str, disclosure: str, more: dict[str, int | str]
) -> None:
    """That studied was 5 to 9 and not 7 told that fewer than five stayed."""
    text = text.replace("{minimum: 5}", disclosure)
    found = [bare(shown(text, **{"studied": 20, "stayed": stayed, **more})) for stayed in (0, 3, 4, 5, 9, 10, 20, 33)]
    assert found[0].figures["stayed"].kind == "hidden"
    assert all(one == found[0] for one in found)


def test_of_a_figure_that_the_contract_hides_no_sum_or_share_is_shown() -> None:
    text = CONTRACT.replace("{minimum: 5}", "{minimum: 5, hidden: [stayed], sums: {started: [stayed, studied]}}")
    found = [bare(shown(text, started=stayed + 20, stayed=stayed, studied=20)) for stayed in (0, 3, 9, 33)]
    assert all(one == found[0] for one in found)
    assert {id: one.kind for id, one in found[0].figures.items()} == {
        "started": "hidden",
        "stayed": "hidden",
        "studied": "exact",
        "audited": "exact",
        "left": "hidden",
    }


def test_what_gives_back_a_computed_count_that_the_contract_hides_is_within_its_band() -> None:
    text = CONTRACT.replace("{minimum: 5}", "{minimum: 5, hidden: [left]}")
    found = shown(text, started=42, stayed=39, studied=20)
    assert {id: found.figures[id].kind for id in ("started", "stayed", "left")} == {
        "started": "range",
        "stayed": "range",
        "left": "hidden",
    }
