"""What is hidden, which runs leave a line and by which seed is tried: a sentence each in the annex and on the page."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from workflow.conftest import Ran
from workflow.test_population import KEY, SPACES, changed, contract

from effekt import workflow
from effekt.contracts import parse_contract
from effekt.reports.disclosure import disclosure_sentences

COUNTS = """\
figures:
  persons: {attested: verifier, digits: 0, unit: person, question: {sv: "Alla?", en: "All?"}}
  men: {attested: verifier, digits: 0, unit: person, question: {sv: "Män?", en: "Men?"}}
  women: {attested: verifier, digits: 0, unit: person, question: {sv: "Kvinnor?", en: "Women?"}}
"""
RULES = """\
disclosure:
  minimum: 5
  round_to: 5
  sums: {persons: [men, women]}
  hidden: [delivered]
  dominance: {largest: 2, share: "0.90"}
dry_run: {seed: 20200101}
"""
HIDDEN = (
    (
        "Counts of units, rows and clusters below 5 are hidden in the results that a certificate shows, with those "
        "that would give them back; counts that are figures, means, effects and amounts are shown there.",
        "Antal enheter, rader och kluster under 5 visas inte i de resultat som ett intyg återger, och inte heller "
        "antal som skulle röja dem; antal som är siffror, medelvärden, effekter och belopp visas där.",
    ),
    (
        "A public statement hides every count below 5, also one that is a figure, with what would give it back, or "
        "shows the range that it may have.",
        "Ett offentligt utdrag döljer varje antal under 5, även ett som är en siffra, med det som skulle röja det, "
        "eller visar det spann som det kan ha.",
    ),
    (
        "A public statement shows every other count to the nearest multiple of 5, and what follows from it as a range.",
        "Ett offentligt utdrag visar varje annat antal till närmaste multipel av 5, och det som följer av det som ett "
        "spann.",
    ),
    (
        "persons is the sum of men and women: a public statement shows none of them that would give back another that "
        "is hidden.",
        "persons är summan av men och women: ett offentligt utdrag visar inget av dem som skulle röja ett annat som "
        "döljs.",
    ),
    ("A public statement never shows delivered.", "Ett offentligt utdrag visar aldrig delivered."),
    (
        "A public statement hides a measured or attested sum of money, other than a parameter, when its 2 largest "
        "contributions make up at least 90% of it, when fewer than 5 contribute to it, and when nobody gives what each "
        "contributes.",
        "Ett offentligt utdrag döljer en uppmätt eller intygad summa pengar, utom en parameter, när de 2 största "
        "posterna utgör minst 90 % av den, när den består av färre än 5 poster och när ingen anger posterna.",
    ),
)
RUNS = (
    (
        "A dry run deals the treatment labels to others by the seed 20200101, and by no other; nothing is to be paid "
        "on it.",
        "En torrkörning kastar om behandlingsetiketterna efter fröet 20200101 och inget annat; inget ska betalas på "
        "den.",
    ),
)
LOG = (
    "Every estimate, look, dry run and settlement leaves a line in the run log, runs.jsonl in the contract's folder, "
    "which begins with the lock; without it no result is shown.",
    "Varje skattning, avläsning, torrkörning och avräkning lämnar en rad i körningsloggen, runs.jsonl i avtalets mapp, "
    "som börjar med låsningen; utan den visas inget resultat.",
)
TEXT = changed("figures:\n", COUNTS).replace("\ndata:\n", f"\n{RULES}data:\n", 1)


def plain(text: str) -> str:
    return html.unescape(text).replace("\\", "").translate(SPACES)


@pytest.mark.parametrize(("place", "lang"), [(0, "en"), (1, "sv")])
def test_the_annex_and_the_page_say_what_is_hidden_and_by_which_seed_it_is_tried(
    place: int, lang: str, tmp_path: Path
) -> None:
    found = contract(tmp_path, TEXT)
    annexed = plain(workflow.annex(found, lang=lang))
    workflow.report(workflow.settle(found, date="2021-06-01").sign(KEY), tmp_path / "page.html", lang=lang)
    page = plain((tmp_path / "page.html").read_text(encoding="utf-8"))
    for sentence in (one[place] for one in (*HIDDEN, *RUNS)):
        assert sentence in annexed
        assert sentence in page


@pytest.mark.parametrize(("place", "lang"), [(0, "en"), (1, "sv")])
def test_the_annex_says_that_every_run_leaves_a_line(place: int, lang: str) -> None:
    logged = parse_contract(TEXT.replace("\ndata:\n", "\nlog: runs.jsonl\ndata:\n", 1).encode())
    assert LOG[place] in plain(workflow.annex(logged, lang=lang))


@pytest.mark.parametrize(("place", "lang"), [(0, "en"), (1, "sv")])
def test_check_says_what_will_be_hidden(place: int, lang: str, tmp_path: Path, effekt: Callable[..., Ran]) -> None:
    contract(tmp_path, TEXT)
    told = effekt("check", tmp_path / "contract.yaml", "--lang", lang)
    assert told.code == 0
    listed = json.loads(effekt("check", tmp_path / "contract.yaml", "--lang", lang, "--json").out)["disclosure"]
    assert list(map(plain, listed)) == [one[place] for one in HIDDEN]
    for one in HIDDEN:
        assert f"  {one[place]}\n" in plain(told.out)


def test_a_contract_that_hides_nothing_says_no_more_than_that() -> None:
    def said(rules: str) -> list[tuple[str, str]]:
        text = changed("\ndata:\n", f"\n{rules}data:\n")
        return [(plain(one.en), plain(one.sv)) for one in disclosure_sentences(parse_contract(text.encode()).model)]

    assert said("") == []
    assert said("disclosure: {minimum: 0}\n") == [
        ("No count is hidden for being small.", "Inget antal döljs för att det är litet.")
    ]
    _, dominated = said('disclosure: {minimum: 0, dominance: {largest: 1, share: "0.5"}}\n')
    assert dominated == (
        "A public statement hides a measured or attested sum of money, other than a parameter, when its largest "
        "contribution makes up at least 50% of it, and when nobody gives what each contributes.",
        "Ett offentligt utdrag döljer en uppmätt eller intygad summa pengar, utom en parameter, när den största posten "
        "utgör minst 50 % av den och när ingen anger posterna.",
    )
