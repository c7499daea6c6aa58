"""What was paid before is told only where the given certificates agree on it: every part of a history, every sum.

The oracle knows the whole history: of a part of it, whatever shows the last settlement that some given one shows, the
sum is what stood paid by then. No other is reproduced, and that one never differs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from workflow.test_counted_again import LATER, again, told
from workflow.test_guaranteed_in_parts import DAYS, TRUE, made_of, placed, read

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts.earlier_sums import earlier_sums, paid_by
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.earlier_sums import sum_findings

CONTRACT = read({})
IDS = ("paid_before", "passed_before")


def summed(certificates: Sequence[Certificate]) -> dict[str, str]:
    """What certificates paid and passed on together."""
    sums = earlier_sums(CONTRACT.model)
    paid = {id: sum((paid_by(one.settlement, sums[id]) for one in certificates), Fraction(0)) for id in IDS}
    return {id: f"{float(value):.2f}" for id, value in paid.items()}


def anew(date: str, second: Certificate, first: Certificate) -> Certificate:
    """The second day settled anew after the first."""
    return made_of(CONTRACT, date, {"starts": "25", **summed([first])}, supersedes=second, **LATER)


FIRST, SECOND = (made_of(CONTRACT, day, TRUE[day]) for day in DAYS[:2])
LATE = again(CONTRACT, "2024-02-20", "12", FIRST)
ANEW = anew("2024-02-21", SECOND, LATE)
LATEST = again(CONTRACT, "2024-03-20", "14", LATE)
LAST = anew("2024-03-21", ANEW, LATEST)
SOON = again(CONTRACT, "2023-06-20", "12", FIRST)
COUNTED = made_of(CONTRACT, DAYS[1], {"starts": "25", **summed([SOON])})
RENEWED = anew("2024-02-21", COUNTED, SOON)
HISTORIES = {
    "corrected twice after the second day": ([FIRST, SECOND], [LATE, ANEW], [LATEST, LAST]),
    "corrected before the second day": ([FIRST], [SOON, COUNTED]),
    "corrected before the second day, which is settled again": ([FIRST], [SOON, COUNTED, RENEWED]),
}


def third_day(sums: dict[str, str]) -> Certificate:
    return made_of(CONTRACT, DAYS[2], {"starts": "30", **sums})


def verdicts(one: Certificate, given: Sequence[Certificate]) -> dict[str, str]:
    return {found.name.partition(":")[2]: found.verdict for found in sum_findings(one, given)}


@pytest.mark.parametrize("name", list(HISTORIES))
def test_no_false_sum_is_reproduced_and_no_true_one_differs(name: str) -> None:
    steps = HISTORIES[name]
    history = [one for step in steps for one in step]
    of_day = [[one for one in history if one.settles == day] for day in DAYS[:2]]
    tried = [summed(pair) for pair in itertools.product(*of_day)]
    made = [(sums, third_day(sums)) for sums in tried]
    for size in range(len(history) + 1):
        for given in itertools.combinations(history, size):
            seen = max((place for place, step in enumerate(steps) for one in step if one in given), default=0)
            stood = [[one for step in steps[: seen + 1] for one in step if one.settles == day][-1:] for day in DAYS[:2]]
            true = summed([one for day in stood for one in day])
            for sums, third in made:
                for id, verdict in verdicts(third, given).items():
                    assert verdict != ("different" if sums[id] == true[id] else "reproduced"), (given, id, sums[id])
                    if size == len(history):
                        assert verdict == ("reproduced" if sums[id] == true[id] else "different")


def test_both_sums_name_what_is_missing_where_a_correction_is_withheld() -> None:
    """12 006.60 was paid before the second by its own word, and the first paid 10 005.50."""
    false, true = third_day(summed([FIRST, ANEW])), third_day(summed([LATE, ANEW]))
    for one, amount, amount_sv in ((false, "23,012.65", "23 012,65"), (true, "25,013.75", "25 013,75")):
        for given, since in (([FIRST, SECOND, ANEW], "2024-01-31"), ([FIRST, ANEW], "2023-01-31")):
            assert told(one, *given)["paid_before:paid_before"] == (
                "cannot_tell",
                f"SEK {amount} is attested as paid_before, paid before; by the certificates of earlier days that were "
                "given it is SEK 23,012.65, but the one of 2024-01-31 has SEK 12,006.60 as paid before it, and those "
                "given of the days before it pay SEK 10,005.50, as it is where 2023-01-31 was settled again: give the "
                f"certificate by which that was (--earlier), dated between {since} and 2024-02-21. If there is none "
                "that one of 2024-01-31 is wrong.",
                f"{amount_sv} kr är intygat som paid_before, tidigare betalt; enligt de intyg för tidigare dagar som "
                "angavs är det 23 012,65 kr, men det för 2024-01-31 har 12 006,60 kr som betalt före det, och de som "
                "angavs för dagarna före det betalar 10 005,50 kr, som det är där 2023-01-31 har avräknats på nytt: "
                f"ange intyget med den avräkningen (--earlier), daterat mellan {since} och 2024-02-21. Finns inget är "
                "det för 2024-01-31 fel.",
            )
        assert workflow.verify(one, contract=CONTRACT, earlier=[FIRST, ANEW]).ok  # nothing differs, and that is not all


def test_a_later_correction_asks_for_the_day_that_counted_the_one_before_it() -> None:
    third = third_day(summed([LATE, SECOND]))
    for given in ([FIRST, SECOND, LATE], [SECOND, LATE]):  # also where what it took the place of is not there
        verdict, en, sv = told(third, *given)["paid_before:paid_before"]
        assert verdict == "cannot_tell"
        assert "but that of 2024-01-31 is to be settled anew, and the one in its place was not given" in en
        assert "men det för 2024-01-31 ska avräknas på nytt, och det som ersätter det angavs inte" in sv


def test_settle_refuses_any_sum_until_the_folder_holds_what_the_second_day_counts(tmp_path: Path) -> None:
    contract = placed(tmp_path)
    workflow.write_certificate(FIRST, tmp_path / "first.json")
    (tmp_path / "anew.json").write_bytes(ANEW.to_bytes())
    for given in ([FIRST, ANEW], [LATE, ANEW]):
        with pytest.raises(CertificateError) as error:
            made_of(contract, DAYS[2], {"starts": "30", **summed(given)})
        assert str(error.value).replace("\u00a0", " ") == (
            "figures.paid_before must be what the certificates of earlier days paid, and these do not agree: the one "
            "of 2024-01-31 has 12006.60 as paid before it, and those of the days before it pay 10005.50. Put the "
            "certificate by which 2023-01-31 was settled again, dated between 2023-01-31 and 2024-02-21, beside them, "
            "or settle 2024-01-31 anew (--supersedes, --reason)."
        )
    (tmp_path / "late.json").write_bytes(LATE.to_bytes())
    made_of(contract, DAYS[2], {"starts": "30", **summed([LATE, ANEW])})
