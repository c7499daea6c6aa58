"""Counts rounded to a base: no amount, sum, difference, share or release gives one back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest

from certificates_unit.test_release import CONTRACT, SALT, SHARES, bare, certificate, parse, range_of, shown
from effekt.certificates import DEMO_KEY, Envelope, sign
from effekt.certificates.disclosure import rounded, rounded_alike
from effekt.certificates.given_back import telling_shares
from effekt.certificates.possible import possible_values
from effekt.certificates.ranges import Ranges, Shown, apart, most_settlements
from effekt.certificates.release import Happened, PublicStatement, public_statement, read_public, suspected_sums
from effekt.certificates.shown_again import is_settled_too_often
from effekt.certificates.statement import read_statement
from effekt.contracts import Figure, parse_contract
from effekt.reports.public import statement_text
from effekt.workflow import case_contract, verify_statement

ROUNDED = CONTRACT.replace("{minimum: 5}", "{minimum: 5, round_to: 5}")
PLAIN = ROUNDED.replace("  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n", "")


@pytest.mark.parametrize("base", [3, 4, 5, 10])
def test_the_nearest_multiple_and_halves_away_from_zero(base: int) -> None:
    for n in range(-25, 26):
        assert rounded(n, base) == base * int((Decimal(n) / base).quantize(Decimal(1), ROUND_HALF_UP))
        alike = rounded_alike(n, base)
        assert n in alike
        same = [one for one in range(-60, 61) if rounded(one, base) == rounded(n, base) and (one < 0) == (n < 0)]
        assert list(alike) == same


def test_a_count_is_shown_rounded_and_what_it_pays_as_a_range() -> None:
    made = certificate(ROUNDED, started=42, stayed=31, studied=17)
    found = public_statement(made, salt=SALT)
    assert (found.round_to, found.rounded) == (5, {"started": "40", "stayed": "30", "studied": "15"})
    assert range_of(found.figures["studied"]) == (13, 17)
    assert found.figures["audited"].kind == "exact"
    # an amount over its price, a payer's share of it, and what the waterfall passes on
    assert range_of(found.lines["studies"]) == (13 * 7001, 17 * 7001)
    assert range_of(found.shares["starts/town"]) == (round(38 * 15012 * 0.8), round(42 * 15012 * 0.8))
    least, most = 38 * 15012 + 28 * 31013 + 13 * 7001, 42 * 15012 + 32 * 31013 + 17 * 7001
    assert range_of(found.total) == (least, most)
    assert range_of(found.receipts["fund"]) == (least - 100000, most - 100000)
    assert str(31 * 31013).encode() not in found.to_envelope().payload
    assert read_public(found.to_envelope()) == found
    assert not {"round_to", "rounded"} & set(read_statement(shown(started=42).to_envelope().payload).predicate)


def test_the_statement_is_the_same_for_all_that_are_rounded_alike() -> None:
    first = bare(shown(PLAIN, started=38, studied=13))
    for started, studied in ((42, 17), (38, 15), (40, 13)):
        assert bare(shown(PLAIN, started=started, studied=studied)) == first
    assert bare(shown(PLAIN, started=43, studied=13)) != first


def test_a_difference_and_a_declared_sum_are_ranges_of_what_is_rounded() -> None:
    found = shown(ROUNDED, started=42, stayed=40)  # 2 have left
    assert range_of(found.figures["left"]) == (-4, 4)
    assert "left" not in found.rounded
    added = PLAIN.replace("round_to: 5", "round_to: 5, sums: {started: [stayed, studied]}")
    total = shown(added, started=26, stayed=14, studied=12)
    assert range_of(total.figures["started"]) == (13 + 8, 17 + 12)
    assert range_of(total.lines["starts"]) == (21 * 15012, 29 * 15012)
    assert "started" not in total.rounded


def test_sums_rounded_for_themselves_would_give_their_parts_back() -> None:
    """Four parts that are rounded to 5 beside a sum that is rounded to 30: the reason why sums are ranges."""

    def candidates(base: int, parts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        alike = [rounded_alike(part, base) for part in parts]
        return (one for one in itertools.product(*alike) if rounded(sum(one), base) == rounded(sum(parts), base))

    assert list(candidates(5, (7, 7, 7, 7))) == [(7, 7, 7, 7)]
    assert len(list(candidates(5, (6, 6, 6, 6)))) > 1


def test_whoever_publishes_is_warned_of_a_sum_of_rounded_counts() -> None:
    made = certificate(PLAIN, started=42, stayed=30, studied=12)
    assert suspected_sums(made, public_statement(made, salt=SALT)) == (("started", ("stayed", "studied")),)
    other = certificate(PLAIN, started=43, stayed=30, studied=12)
    assert suspected_sums(other, public_statement(other, salt=SALT)) == ()


def test_what_is_rounded_as_a_small_count_is_hidden_with_it() -> None:
    """With a smallest count of 5 and base 5 only 5, 6 and 7 would be left of what is rounded to 5."""
    found = [bare(shown(PLAIN, studied=studied)) for studied in (0, 4, 5, 7)]
    assert all(one == found[0] for one in found)
    assert range_of(found[0].figures["studied"]) == (0, 7)
    assert "studied" not in found[0].rounded
    assert shown(PLAIN, studied=8).rounded["studied"] == "10"


def test_two_releases_tell_no_more_than_the_later_one() -> None:
    first = shown(PLAIN, studied=17)
    for studied in (13, 17):
        later = shown(PLAIN, first, studied=studied)
        assert range_of(later.figures["studied"]) == (13, 17)
    moved = shown(PLAIN, first, studied=18)  # one person more
    assert range_of(moved.figures["studied"]) == (18, 22)


@pytest.mark.parametrize(("base", "expected"), [(3, (11, 19)), (10, (5, 24)), (5, (13, 17))])
def test_another_base_than_before_does_not_cut_a_range_in_two(base: int, expected: tuple[int, int]) -> None:
    first = shown(PLAIN, studied=14)
    text = PLAIN.replace("round_to: 5", f"round_to: {base}")
    found = [bare(shown(text, first, studied=studied)) for studied in (14, 16)]
    assert range_of(found[0].figures["studied"]) == expected
    assert found[0] == found[1]


def test_a_count_near_one_that_was_shown_exactly_before_is_hidden_with_all_that_are_rounded_as_it() -> None:
    text = PLAIN.replace(", round_to: 5", "")
    first = shown(text, studied=14)
    found = shown(PLAIN, first, studied=16)
    assert range_of(found.figures["studied"]) == (8, 22)  # 10 to 18, and what is rounded as one of them
    assert shown(PLAIN, first, studied=23).rounded["studied"] == "25"


def test_a_share_times_a_rounded_count_gives_none_back() -> None:
    """17 of 40: 0.4250 is no other share of 38 to 42."""
    text = SHARES.replace("{minimum: 5}", "{minimum: 5, round_to: 5}")
    found = shown(text, started=40, studied=17, rate="0.4250", per_cent="42.5")
    assert (found.figures["rate"].kind, found.figures["per_cent"].kind) == ("hidden", "hidden")
    other = shown(text, started=41, studied=16, rate="0.4250", per_cent="42.5")
    assert bare(other) == bare(found)


def test_an_estimated_mean_that_is_a_share_of_a_rounded_count_is_hidden() -> None:
    """Where nothing is rounded an estimate is shown as it is."""
    own = case_contract("norwegian-recidivism")
    figures = """
  started: {attested: verifier, digits: 0, unit: persons, question: {sv: "Antal?", en: "How many?"}}
  stayed: {attested: verifier, digits: 0, unit: persons, question: {sv: "Stannade?", en: "Stayed?"}}
  mean: {estimate: reoffending, view: difference, statistic: treated_mean, digits: 4, unit: fraction}
  effect: {estimate: reoffending, view: difference, statistic: estimate, digits: 4, unit: fraction}
"""
    given = {
        id: Figure(id=id, state="determined", value=value, unit="x", digits=digits, source="attested")
        for id, value, digits in (
            ("started", "40", 0),
            ("stayed", "17", 0),
            ("mean", "0.4250", 4),
            ("effect", "0.4250", 4),
        )
    }
    possible = {"started": tuple(map(str, range(38, 43))), "stayed": tuple(map(str, range(13, 18)))}
    whole = {id: tuple(map(int, values)) for id, values in possible.items()}
    for rounding, told in (("", set()), (", round_to: 5", {"mean"})):
        text = own.raw.decode().replace("figures:\n", f"figures:{figures}", 1)
        text = text.replace("attribution:", f"disclosure: {{minimum: 5{rounding}}}\nattribution:", 1)
        contract = parse_contract(text.encode(), own.folder)
        assert telling_shares(contract, given, whole, possible, minimum=5) == told


def test_with_too_many_possibilities_the_counts_are_shown_and_what_depends_on_them_is_hidden() -> None:
    text = PLAIN.replace("round_to: 5", "round_to: 20")
    found = shown(text, started=101, stayed=80, studied=61)
    assert found.rounded == {"started": "100", "stayed": "80", "studied": "60"}
    assert range_of(found.figures["started"]) == (90, 109)
    assert {one.kind for one in found.lines.values()} == {"hidden"}
    assert (found.total, found.state) == (Shown(kind="hidden"), None)


def test_a_reader_sees_the_rounded_count_and_what_it_may_be() -> None:
    found = shown(PLAIN, started=42, studied=3)
    rows = {
        lang: {line.split("  ")[0]: line.split("  ")[-1].strip() for line in statement_text(found, lang).splitlines()}
        for lang in ("sv", "en")
    }
    assert (rows["en"]["started"], rows["sv"]["started"]) == ("40 (38 to 42)", "40 (38 till 42)")
    assert rows["en"]["studied"] == "0 to 7"
    assert "Other counts are rounded to the nearest multiple of 5, each for itself" in " ".join(
        statement_text(found, "en").split()
    )
    assert "Andra antal är avrundade till närmaste multipel av 5" in " ".join(statement_text(found, "sv").split())
    assert "multiple" not in statement_text(shown(started=42), "en")


# --- more counts than can be settled in every combination ------------------------------------------------------


def of_counts(lines: str, n: int = 3, derived: str = "", rule: str = "", sums: str = "") -> str:
    """A contract on the counts a, b, c, … with these lines, each a figure with its price and more."""
    question = '{sv: "Hur många?", en: "How many?"}'
    counts = "".join(
        f"  {id}: {{attested: auditor, digits: 0, unit: persons, question: {question}}}\n" for id in "abcdefgh"[:n]
    )
    audited = f'  audited: {{attested: auditor, digits: 0, unit: "yes/no", question: {question}}}\n'
    head = CONTRACT[: CONTRACT.index("figures:\n")].replace("{minimum: 5}", f"{{minimum: 5, round_to: 5{sums}}}")
    body = ""
    for place, line in enumerate(lines.split("|")):
        figure, price, *more = line.split()
        below = "negative" if price.startswith("-") else "zero"
        pays = f'{{unit_price: {{price: "{price}", figure: {figure}, below_zero: {below}}}}}'
        body += (
            f'    line{place}:\n      payers: {{town: "0.8", state: "0.2"}}\n      payee: fund\n      pays: {pays}\n'
        )
        body += "".join(f"      {one.replace('~', ' ')}\n" for one in more)
    payment = 'payment:\n  currency: SEK\n  quantum: "1"\n  rounding: half_up\n'
    return f"{head}figures:\n{counts}{audited}{derived}{payment}  lines:\n{body}{rule}"


ADDED = "  both: {derived: {sum: [a, b]}, digits: 0, unit: persons}\n"
APART = {
    "each line its count": (of_counts("a 101|b 70|c 33"), 3),
    "two lines of one count": (of_counts("a 101|a 70|b 33|c 1"), 3),
    "a derived count": (of_counts("both 101|c 33", derived=ADDED), 2),
    "a derived count that no line reads": (of_counts("a 101|b 9|c 33", derived=ADDED), 2),
    "a cap, a floor and money back": (of_counts('a 101 cap:~"1500"|b 70 floor:~"900"|c -33'), 3),
    "more back than paid": (of_counts("a 10|b 10|c -33"), 3),
    "a gate on another count": (of_counts('a 101 when:~{figure:~c,~ge:~"14"}|b 70|c 33'), 2),
    "a gate on an answer": (of_counts('a 101 when:~{figure:~audited,~eq:~"1"}|b 70|c 33'), 3),
    "nothing is paid": (
        of_counts('a 101 when:~{figure:~a,~ge:~"99"}|b 7 when:~{figure:~b,~ge:~"99"}|c 9 when:~{figure:~c,~ge:~"99"}'),
        3,
    ),
    "a declared sum": (of_counts("a 101|b 9|c 33|d 7", n=4, sums=", sums: {d: [a, b]}"), 2),
}


def ranges(text: str, most: int, **counts: int | str) -> Ranges | None:
    made = certificate(text, **counts)
    figures = {figure.id: figure for figure in made.figures}
    possible = possible_values(made.contract, figures, []).values
    return Ranges.over(made.contract, figures, possible, date=made.date, most=most)


@pytest.mark.parametrize("amounts", ["", ", amounts: annual_total_only"])
@pytest.mark.parametrize(("text", "groups"), APART.values(), ids=list(APART))
@pytest.mark.parametrize("values", [{"a": 12, "b": 17, "c": 15}, {"a": 41, "b": 3, "c": 22}, {"a": 8, "b": 8, "c": 0}])
def test_counts_that_no_line_has_in_common_are_as_in_every_combination(
    text: str, groups: int, values: dict[str, int], amounts: str
) -> None:
    text = text.replace("disclosure: {minimum: 5", f"disclosure: {{minimum: 5{amounts}").replace(
        "    line0:\n", '    line0:\n      due: "2022-01-01"\n'
    )
    counts = values | ({"d": values["a"] + values["b"]} if "\n  d: " in text else {})
    every, separate = ranges(text, 10**6, **counts), ranges(text, 99, **counts)
    assert every is not None
    assert separate is not None
    assert every.settlements > 99 >= separate.settlements
    assert ("by_year/2022" in every.found) == bool(amounts)
    assert len(apart(parse(text.encode()), "abc")) == groups
    assert every.found.keys() == separate.found.keys()
    for key in every.found.keys() - {"state"}:
        assert separate.partial(key) == every.partial(key)
        told = Ranges.word if key.startswith("line_states/") else Ranges.one
        assert told(separate, key) == told(every, key)
    assert set(separate.found["state"]) >= set(every.found["state"])  # or hidden where every combination shows it


RULES = (
    '  cap: {amount: "3000", reduces: pro_rata}\n',
    '  caps:\n    most: {lines: [line0, line1], amount: "3000", reduces: pro_rata}\n',
    '  waterfall: {from: fund, steps: [{to: {fund: "1"}}]}\n',
)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_between_lines_leaves_no_counts_apart(rule: str) -> None:
    text = of_counts("a 101|b 70|c 33", rule=rule)
    assert apart(parse(text.encode()), "abc") == (("a", "b", "c"),)
    assert ranges(text, 99, a=12, b=17, c=15) is None


def test_a_line_that_may_have_no_amount_leaves_no_counts_apart() -> None:
    ratio = "  rate: {derived: {ratio: [a, b]}, digits: 2, unit: persons}\n"
    text = of_counts("rate 101|c 33|d 9", n=4, derived=ratio)
    assert ranges(text, 10**6, a=12, b=0, c=15, d=30) is not None
    assert ranges(text, 99, a=12, b=0, c=15, d=30) is None


def test_eight_counts_that_are_rounded_leave_their_amounts_to_be_seen() -> None:
    text = of_counts("|".join(f"{id} 101" for id in "abcdefgh"), n=8)
    found = shown(text, **dict.fromkeys("abcdefgh", 42))
    assert found.state == "payable"
    assert {range_of(one) for one in found.lines.values()} == {(38 * 101, 42 * 101)}
    assert range_of(found.total) == (8 * 38 * 101, 8 * 42 * 101)
    assert range_of(found.undisputed) == range_of(found.total)
    assert {range_of(found.shares[f"line{place}/town"]) for place in range(8)} == {(round(38 * 80.8), round(42 * 80.8))}
    assert read_public(found.to_envelope()) == found


def test_a_count_that_nobody_attested_leaves_the_others_amounts_to_be_seen() -> None:
    text = of_counts("|".join(f"{id} 101" for id in "abcdefgh"), n=8)
    found = shown(text, **dict.fromkeys("abcdefg", 42))
    assert (found.lines["line7"].kind, found.total.kind, found.state) == ("none", "none", "not_yet_determinable")
    assert range_of(found.lines["line0"]) == (38 * 101, 42 * 101)
    assert range_of(found.undisputed) == (7 * 38 * 101, 7 * 42 * 101)


# --- how often a contract is settled ---------------------------------------------------------------------------


@pytest.mark.parametrize(("lines", "most"), [(3, 1024), (200, 250_000 // 802)])
def test_the_longer_a_contract_the_fewer_times_it_is_settled(lines: int, most: int) -> None:
    """Each line is a mapping with its payers, its clause and what this holds; `payment` and `lines` are two more."""
    text = of_counts("|".join("abcd"[place % 4] + " 101" for place in range(lines)), n=4)
    assert most_settlements(parse(text.encode())) == most


def test_of_a_long_contract_no_more_is_settled_than_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """625 combinations are settled of a short contract; of a long one what depends on the counts is hidden."""
    cap = '  cap: {amount: "900000", reduces: pro_rata}\n'
    short, long = (of_counts("|".join("abcd"[k % 4] + " 101" for k in range(n)), n=4, rule=cap) for n in (4, 200))
    counts = {"a": 42, "b": 43, "c": 57, "d": 61}
    assert shown(short, **counts).lines["line0"].kind == "range"
    settled = []
    monkeypatch.setattr("effekt.certificates.ranges.settle_figures", lambda *given, **how: settled.append(how))
    with pytest.raises(AttributeError):
        shown(short, **counts)
    assert settled == [{"in_words": False}]
    monkeypatch.undo()
    found = shown(long, **counts)
    assert {one.kind for one in found.lines.values()} == {"hidden"}
    made = certificate(long, **counts)
    told = {one.name: one.verdict for one in verify_statement(signed(found), contract=made.contract).findings}
    assert told["terms"] == "reproduced"
    assert told["amounts"] == "cannot_tell"
    event = Happened(kind="disputed", by="town", date="2021-04-01", of=("a",))
    assert not is_settled_too_often(shown(short, **counts), parse(short.encode()))
    assert is_settled_too_often(replace(found, happened=(event,)), made.contract)  # nor where an event is declared


def signed(found: PublicStatement) -> Envelope:
    return sign(found.to_envelope(), DEMO_KEY)
