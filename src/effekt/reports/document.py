"""The document model: what stands in a report, free of format.

Every text is a `Text` in both languages and is escaped by whoever draws it. There is no type for markup, so nothing
that a contract or a result says can become markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from effekt._text import Text

# Characters that show nothing or turn the text around them: controls, zero-width and bidirectional marks, tags.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with every invisible or direction-turning character spelt out, as in 'a⟨U+202E⟩b'."""
    return _INVISIBLE.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def same(text: str) -> Text:
    """A name, number or digest that reads alike in both languages."""
    return Text(en=text, sv=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text; a lead opens a section, a note is small."""

    text: Text
    role: Literal["body", "lead", "note"] = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subheading:
    """A heading inside a section."""

    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    """A sentence that must be seen, with what belongs to it."""

    text: Text
    items: tuple[Text, ...] = ()
    role: Literal["verdict", "caution"] = "caution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list; numbered where the order matters."""

    items: tuple[Text, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One number in large type under its label, with its unit in small."""

    label: Text
    value: Text
    unit: Text | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """A row of them, all of one size."""

    items: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The amount a report leads to, in the largest type."""

    label: Text
    value: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its heading, and whether it holds numbers, digests or words that are not broken."""

    label: Text
    kind: Literal["text", "number", "code", "short"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; the first cell of each row names the row."""

    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Lines to type in a terminal."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value on an axis and its label."""

    value: float
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a picture with its name and its mean over the evaluation window; None where it has no value."""

    label: Text
    values: tuple[float | None, ...]
    mean: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A shaded stretch of periods, by position of its first and last."""

    label: Text
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPicture:
    """Treated outcome and counterfactual over time.

    Attributes
    ----------
    id : str
        Unique in the report.
    title, description : Text
        For those who cannot see it.
    unit : Text
        What the vertical axis measures.
    periods : tuple of str
        Labels along the horizontal axis.
    numbers : tuple of int
        Place of each period in time.
    treated, counterfactual : Series
        Values by period; their means over the evaluation window.
    reference, evaluation : Span
    left_out : tuple of int
        Positions of the periods that count in neither window.
    """

    id: str
    title: Text
    description: Text
    unit: Text
    periods: tuple[str, ...]
    numbers: tuple[int, ...]
    treated: Series
    counterfactual: Series
    reference: Span
    evaluation: Span
    left_out: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPicture:
    """An estimate with its interval among what chance gives, on the scale of one view.

    Attributes
    ----------
    id : str
        Unique in the report.
    title, description : Text
        For those who cannot see it.
    axis : Text
        What the axis measures.
    percent : bool
        Whether its values are shares, to be written in per cent.
    estimate, zero : Mark
        The estimate, and the value of no difference.
    thresholds : tuple of Mark
        The contract's own values on this scale.
    intervals : tuple of (float, float)
        Confidence set; empty where there is none. Ends may be infinite.
    intervals_label : Text
    placebos : tuple of float
        What the same comparison gives in units without the intervention.
    placebos_label : Text
    """

    id: str
    title: Text
    description: Text
    axis: Text
    percent: bool
    estimate: Mark
    zero: Mark
    thresholds: tuple[Mark, ...]
    intervals: tuple[tuple[float, float], ...]
    intervals_label: Text
    placebos: tuple[float, ...]
    placebos_label: Text


Block: TypeAlias = (
    Paragraph | Subheading | Callout | Items | KeyFigures | Total | Table | Commands | TrendPicture | EffectPicture
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report under its heading.

    Attributes
    ----------
    id : str
        From a closed list, such as "payment".
    heading : Text
    blocks : tuple of Block
    """

    id: str
    heading: Text
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a reader is shown.

    Attributes
    ----------
    kicker : Text
        What kind of document it is.
    title : Text
    facts : tuple of (Text, Text)
        Who, when and what, as label and value.
    sections : tuple of Section
        In reading order.
    """

    kicker: Text
    title: Text
    facts: tuple[tuple[Text, Text], ...]
    sections: tuple[Section, ...]
