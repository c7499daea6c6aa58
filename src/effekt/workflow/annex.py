"""The measurement annex of a contract: what it measures and pays, in sentences made from the contract file alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from effekt._text import Language, Text
from effekt._validation import join_words, plural
from effekt.contracts import Contract, format_money, guarantee_maxima, line_terms, payment_terms
from effekt.contracts.figures import AttestedFigure
from effekt.contracts.model import Analysis, ContractTerms, DataSource
from effekt.contracts.parties import Party
from effekt.estimators import METHODS
from effekt.reports.argument_words import ARGUMENTS, METHOD_NAMES
from effekt.reports.arguments import argument_sentence
from effekt.reports.document import same
from effekt.reports.intentions import intention_sections
from effekt.reports.wording import ROLES, joined
from effekt.workflow.checking import check
from effekt.workflow.data.arguments import NESTED, defaults, without_choice
from effekt.workflow.paid_by_files_before import amended_terms
from effekt.workflow.plan.reached import marked, of_year, upper_bounds, upper_bounds_of_each, what_upper_is
from effekt.workflow.plan.several_settlements import (
    IN_ALL,
    IN_ONE,
    NO_BOUND,
    Liability,
    above_all,
    governed_terms,
    liability,
    most_of_all,
    scope,
    settlements,
)

_TITLE = Text(en="Measurement annex", sv="Mätbilaga")
_PARTIES = Text(en="Parties", sv="Parter")
_FIGURES = Text(en="What is measured", sv="Vad som mäts")
_HOW = Text(en="How it is computed", sv="Hur det beräknas")
_CONVENTIONS = Text(
    en="What holds although the contract file does not say it", sv="Vad som gäller utan att avtalsfilen anger det"
)
_LINES = Text(en="What is paid", sv="Vad som betalas")
_RULES = Text(en="Between the lines, and who gets the money", sv="Regler mellan raderna, och vem som får pengarna")
_MOST = Text(en="The most that can be paid", sv="Högsta belopp som kan komma att betalas")
_HALVES = {
    "half_up": Text(en="is rounded away from zero", sv="avrundas bort från noll"),
    "half_even": Text(en="is rounded to the even one", sv="avrundas till den jämna"),
}


def annex(contract: Contract, *, lang: Language = "sv") -> str:
    """Write the measurement annex of a contract.

    Parameters
    ----------
    contract : Contract
        As `effekt.read_contract` returns it.
    lang : {"sv", "en"}
        The language.

    Returns
    -------
    str
        Markdown, the same for the same contract file, with the file's digest.

    Raises
    ------
    ContractError
        When an analysis cannot be run or leaves a choice open.

    Examples
    --------
    >>> import effekt
    >>> from effekt.workflow import annex
    >>> text = annex(effekt.read_contract(effekt.case("norrkoping") / "contract.yaml"), lang="en")
    >>> text.splitlines()[2].split(": ")[0]
    'Contract'
    """
    found, terms = check(contract), contract.model

    def say(text: Text) -> str:
        return _escaped(text.in_language(lang))

    def money(amount: str | None) -> str:
        return say(NO_BOUND) if amount is None else format_money(amount, terms.payment.currency, lang)

    contract_word, signed = {"sv": ("Avtal", "undertecknat"), "en": ("Contract", "signed")}[lang]
    lines = [
        f"# {say(_TITLE)}: {say(terms.title.text)}",
        "",
        f"{contract_word}: {terms.id}, {signed} {terms.dates.signed}. SHA-256: {contract.sha256}",
    ]
    lines += _section(say(_PARTIES), [_party(p, say) for p in terms.parties.values()])
    lines += ["", say(_signed_by(terms))]
    if terms.dates.certificates:
        lines += ["", say(_announced(terms))]
    asked = [
        f"{say(text)} {say(term.question.text)}" if isinstance(term, AttestedFigure) else say(text)
        for text, term in zip(found.figures.values(), terms.figures.values(), strict=True)
    ]
    lines += _section(say(_FIGURES), asked)
    computed = _computed(terms)
    lines += ["", f"## {say(_HOW)}"] if computed else []
    for heading, moving in computed:
        lines += ["", f"### {say(heading)}", "", *(f"- {say(text)}" for text in moving)]
    lines += _section(say(_CONVENTIONS), [say(text) for text in found.by_convention])
    lines += _section(say(_LINES), [f"{id}: {say(text)}" for id, text in line_terms(contract).items()])
    what, halves, multiple = _rounded(terms), _HALVES[terms.payment.rounding], money(terms.payment.quantum)
    quantum = Text(
        en=f"{what.en} rounded once, to a whole multiple of {multiple}; an amount halfway between two {halves.en}.",
        sv=f"{what.sv} avrundas en gång, till en hel multipel av {multiple}; ett belopp mitt emellan två {halves.sv}.",
    )
    lines += _section(
        say(_RULES),
        [
            say(text)
            for text in (quantum, *payment_terms(contract), *governed_terms(contract), *amended_terms(contract))
        ],
    )
    for heading, sentences in intention_sections(contract):
        lines += _section(say(heading), [say(text) for text in sentences])
    total = Text(en="All lines together", sv="Alla rader tillsammans")
    several, booked = settlements(contract), liability(contract)
    only = [*upper_bounds(contract, found.maximum_total, several, booked), *upper_bounds_of_each(contract)]
    each = IN_ONE if several else Text(en="", sv="")
    most = [
        f"{id}{say(each)}: {money(amount)}{say(marked(f'{name}.{id}', only))}"
        for name, single in (("maximum", found.maximum), ("maximum_of_guarantees", guarantee_maxima(contract)))
        for id, amount in single.items()
    ]
    most += [f"{say(total)}{say(each)}: {money(found.maximum_total)}{say(marked('maximum_total', only))}"]
    if several:
        of_all = most_of_all(several, terms.payment.currency)
        most += [f"{say(total)} {say(of_all)}{say(marked('maximum_over_all', only))}"]
        most += [
            f"{say(total)} {year}: {money(amount)}{say(marked(f'maximum_by_year.{year}', only))}"
            for year, amount in several.maximum_by_year.items()
        ]
    most += [
        f"{say(what)}: {money(amount)}{say(marked(name, only))}"
        for name, what, amount in _booked(contract, booked, IN_ALL if several else Text(en="", sv=""))
    ]
    of = scope(contract)
    lines += _section(say(_MOST), most, () if of is None else (say(of), ""))
    why = above_all(contract, booked)
    lines += ["", say(why)] if why is not None else []
    lines += ["", say(what_upper_is(of))] if only else []
    return "\n".join(lines) + "\n"


def _booked(contract: Contract, booked: Liability, over: Text) -> Iterator[tuple[str, Text, str | None]]:
    """What all together can pay with guarantees, and what each party can where there are several: over what."""
    parties = contract.model.parties
    every = {"": booked.total} | {f" {year}": amount for year, amount in booked.by_year.items()}
    for year, amount in every.items() if booked.guarantors else ():
        span = over if not year else Text(en="", sv="")
        what = Text(
            en=f"All parties together{year}, guarantees included{span.en}",
            sv=f"Alla parter tillsammans{year}, garantier inräknade{span.sv}",
        )
        yield of_year(bool(booked.guarantors), year.strip()) if year else "maximum_with_guarantees", what, amount
    for party, amount in booked.by_party.items() if len(booked.by_party) > 1 else ():
        name = same(parties[party].name)
        if party in booked.guarantors:
            name = Text(en=f"{name.en}, its own guarantee included", sv=f"{name.sv}, egen garanti inräknad")
        yield f"maximum_by_party.{party}", Text(en=f"{name.en}{over.en}", sv=f"{name.sv}{over.sv}"), amount


def _party(party: Party, say: Callable[[Text], str]) -> str:
    """Name, number in its register and role."""
    number = "" if party.organisation_number is None else f" ({_escaped(party.organisation_number)})"
    return f"{_escaped(party.name)}{number}, {say(ROLES[party.role])}"


def _signed_by(terms: ContractTerms) -> Text:
    """Who signs a certificate; counted by parties, each counts once among the signatures."""
    roles, count = joined(ROLES[role] for role in terms.signing.roles), terms.signing.threshold
    en, sv = ("the role", "rollen") if len(terms.signing.roles) == 1 else ("any of the roles", "någon av rollerna")
    if terms.signing.count == "keys":
        held = "en nyckel" if count == 1 else f"{count} nycklar"
        return Text(
            en=f"A certificate is to be signed with at least {plural(count, 'key')} held in {en} of {roles.en}.",
            sv=f"Ett intyg ska undertecknas med minst {held} som innehas av part i {sv} {roles.sv}.",
        )
    many = Text(en=f"{count} different parties", sv=f"{count} olika parter")
    who = Text(en="1 party", sv="en part") if count == 1 else many
    return Text(
        en=f"A certificate is to be signed by at least {who.en} in {en} of {roles.en}; each party counts once, however "
        "many keys it holds.",
        sv=f"Ett intyg ska undertecknas av minst {who.sv} i {sv} {roles.sv}; varje part räknas en gång, oavsett hur "
        "många nycklar den innehar.",
    )


def _rounded(terms: ContractTerms) -> Text:
    """'Each line and each guarantee are'."""
    waterfall = terms.payment.waterfall
    en, sv = ["Each line"], ["Varje rad"]
    if waterfall is not None and len(waterfall.steps) > 1:
        en, sv = [*en, "the most of each step that is passed on"], [*sv, "högsta beloppet för varje steg som fördelas"]
    if terms.payment.guarantees:
        en, sv = [*en, "each guarantee"], [*sv, "varje garanti"]
    return Text(en=f"{join_words(en, 'and')} {'is' if len(en) == 1 else 'are'}", sv=join_words(sv, "och"))


def _announced(terms: ContractTerms) -> Text:
    """The days on which a certificate is due."""
    days = terms.dates.certificates
    return Text(
        en=f"A certificate is due on {join_words(days, 'and')}, also when nothing is to be paid.",
        sv=f"Ett intyg ska utfärdas {join_words(days, 'och')}, även när inget ska betalas.",
    )


def _computed(terms: ContractTerms) -> list[tuple[Text, list[Text]]]:
    """For each analysis everything that moves its numbers, its table first, what the file leaves to a default last."""
    found = []
    for id, analysis in terms.analysis.items():
        method = METHOD_NAMES[analysis.method]
        heading = Text(
            en=f"The analysis {id}: {method.en} ({analysis.method})",
            sv=f"Analysen {id}: {method.sv} ({analysis.method})",
        )
        sentences = [_table(analysis.data, terms.data[analysis.data])]
        idle = without_choice(analysis.arguments)
        for name, value in analysis.arguments.items():
            sentences += [] if name in idle else _of(name, value)
        sentences += [argument_sentence(name, value) for name, value in _by_default(analysis).items()]
        found.append((heading, sentences))
    return found


def _of(name: str, value: object) -> list[Text]:
    """The sentence of an argument; of one that is a call itself one for each of its own."""
    if name not in NESTED or not isinstance(value, Mapping):
        return [argument_sentence(name, value)]
    label = ARGUMENTS[name]
    own = [argument_sentence(inner, one) for inner, one in value.items()]
    own += [argument_sentence(inner, one) for inner, one in defaults(NESTED[name], value).items()]
    return [Text(en=f"{label.en}. {one.en}", sv=f"{label.sv}. {one.sv}") for one in own]


def _by_default(analysis: Analysis) -> dict[str, object]:
    return defaults(METHODS[analysis.method], analysis.arguments)


def _table(id: str, source: DataSource) -> Text:
    """Where the rows come from, and how a text file is read."""
    told = Text(en=f"Data: {id}, the file {source.path}", sv=f"Data: {id}, filen {source.path}")
    if source.sheet is not None:
        told = Text(en=f"{told.en}, sheet {source.sheet}", sv=f"{told.sv}, bladet {source.sheet}")
    if not source.path.lower().endswith((".xlsx", ".parquet")):
        sign = {"\t": Text(en="tab", sv="tabb")}.get(source.delimiter, same(source.delimiter))
        told = Text(
            en=f"{told.en}, read with delimiter “{sign.en}”, decimal “{source.decimal}” and encoding {source.encoding}",
            sv=f"{told.sv}, läst med fältavgränsare ”{sign.sv}”, decimaltecken ”{source.decimal}” och teckenkodning "
            f"{source.encoding}",
        )
    if source.text:
        columns = join_words(source.text, "and"), join_words(source.text, "och")
        told = Text(en=f"{told.en}; as text: {columns[0]}", sv=f"{told.sv}; som text: {columns[1]}")
    return Text(en=f"{told.en}.", sv=f"{told.sv}.")


def _section(heading: str, items: list[str], first: Sequence[str] = ()) -> list[str]:
    """A heading with its numbered sentences, other lines before them; nothing without any."""
    return (
        ["", f"## {heading}", "", *first, *(f"{i}. {item}" for i, item in enumerate(items, start=1))] if items else []
    )


def _escaped(text: str) -> str:
    """Without what Markdown would take for markup."""
    for mark in "\\`*_<>[]#|":
        text = text.replace(mark, f"\\{mark}")
    return text
