"""Sentences of a result where its contract hides small counts: which of their numbers count units, by what they say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from effekt._text import LANGUAGES, Language, Text
from effekt.certificates.disclosure import HIDDEN, count_text
from effekt.result import Diagnostic, Note

COUNTS_HIDDEN = Text(
    en="The counts of this check are hidden, because some are small.",
    sv="Antalen i denna kontroll är dolda, eftersom några är små.",
)
NOTE_HIDDEN = Text(
    en="The counts of this note are hidden, because some are small.",
    sv="Antalen i denna anmärkning är dolda, eftersom några är små.",
)
REPEATING: Mapping[str, Text] = {
    "poor_overlap": Text(
        en="Overlap is poor, so the comparison rests on few or unlike units; how many is hidden, because some counts "
        "are small.",
        sv="Överlappningen är dålig, så jämförelsen vilar på få eller olika enheter; hur många är dolt, eftersom några "
        "antal är små.",
    ),
    "thin_overlap": Text(
        en="Some units have hardly anybody like them to be compared with; how many is hidden, because some counts are "
        "small.",
        sv="Några enheter har knappt någon lik sig att jämföras med; hur många är dolt, eftersom några antal är små.",
    ),
    "large_weights": Text(
        en="Much of the weight lies on few units; how much is hidden, because some counts are small.",
        sv="Mycket av vikten ligger på få enheter; hur mycket är dolt, eftersom några antal är små.",
    ),
}  # notes that repeat the sentence of a check, and what they say where that is hidden
SHARES = ("bounded_propensity", "compliers")  # notes with shares of units
COUNTING: Mapping[str, int] = {
    "always_treated": 1,
    "cluster": 3,
    "discarded": 2,
    "dropped_blocks": 1,
    "dropped_pairs": 1,
    "incomplete_rows": 4,
    "incomplete_units": 1,
    "left_out": 1,
    "lost_clusters": 6,
    "missing_outcomes": 8,
    "missing_receipt": 4,
    "placebos_left_out": 2,
    "shortfall": 2,
    "treated_later": 1,
    "treated_later_anticipated": 1,
    "unequal_clusters": 2,
    "unmatched": 5,
}  # notes whose first whole numbers, so many of them, count units, rows or clusters
AMONG_OTHERS: Mapping[str, tuple[str, str]] = {
    "clusters": (r"rests on (?:the )?N (?:clusters|groups)", r"vilar på (?:de )?N (?:kluster|grupper)"),
    "extreme_reference": (r"^The N treated clusters had the N ", r"^De N behandlade klustren hade de N "),
    "placebo_groups": (
        r"groups of N of N units|with N degrees of freedom|which N donors together .* the N treated units",
        r"grupper om N av N enheter|med N frihetsgrader|där N jämförelseenheter tillsammans .* de N behandlades",
    ),
    "placebo_permutation": (r"groups of N of N units", r"grupper om N av N enheter"),
    "placebos_of_single_units": (r"outcome that of N together", r"utfall gäller N tillsammans"),
    "short_neighbours": (r": N\.$", r": N\.$"),
    "unequal_units": (r"N are smaller than", r"är N mindre än"),
    "wild_bootstrap": (r"residuals of N clusters", r"residualerna i N kluster"),
}  # notes where such counts stand among other numbers, N in their place
FOLLOWING: Mapping[str, tuple[str, str]] = {
    "permutation": (
        r"all N (?:choices|ways)[^(,.]*(?:\(left out: N)?",
        r"alla N (?:val|sätt)[^(,.]*(?:\(uteslutna: N)?",
    ),
    "randomization": (
        r"all N possible assignments(?: \(left out: N)?",
        r"alla N möjliga fördelningar(?: \(uteslutna: N)?",
    ),
    "romano_wolf": (r"all N possible assignments", r"alla N möjliga fördelningar"),
    "wild_bootstrap": (r"all N combinations", r"alla N kombinationer"),
}  # notes, and a check, that count all ways of a lot or of signs, by which anyone finds how many units or clusters
_CHECKS = (
    r"among the N (?:before the match|compared)|donors \(N\)|the N units? that remain; N that lacks?|"
    r"^Among N units without",
    r"bland de N (?:före matchningen|jämförda)|[Jj]ämförelseenheterna \(N\)|de N enheter som återstår; N som saknar|"
    r"^Bland N enheter utan",
)
_FRACTION = r"\d+/\d+(?: \(\d\.\d+\))?"
_LEAST = {
    "en": rf"(?:p is at least|(?:assignments|clusters?|does) is) {_FRACTION}(?: or {_FRACTION})*",
    "sv": rf"(?:p-värdet minst|(?:fördelningar|kluster|finns) är) {_FRACTION}(?: eller {_FRACTION})*",
}  # the least p of so few assignments or signs, by which anyone finds how many units or clusters
_REASONS = (
    r"p of N assignments|bootstrap with N clusters?|"
    r"there are N(?: and N)?(?=[.;])|units without one: N|connect all units to N(?=\.)|N of N sets|There are N rows",
    r"värdet med N fördelningar|bootstrap med N kluster|"
    r"(?:det finns|de är) N(?: och N)?(?=[.;])|enheter utan granne: N|ihop alla enheter till N(?=\.)|"
    r"N av N grupper|Det finns N rader",
)
_POPULATIONS = (
    r"\b(?:the )?N (?:matched|compared) of N (?=treated|controls|units)|"
    r"N (?=(?:treated )?(?:units?|clusters?)\b|controls)",
    r"\b(?:de )?N (?:matchade|jämförda) av N (?=behandlade|kontroller|enheter)|"
    r"N (?=(?:behandlade )?(?:enhet|kluster)|kontroll)",
)
OF_NO_UNITS = frozenset(
    (
        *("adopters", "anderson_rubin", "arm_without_event", "arm_without_variation", "before_adoption"),
        *("before_after", "bias_adjustment", "block_bootstrap", "called_a_total", "caliper", "cell_weights"),
        *("cluster_weighted", "combined_without_covariance", "common_support", "comparator_series"),
        *("comparator_series_absent", "comparator_series_kept", "comparator_series_removed", "complier_assumptions"),
        *("composition", "conformal", "conley_taber", "constant_effect", "covariate_without_variation"),
        *("cross_fitted", "data_vintage", "doubly_robust", "estimated_propensity", "estimated_weights"),
        *("exposure_stays", "extrapolation", "few_clusters", "frequency_weights", "given_weights", "groups_alike"),
        *("hac", "horvitz_thompson", "ignored_clusters", "imbalance", "inference_despite_poor_overlap"),
        *("intention_to_treat", "inverse_probability", "joint_covariance", "joint_test_size", "level_correction"),
        *("look", "negative_numerators", "no_complier_bounds", "no_controls", "no_exact_set", "no_worst_case"),
        *("one_period_before", "one_sided", "other_seasons", "outcome_regression", "outside_donors", "pairs"),
        *("parallel_trends", "period_gaps", "periods_count_equally", "permutation"),
        *("placebos_in_series", "plain_sandwich", "pooled_fixed", "pooled_levels", "pooled_logs", "pooled_random"),
        *(
            "population",
            "precision_weights",
            "published_aggregates",
            "quasi_poisson",
            "randomization",
            "rate",
            "receipt_by_lot",
        ),
        *("reference_period", "sampled_covariates", "sampling_weights", "set_beside_estimate", "sets_ignored"),
        *("several_effects", "several_tests", "share_of_exposure", "shared_comparators", "short_coverage"),
        *("stratum_called_a_total", "studentized", "tie_orders", "treated_at_hand", "treated_called_a_total"),
        *("two_rates", "two_shares", "unconfounded", "unit_weighted", "weights_as_frozen", "weights_not_unique"),
        *("windows_in_words", "within_sets", "without_inference", "without_stepdown"),
    )
)  # notes whose numbers, if any, count periods, covariates, draws, effects or nothing, or are those of publications
_GROUPS = {"en": ",", "sv": "\N{NO-BREAK SPACE}"}
_WHOLE = {
    lang: rf"(?<![\w.,/−<{mark}-])\d+(?:{mark}\d{{3}})*(?![\w/]|[.,]\d|[\s\N{{NO-BREAK SPACE}}]?%)"
    for lang, mark in _GROUPS.items()
}
_HIDDEN = r"<\d+|\.\."  # a count that is hidden already
_PERCENT = {"en": r"(\d+(?:\.\d+)?)%", "sv": "(\\d+(?:,\\d+)?)\N{NO-BREAK SPACE}%"}
_SEVERAL: Mapping[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        (r"(<\d+|\.\.) (unit|row|pair|block|cluster|control)\b(?! ones| rows)", r"\1 \2s"),
        (r"\bthat lacks\b", "that lack"),
        (r"\bwas left out\b", "were left out"),
        (r"\bcounts as\b", "count as"),
        (r"\bunits lies\b", "units lie"),
        (r"\bis left out\b", "are left out"),
        (r"\bwith it\b", "with them"),
    ),
    "sv": (
        (r"(<\d+|\.\.) (enhet|kontroll)\b", r"\1 \2er"),
        (r"(<\d+|\.\.) rad\b", r"\1 rader"),
        (r"(<\d+|\.\.) behandlad\b", r"\1 behandlade"),
        (r"\butesluten\b", "uteslutna"),
        (r"\bej behandlad\b", "ej behandlade"),
        (r"\bmed den\b", "med dem"),
    ),
}  # one is told from several by these words
_ONE: Mapping[Language, tuple[tuple[str, str], ...]] = {
    "en": ((r"\bthe unit first\b", "the 1 units first"), (r"\bthe treated unit\b", "the 1 treated units")),
    "sv": (
        (r"\bden enhet som\b", "de 1 enheter som"),
        (r"\bden behandlade enheten\b", "de 1 behandlade enheterna"),
    ),
}  # and in whom an effect is for by these, without a number


def hidden_note(
    note: Note,
    checks: Sequence[tuple[Text, Diagnostic]],
    sizes: Collection[int],
    minimum: int,
    hidden: Collection[int] | None,
) -> Note:
    """A note without the counts that are hidden, and without those of a check that it repeats.

    Parameters
    ----------
    note : Note
    checks : sequence of (Text, Diagnostic)
        The sentence that each check has in the whole result, and the check as it is published.
    sizes : collection of int
        Of the result, of which a share may be.
    minimum : int
        The smallest count that is shown.
    hidden : collection of int or None
        Counts that are hidden; None: all counts of units.

    Returns
    -------
    Note
    """
    note = replace(note, text=without_ways(note.text, note.code, hidden))
    if note.code in OF_NO_UNITS:
        return note
    if note.code in REPEATING:
        whole = [check for said, check in checks if note.text.en in said.en and note.text.sv in said.sv]
        shown = any(note.text.en in check.statement.en for check in whole)
        return note if shown else replace(note, text=REPEATING[note.code])
    if note.code in SHARES:
        few = hidden is None or gives_small(_shares(note.text), sizes, minimum, 0.0005)
        return replace(note, text=NOTE_HIDDEN) if few else note
    if note.code in COUNTING:
        own = {*_numbers(note.text, COUNTING[note.code])}
        few = any(n < minimum or any(0 < n - other < minimum for other in own) for n in own)
        text = _leading(note.text, COUNTING[note.code], minimum, None if few else hidden)
    elif note.code in AMONG_OTHERS:
        text = _among(note.text, AMONG_OTHERS[note.code], minimum, hidden)
    else:  # nobody has said what it counts
        known = hidden is not None and not hidden
        return note if known or not re.search(r"\d", note.text.en) else replace(note, text=NOTE_HIDDEN)
    return replace(note, text=text)


def without_ways(text: Text, name: str, hidden: Collection[int] | None) -> Text:
    """A sentence without how many ways there are of a lot or of signs, where all are taken and any count is hidden.

    Parameters
    ----------
    text : Text
    name : str
        The code of the note, or the name of the check.
    hidden : collection of int or None
        As in `hidden_note`.

    Returns
    -------
    Text
    """
    if name not in FOLLOWING or (hidden is not None and not hidden):
        return text
    found = {}
    for lang, pattern in zip(LANGUAGES, FOLLOWING[name], strict=True):
        phrase = pattern.replace("N", f"(?:{_WHOLE[lang]})")
        found[lang] = re.sub(phrase, partial(_hidden_in, _WHOLE[lang]), text.in_language(lang))
    return Text(**found)


def _hidden_in(number: str, phrase: re.Match[str]) -> str:
    return re.sub(number, HIDDEN, phrase[0])


def hidden_statement(check: Diagnostic, minimum: int, hidden: Collection[int] | None, openly: Collection[int]) -> Text:
    """The sentence of a check that has no counts of units in its values, without those that it tells.

    Parameters
    ----------
    check : Diagnostic
    minimum : int
    hidden : collection of int or None
        As in `hidden_note`.
    openly : collection of int
        Numbers that anyone can count.

    Returns
    -------
    Text
    """
    return _among(without_ways(check.statement, check.name, hidden), _CHECKS, minimum, hidden, openly)


def hidden_reason(reason: Text, minimum: int) -> Text:
    """Why a result has no inference, or a figure no value, without any count of units.

    Parameters
    ----------
    reason : Text
    minimum : int
        The smallest count that is shown; 0 shows all.

    Returns
    -------
    Text
    """
    if not minimum:
        return reason
    if "placebo" in reason.en:  # anyone counts these
        return _among(reason, _REASONS, minimum, None)
    less = {lang: re.sub(_LEAST[lang], partial(_hidden_in, _FRACTION), reason.in_language(lang)) for lang in LANGUAGES}
    return _among(Text(**less), _REASONS, minimum, None)


def hidden_population(population: Text, minimum: int, hidden: Collection[int] | None, *, small: bool) -> Text:
    """For whom an effect is, without the counts that are hidden.

    Parameters
    ----------
    population : Text
    minimum : int
    hidden : collection of int or None
        As in `hidden_note`.
    small : bool
        Whether all units together are few. Else it is not said that an arm is small: with what both are together that
        could give it back.

    Returns
    -------
    Text
    """
    counted = population
    for one, number in zip(_ONE["en"], _ONE["sv"], strict=True):
        counted = Text(en=re.sub(*one, counted.en), sv=re.sub(*number, counted.sv))
    found = _among(counted, _POPULATIONS, minimum, hidden, large=not small)
    return population if found == counted else found


def gives_small(shares: Collection[float], sizes: Collection[int], minimum: int, within: float) -> bool:
    """Whether a share of one of these sizes is a small count, or leaves one.

    Parameters
    ----------
    shares : collection of float
    sizes : collection of int
    minimum : int
    within : float
        So far a share may be from that of a count.

    Returns
    -------
    bool
    """
    counts = ((n, round(share * n), share) for n in sizes if n for share in shares)
    return any(
        (0 < k < minimum or 0 < n - k < minimum) and abs(share - k / n) <= within * (1 + 1e-9) for n, k, share in counts
    )


def _shares(text: Text) -> list[float]:
    return [float(found) / 100 for found in re.findall(_PERCENT["en"], text.en)]


def _numbers(text: Text, first: int) -> Iterator[int]:
    """The first whole numbers of a sentence but for 0."""
    for found in re.findall(f"{_HIDDEN}|{_WHOLE['en']}", text.en)[:first]:
        if not re.match(_HIDDEN, found) and (n := _read(found)):
            yield n


def _read(digits: str) -> int:
    return int(re.sub(r"\D", "", digits))


def _shown(found: str, minimum: int, hidden: Collection[int] | None, *, large: bool = False) -> str:
    n = _read(found)
    if n == 0 or (hidden is not None and n not in hidden):
        return found
    return count_text(None, minimum) if n < minimum and not large else HIDDEN


def _leading(text: Text, first: int, minimum: int, hidden: Collection[int] | None) -> Text:
    def shown(found: re.Match[str]) -> str:
        return found[0] if re.match(_HIDDEN, found[0]) else _shown(found[0], minimum, hidden)

    def of(said: str, lang: Language) -> str:
        new = re.sub(f"{_HIDDEN}|{_WHOLE[lang]}", shown, said, count=first)
        return said if new == said else _several(new, lang)

    return Text(**{lang: of(text.in_language(lang), lang) for lang in LANGUAGES})


def _among(
    text: Text,
    patterns: tuple[str, str],
    minimum: int,
    hidden: Collection[int] | None,
    openly: Collection[int] = (),
    *,
    large: bool = False,
) -> Text:
    def of(said: str, pattern: str, lang: Language) -> str:
        def masked(found: re.Match[str]) -> str:
            return found[0] if _read(found[0]) in openly else _shown(found[0], minimum, hidden, large=large)

        def phrase(found: re.Match[str]) -> str:
            return re.sub(_WHOLE[lang], masked, found[0])

        new = re.sub(pattern.replace("N", f"(?:{_WHOLE[lang]})"), phrase, said)
        return said if new == said else _several(new, lang)

    return Text(en=of(text.en, patterns[0], "en"), sv=of(text.sv, patterns[1], "sv"))


def _several(said: str, lang: Language) -> str:
    for one, several in _SEVERAL[lang]:
        said = re.sub(one, several, said)
    return said
