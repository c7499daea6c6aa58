"""Series of corrections made by chance against books that are kept by hand: what was paid, and what is left to pay."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from oracles import ledger
from workflow.test_one_settlement import BOTH, stating, verdicts
from workflow.test_several_settlements import settled

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.exceptions import CertificateError

CAP, PRICE = 20_000, 1000
NOT_TOLD = {"different", "cannot_tell"}


def different(certificate: Certificate, *earlier: Certificate) -> set[str]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier)
    return {one.name for one in found.differences}


@pytest.mark.parametrize("seed", range(14))
def test_what_a_series_settles_anew_is_what_the_books_strike_out(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    below, opening = rng.choice(["clawback", "carry"]), rng.choice([0, 3000])
    text = BOTH.replace("below_zero: clawback", f"below_zero: {below}")
    day = "2024-01-31" if opening else "2023-01-31"
    book: list[tuple[int, int]] = []
    made: list[Certificate] = []
    for number in range(5):
        units, date = rng.randrange(1, 45), f"{day[:5]}02-{number + 1:02d}" if number else day
        anew = bool(book) and rng.random() < 0.6
        before = rng.choice([one for one, _ in book]) if anew else ledger.paid(book, opening)
        anew = anew and before != ledger.paid(book, opening)
        amount = ledger.due_now(units, PRICE, before, CAP, below)
        after, already = ledger.enter(book, before, amount, anew)
        try:
            one = settled(text, date, str(units), str(before), made[-1] if made else None, tmp_path)
        except CertificateError:  # beyond the cap with what it corrects, or less than was paid and nothing goes back
            assert ledger.paid(after, 0) > CAP or (anew and below == "carry" and amount < already)
            continue
        assert ledger.paid(after, 0) <= CAP
        assert Fraction(one.due or "") == amount
        assert one.settles_anew == ({"work": str(already)} if anew else None)
        assert one.left_to_pay == ({"work": str(amount - already)} if anew else {})
        assert one.paid_to_date == {"work": str(ledger.paid(after, opening))}
        told = verdicts(one, *made)
        assert not [name for name, (verdict, _, _) in told.items() if verdict == "different"]
        assert ("settled_anew" in told, "settled_anew" in verdicts(one)) == (anew, anew)
        assert not different(one)
        if anew:
            false = str(rng.choice([value for value in (already - 1, already + 1, 0, -1, 10**6) if value != already]))
            forged = stating(one, {"work": false})
            assert {"settled_anew", "paid_before"} <= different(forged, *made)
            assert verdicts(forged)["settled_anew"][0] in NOT_TOLD
            assert "paid_before" in different(stating(one, None), *made)
        (tmp_path / f"{number}.json").write_bytes(one.to_bytes())
        book, made = after, [*made, one]
    assert made
