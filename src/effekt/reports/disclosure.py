"""What a contract hides, in sentences for its annex, its check and a certificate's page."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from effekt._text import LANGUAGES, Text, format_percent
from effekt.certificates.annual import ALONE
from effekt.contracts.model import ContractTerms
from effekt.contracts.secrecy import Dominance
from effekt.reports.names import figure_mention, figure_name
from effekt.reports.wording import joined

BY_YEAR = Text(
    en="A public statement shows amounts by the year in which they fall due and in total alone: none by line, payer, "
    "receiver or guarantee. A year in which one line alone falls due is hidden, and another with it where just one "
    "would be.",
    sv="Ett offentligt utdrag visar belopp per det år då de förfaller till betalning och som summa, och inga andra: "
    "inget per rad, betalare, mottagare eller garanti. Ett år då bara en rad förfaller döljs, och ett till om bara "
    "ett annars skulle döljas.",
)
ONE_LINE = Text(
    en="The contract has one line alone, so that the total is its amount: it is hidden too.",
    sv="Avtalet har bara en rad, så summan är radens belopp: även den döljs.",
)
_NONE_SMALL = Text(en="No count is hidden for being small.", sv="Inget antal döljs för att det är litet.")


def disclosure_sentences(terms: ContractTerms) -> Iterator[Text]:
    """What is hidden in a certificate's results and in a public statement, one sentence for each rule.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    Text
    """
    disclosure = terms.disclosure
    if disclosure is None:
        return
    yield from _small(disclosure.minimum)
    if disclosure.round_to is not None:
        yield Text(
            en=f"A public statement shows every other count to the nearest multiple of {disclosure.round_to}, and what "
            "follows from it as a range.",
            sv=f"Ett offentligt utdrag visar varje annat antal till närmaste multipel av {disclosure.round_to}, och "
            "det som följer av det som ett spann.",
        )
    for total, parts in (disclosure.sums or {}).items():
        whole, of = figure_name(total, terms), joined(figure_mention(part, terms) for part in parts)
        yield Text(
            en=f"{whole.en} is the sum of {of.en}: a public statement shows none of them that would give back another "
            "that is hidden.",
            sv=f"{whole.sv} är summan av {of.sv}: ett offentligt utdrag visar inget av dem som skulle röja ett annat "
            "som döljs.",
        )
    if disclosure.hidden:
        never = joined(figure_mention(id, terms) for id in disclosure.hidden)
        yield Text(
            en=f"A public statement never shows {never.en}.", sv=f"Ett offentligt utdrag visar aldrig {never.sv}."
        )
    if disclosure.dominance is not None:
        yield _dominated(disclosure.dominance, disclosure.minimum)
    if disclosure.amounts is not None:
        yield BY_YEAR
        if len(terms.payment.lines) < ALONE:
            yield ONE_LINE


def _small(minimum: int) -> Iterator[Text]:
    if not minimum:
        yield _NONE_SMALL
        return
    yield Text(
        en=f"Counts of units, rows and clusters below {minimum} are hidden in the results that a certificate shows, "
        "with those that would give them back; counts that are figures, means, effects and amounts are shown there.",
        sv=f"Antal enheter, rader och kluster under {minimum} visas inte i de resultat som ett intyg återger, och inte "
        "heller antal som skulle röja dem; antal som är siffror, medelvärden, effekter och belopp visas där.",
    )
    yield Text(
        en=f"A public statement hides every count below {minimum}, also one that is a figure, with what would give it "
        "back, or shows the range that it may have.",
        sv=f"Ett offentligt utdrag döljer varje antal under {minimum}, även ett som är en siffra, med det som skulle "
        "röja det, eller visar det spann som det kan ha.",
    )


def _dominated(rule: Dominance, minimum: int) -> Text:
    """When a sum of money is hidden: few make up most of it, few are in it, or nobody tells who is."""
    several = rule.largest > 1
    share = {lang: format_percent(Fraction(rule.share), lang, None) for lang in LANGUAGES}
    few = Text(en="", sv="")
    if minimum > 1:
        few = Text(
            en=f", when fewer than {minimum} contribute to it", sv=f", när den består av färre än {minimum} poster"
        )
    en = f"{rule.largest} largest contributions make" if several else "largest contribution makes"
    sv = f"de {rule.largest} största posterna" if several else "den största posten"
    return Text(
        en="A public statement hides a measured or attested sum of money, other than a parameter, when its "
        f"{en} up at least {share['en']} of it{few.en}, and when nobody gives what each contributes.",
        sv="Ett offentligt utdrag döljer en uppmätt eller intygad summa pengar, utom en parameter, när "
        f"{sv} utgör minst {share['sv']} av den{few.sv} och när ingen anger posterna.",
    )
