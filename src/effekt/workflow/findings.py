"""One thing that was checked, and how it came out."""

from __future__ import annotations

import math
import re
import traceback
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import effekt
from effekt._serialize import canonical_json, encode
from effekt._text import Language, Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts.rerun import other_software, tolerance_of
from effekt.exceptions import DataError, EffektError
from effekt.workflow.software import code_digest, used_by

Verdict: TypeAlias = Literal["reproduced", "within_tolerance", "different", "cannot_tell"]
Stage: TypeAlias = Literal["rows", "weights", "estimate", "figure", "payment"]
STAGES: dict[Stage, Text] = {
    "rows": Text(en="the rows", sv="raderna"),
    "weights": Text(en="the weights", sv="vikterna"),
    "estimate": Text(en="the estimate", sv="skattningen"),
    "figure": Text(en="the figures", sv="siffrorna"),
    "payment": Text(en="the payment", sv="betalningen"),
}
_STAGE_OF: dict[str, Stage] = {
    "data": "rows",
    "rows": "rows",
    "analysis": "estimate",
    "result": "estimate",
    "recomputation": "estimate",  # unless it is told where the recorded path stops
    "independent": "estimate",
    "figure": "figure",
    "figures": "figure",
    "recomputed": "figure",
    "line": "payment",
    "payment": "payment",
    "independent_line": "payment",
    "independent_guarantee": "payment",
    "independent_payment": "payment",
    "independent_maximum": "payment",
    "independent_otherwise": "payment",
    "independent_reading": "estimate",
    "independent_limit": "figure",
}
WEIGHT_CHECKS = ("covariate_balance", "propensity_overlap", "set_overlap", "weight_spread")
CHOOSING = (
    *("effekt.estimators._propensity", "effekt.estimators.weighting"),
    *(f"effekt.estimators.matching.{name}" for name in ("controls", "distances", "strata")),
)  # modules that find who is compared with whom, and how much each counts
TAKING = "effekt.certificates.taking"
TOLERANCE = 1e-9  # relative, between floats of the same statistic on another machine
NOTHING = 1e-12  # beside the largest number of a list: by so little one that is 0 but for rounding may differ
EARLIER: tuple[str, ...] = ()  # released versions of effekt, whose sentences this one may word otherwise
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*((a|b|rc|\.dev|\.post|\+)[0-9A-Za-z.]{1,20})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
SHOWN = 40  # characters of a value that a sentence shows
_NULL, _ABSENT = object(), object()  # the value of a key on one side, and the lack of that key on the other
LISTED = 5  # places that a sentence lists before it says how many more there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked.

    Attributes
    ----------
    name : str
        What, from a closed list, such as "signatures" or "figure:reduction".
    verdict : {"reproduced", "within_tolerance", "different", "cannot_tell"}
    text : Text
        What was found.
    stage : {"rows", "weights", "estimate", "figure", "payment"} or None
        Where on the way from the data to the payment it lies; None for what lies beside that way.
    """

    name: str
    verdict: Verdict
    text: Text
    stage: Stage | None = None

    def __post_init__(self) -> None:
        """Take the stage from the name where none was given; write what cannot be seen as its escape."""
        text = Text(en=_visible(self.text.en), sv=_visible(self.text.sv))
        for name, value in (("name", _visible(self.name)), ("text", text)):
            object.__setattr__(self, name, value)
        if self.stage is None:
            object.__setattr__(self, "stage", _STAGE_OF.get(self.name.partition(":")[0]))


def _visible(text: str) -> str:
    """The text with control and format characters, which a certificate may hold to move a cursor, as escapes."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or unicodedata.category(sign) == "Zs" else ascii(sign)[1:-1] for sign in text
    )


def same_or_different(name: str, same: bool, en: str, sv: str) -> Finding:
    """A finding that is reproduced or different."""
    return Finding(name=name, verdict="reproduced" if same else "different", text=Text(en=en, sv=sv))


def cannot_tell(name: str, en: str, sv: str) -> Finding:
    """A finding on what was not checked, and why."""
    return Finding(name=name, verdict="cannot_tell", text=Text(en=en, sv=sv))


def refused(name: str, error: Exception, en: str, sv: str) -> Finding:
    """A finding that differs, with the sentence of what was refused."""
    return same_or_different(name, False, f"{en}: {error}", f"{sv}: {in_swedish(error)}")


def in_swedish(error: Exception) -> str:
    """The Swedish sentence of an error; where it has none the English one, and that it is."""
    return getattr(error, "sv", None) or f"på engelska: ”{error}”"


def row_in_swedish(where: str) -> str:
    """'rad 17, filrad 18', for what a table calls 'row 17, line 18'."""
    return where.replace("row ", "rad ").replace("line ", "filrad ")


def compare(name: str, stated: Any, again: Any, found: Certificate, en: str, sv: str) -> Finding:
    """Something stated against the same thing made again.

    Floats may differ by the contract's tolerance, 1e-9 where it states none: within tolerance. If an earlier version of
    effekt made the certificate its sentences, in two languages, may differ too, and then the finding says which were
    not verified. All else is compared exactly: amounts, figures, states, names, statuses, values, tables and their
    number.
    """
    one, other = encode(stated), encode(again)
    if one == other:
        return same_or_different(name, True, en, sv)
    differing = list(
        _differing(
            one,
            other,
            "",
            sentences=made_by_earlier_version(found),
            tolerance=float(tolerance_of(found.contract.model)),
        )
    )
    if "" in differing:
        return same_or_different(name, False, en, sv)
    if not differing:
        return Finding(name=name, verdict="within_tolerance", text=Text(en=en, sv=sv))
    shown = differing[:LISTED] + ([f"+{len(differing) - LISTED}"] if len(differing) > LISTED else [])
    version = found.software["effekt"]
    return cannot_tell(
        name,
        f"{en} SENTENCES NOT VERIFIED, since effekt {version} made them: {join_words(shown, 'and')}.",
        f"{sv} MENINGAR INTE PRÖVADE, eftersom effekt {version} har skrivit dem: {join_words(shown, 'och')}.",
    )


def told_differences(one: Any, other: Any) -> Text:
    """What differs between two public results, place by place: 'means.treated 3.1 / 3.2'."""
    found = list(_leaves(encode(one), encode(other), ""))
    more = [f"+{len(found) - LISTED}"] if len(found) > LISTED else []

    def told(lang: Language) -> str:
        listed = [f"{place.lstrip('.')} {_value(a, lang)} / {_value(b, lang)}" for place, a, b in found[:LISTED]]
        return "; ".join(listed + more)

    return Text(en=told("en"), sv=told("sv"))


def with_decimals(number: str, lang: Language) -> str:
    """A decimal with all its digits and no others, so that it can be compared with another: '0,110617' in Swedish."""
    return number.replace(".", ",") if lang == "sv" else number


def result_stage(stated: Any, public: Any) -> Stage:
    """Where two public results first part: counts of their samples, checks on their weights, or what is estimated.

    Where only one of them waits for data, they are of other rows.
    """
    if isinstance(stated, Pending) != isinstance(public, Pending):
        return "rows"
    one, other = encode(stated), encode(public)
    if any(".sample." in place for place, _, _ in _leaves(one, other, "")):
        return "rows"
    weights, again = _weight_checks(one), _weight_checks(other)
    return "weights" if weights and again and any(True for _ in _leaves(weights, again, "")) else "estimate"


def refused_stage(error: EffektError) -> Stage:
    """Where the recorded path stops: at rows that are refused, at weights that cannot be found, or later."""
    first: BaseException = error
    while first.__context__ is not None:  # an analysis is named by raising its error anew
        first = first.__context__
    modules = [frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(first.__traceback__)]
    if isinstance(error, DataError):
        return "weights" if modules[-1] in CHOOSING else "rows"
    return "figure" if TAKING in modules else "estimate"


def _weight_checks(plain: Any) -> dict[str, Any]:
    """The checks on weights in a result."""
    checks = plain.get("diagnostics") if isinstance(plain, dict) else None
    return {check["name"]: check for check in checks or [] if check.get("name") in WEIGHT_CHECKS}


def _leaves(one: Any, other: Any, place: str, among: float = 0.0) -> Iterator[tuple[str, Any, Any]]:
    """The innermost places that differ, with both values; floats may differ by the tolerance."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            if one.get(key) is None and other.get(key) is None and (key in one) != (key in other):
                yield f"{place}.{key}", *((_NULL, _ABSENT) if key in one else (_ABSENT, _NULL))
            yield from _leaves(one.get(key), other.get(key), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        among = _largest(other)
        for position, (a, b) in enumerate(zip(one, other, strict=True), start=1):
            yield from _leaves(a, b, f"{place}[{position}]", among)
    elif _are_measured(one, other):
        if not _agree(one, other, TOLERANCE, among):
            yield place, one, other
    elif type(one) is not type(other) or one != other:
        yield place, one, other


def _value(value: Any, lang: Language) -> str:
    """A number or word as it stands in JSON; '…' for what is longer, '–' for what is not there."""
    if value is _NULL:
        return "null"
    if value is _ABSENT:
        return Text(en="not there", sv="finns inte").in_language(lang)
    if value is None:
        return "–"
    text = canonical_json(value).strip() if isinstance(value, (str, int, float)) else "…"
    if len(text) > SHOWN:
        return "…"
    return with_decimals(text, lang) if isinstance(value, float) else text


def software_finding(found: Certificate) -> Finding:
    """Which version made the certificate, and whether this one can tell what that one wrote."""
    software = found.software
    version = software.get("effekt")
    if _is_plain(found) and version == effekt.__version__:
        return same_or_different("software", True, "This version of effekt made it.", "Denna version har gjort det.")
    if _is_plain(found) and version in EARLIER:
        return cannot_tell(
            "software",
            f"effekt {version} made it; its sentences may be worded otherwise, and the lines below say which were not "
            "verified.",
            f"effekt {version} har gjort det; dess meningar kan ha en annan lydelse, och raderna nedan anger vilka som "
            "inte har prövats.",
        )
    return same_or_different(
        "software",
        False,
        f"The certificate names no version that effekt {effekt.__version__} knows; if a newer one made it, verify with "
        "that.",
        f"Intyget anger ingen version som effekt {effekt.__version__} känner till; om en nyare har gjort det, "
        "verifiera med den.",
    )


def _is_plain(found: Certificate) -> bool:
    """Whether its software is named as effekt names it: a version of each, a digest of its code, and nothing else."""
    software = found.software
    named = {"effekt", "code", "python", *used_by(found.contract)}
    return software.keys() == named and all(
        (_SHA256 if name == "code" else _VERSION).fullmatch(value) for name, value in software.items()
    )


def code_findings(found: Certificate) -> Iterator[Finding]:
    """Whether the code of effekt that made the certificate is this one's, where the version is."""
    stated = found.software.get("code")
    if stated is None or found.software.get("effekt") != effekt.__version__:
        return
    if stated == code_digest():
        yield same_or_different(
            "code",
            True,
            "The code of effekt that made it is, file by file, the code that verifies it.",
            "Den kod i effekt som har gjort det är, fil för fil, den som prövar det.",
        )
    else:
        yield cannot_tell(
            "code",
            f"Other code of effekt {effekt.__version__} made it (SHA-256 {stated}) than verifies it ({code_digest()}); "
            "one of the two was changed. What they give differently stands in the lines below.",
            f"Annan kod i effekt {effekt.__version__} har gjort det (SHA-256 {stated}) än den som prövar det "
            f"({code_digest()}); den ena av dem är ändrad. Det som de ger olika framgår av raderna nedan.",
        )


def agreed_software_findings(found: Certificate) -> Iterator[Finding]:
    """Whether the software that the contract agrees on made the certificate."""
    software = found.contract.model.software
    if software is None:
        return
    told = other_software(found.contract.model, found.software)
    if told is None:
        words = software.words
        yield same_or_different(
            "agreed_software",
            True,
            f"The contract agrees on {words.en}, and that made it.",
            f"Avtalet anger {words.sv}, och den har gjort det.",
        )
    else:
        yield cannot_tell("agreed_software", told.en, told.sv)


def made_by_earlier_version(found: Certificate) -> bool:
    """Whether the certificate says that a known, earlier version of effekt made it."""
    return found.software.get("effekt") in EARLIER


def _differing(
    one: Any, other: Any, place: str, *, sentences: bool, tolerance: float, among: float = 0.0
) -> Iterator[str]:
    """Places of sentences that differ; the empty place when anything else does."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        if (
            sentences
            and _is_sentence(one)
            and _is_sentence(other)
            and (one["en"], one["sv"])
            != (
                other["en"],
                other["sv"],
            )
        ):
            yield place.lstrip(".") or "the sentence"
            one, other = ({key: side[key] for key in side if key not in ("en", "sv")} for side in (one, other))
        for key in one:
            yield from _differing(one[key], other[key], f"{place}.{key}", sentences=sentences, tolerance=tolerance)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        inner = partial(_differing, sentences=sentences, tolerance=tolerance, among=_largest(other))
        for position, (a, b) in enumerate(zip(one, other, strict=True), start=1):
            yield from inner(a, b, f"{place}[{position}]")
    elif _are_measured(one, other):
        if not _agree(one, other, tolerance, among):
            yield ""
    elif type(one) is not type(other) or one != other:
        yield ""


def _agree(one: float, other: float, tolerance: float, among: float) -> bool:
    """Whether two floats are one number, or both are nothing beside the largest of the list that they stand in."""
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=max(1e-300, min(NOTHING, tolerance) * among))


def _largest(made_again: list[Any]) -> float:
    """The largest finite number of a list, such as a covariance or the terms of degrees of freedom; 0 of none."""
    sizes = [abs(one) for one in made_again if isinstance(one, float)]
    return max((size for size in sizes if math.isfinite(size)), default=0.0)


def _are_measured(stated: Any, again: Any) -> bool:
    """Whether both are numbers and the one made again is no count; JSON, which holds what is stated, has 1 for 1.0."""
    return isinstance(again, float) and isinstance(stated, (int, float)) and not isinstance(stated, bool)


def _is_sentence(value: dict[str, Any]) -> bool:
    """Whether the value is, or holds, one sentence in both languages."""
    return isinstance(value.get("en"), str) and isinstance(value.get("sv"), str)
