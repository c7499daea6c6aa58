"""A count that is not what happened alone, since a unit counts for a least or a most, says so wherever it is told."""

import pytest
from reports import samples

from effekt.contracts import Contract
from effekt.reports.terms import figure_terms
from effekt.reports.text import certificate_text

NBSP = "\N{NO-BREAK SPACE}"
PAYS = '{unit_price: {price: "9250.55", figure: months, below_zero: zero}}'
HAPPENED = ("counts what happened", "räknar vad som hände")
MORE = ("the figure can be more than what happened", "kan siffran vara större än det som hände")
LESS = ("the figure can be less than what happened", "kan siffran vara mindre än det som hände")


def limited(limits: str) -> Contract:
    return samples.contract(
        samples.COUNT, PAYS, method=f"outcome_count, unit: person, statistic: count, {limits}missing: raise"
    )


def texts(contract: Contract) -> tuple[str, ...]:
    made = samples.certificate(contract, samples.measure())
    return tuple(" ".join(certificate_text(made, lang).replace(NBSP, " ").split()) for lang in ("en", "sv"))


@pytest.mark.parametrize(
    ("limits", "english", "swedish", "said", "unsaid"),
    [
        (
            'min_per_unit: "6", max_per_unit: "6", ',
            ", at least 6 and at most 6 for each unit (person)",
            ", minst 6 och högst 6 för varje enhet (person)",
            (MORE, LESS),
            (HAPPENED,),
        ),
        (
            'min_per_unit: "0.5", max_per_unit: none, ',
            ", at least 0.5 for each unit (person)",
            ", minst 0,5 för varje enhet (person)",
            (MORE,),
            (LESS, HAPPENED),
        ),
        (
            "max_per_unit: 12, ",
            ", at most 12 for each unit (person)",
            ", högst 12 för varje enhet (person)",
            (LESS,),
            (MORE, HAPPENED),
        ),
        ("min_per_unit: none, ", "", "", (HAPPENED,), (MORE, LESS)),
    ],
)
def test_the_limits_stand_in_the_figure_the_measure_and_the_evidence(limits, english, swedish, said, unsaid):
    contract = limited(limits)
    told = figure_terms(contract)["months"]
    comma = "," if english else ""

    assert f": count{english}{comma} in the analysis absence (outcome_count);" in told.en
    assert f": antal{swedish}{comma} i analysen absence (outcome_count);" in told.sv
    for place, text in enumerate(texts(contract)):
        label = ("Count, in_work", "Antal, in_work")[place] + (english, swedish)[place]
        assert f"{label} {('1,234 months', '1 234 månader')[place]}" in text
        assert all(words[place] in text for words in said)
        assert not any(words[place] in text for words in unsaid)
