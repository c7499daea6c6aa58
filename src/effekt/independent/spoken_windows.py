"""Windows as they are spoken of, in Swedish or in English, for the second route: two labels from words.

The text is cut at "to", "through", "till" or a dash into one end or two. Each end may say a year or a season, a month
by name, or a quarter or tertial by number or ordinal; what the first end says of kind, and the last of year, holds for
both. A noun must be that of what follows it, and both ends are as long. "And" and "och" stand between neighbours. Two
days are months where they are the first day of one and the last of one, and then as few labels as they fill.
"""

import re
from datetime import date, timedelta

END = re.compile(r"\s+(?:to|through|till|till och med|t\.o\.m\.|t o m|tom)\s+|\s*[–—−-]\s*")
TOKEN = re.compile(r"\d{4}/\d\d|\d{4}|[1-4]\b|[a-zåäö]+")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONG = {
    1: "january januari", 2: "february februari", 3: "march mars", 4: "april", 5: "maj", 6: "june juni",
    7: "july juli", 8: "august augusti", 9: "september sept", 10: "october oktober okt", 11: "november", 12: "december",
}  # fmt: skip
MONTH = {word: number for number, words in LONG.items() for word in (*words.split(), MONTHS[number - 1])}
ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "första": 1, "andra": 2, "tredje": 3, "fjärde": 4}
KIND = {"q": "Q", "k": "Q", "t": "T"}
PARTS = ("quarter", "quarters", "kvartal", "kvartalet", "kvartalen", "tertial", "tertials", "tertialet", "tertialen")
NOUNS = {
    **dict.fromkeys(
        (
            "year",
            "years",
            "kalenderår",
            "kalenderåret",
            "kalenderåren",
            "helår",
            "helåret",
            "helåren",
            "år",
            "året",
            "åren",
        ),
        "year",
    ),
    **dict.fromkeys(("season", "seasons", "säsong", "säsongen", "säsongerna"), "season"),
    **dict.fromkeys(("month", "months", "månad", "månaden", "månaderna"), "month"),
    **{word: "T" if word[0] == "t" else "Q" for word in PARTS},
}
WRITTEN = re.compile(r"(\d{4})(?:-?([qkt])([1-4])|-(0[1-9]|1[0-2]))")
HYPHEN = re.compile(r"(?<=\d{4})-(?=\d\d\b|[qkt]\d\b(?! \d{4}))")  # within a label
HALVES = {
    "första halvåret": 1,
    "first half": 1,
    "first half of": 1,
    "andra halvåret": 3,
    "second half": 3,
    "second half of": 3,
}
AND = ("och", "and", "&")
HELD = "_"
DAY = r"(\d{4}-\d\d-\d\d)"
DAYS = re.compile(rf"{DAY}(?: ?[/–—−] ?| - | -- |--| (?:to|through|till och med|till|t\.o\.m\.|t o m|tom) ){DAY}")
WHOLE = {"": (12, 0), "/": (12, 6), "Q": (3, 0), "T": (4, 0), "-": (1, 0)}  # months, and those before the first
Found = dict[str, str | int]


def two_labels(text: str) -> tuple[str, str] | None:
    """Return the labels of both ends, or None where the words are others."""
    words = text.lower().split()
    if days := DAYS.fullmatch(" ".join(words)):
        return _of_days(*days.groups())
    joints = [i for i, word in enumerate(words) if i and word in AND and words[i - 1] not in ("från", "till")]
    if joints and 0 < joints[0] < len(words) - 1:
        words[joints[0]] = "till"
        pair = two_labels(" ".join(words))
        return pair if pair is not None and _place(pair[1]) - _place(pair[0]) == 1 else None
    half, _, year = " ".join(text.lower().split()).rpartition(" ")
    if half in HALVES and re.fullmatch(r"\d{4}", year):
        return f"{year}Q{HALVES[half]}", f"{year}Q{HALVES[half] + 1}"
    plain = HYPHEN.sub(HELD, re.sub(r"\bcalendar (?=years?\b)", "", " ".join(text.lower().split())))
    open_end = re.sub(r"^(från och med|från|from) ", "", plain)
    ends = [end.strip().replace(HELD, "-") for end in END.split(re.sub(r"\btill och med\b", "till", open_end))]
    if len(ends) > 2 or (len(ends) == 1 and open_end != plain):
        return None
    read = [_words(end) for end in ends]
    first, last = read[0], read[-1]
    if first is None or last is None:
        return None
    if "kind" in first and "kind" not in last and "part" in last:
        last["kind"] = first["kind"]
    if ends[-1][:1].isdigit():
        last.setdefault("noun", first.get("noun", _sort(last)))
    if "year" in last and "year" not in first and "season" not in first:
        first["year"] = last["year"]
    labels = _label(first), _label(last)
    if labels[0] is None or labels[1] is None or _sort(first) != _sort(last):
        return None
    return labels[0], labels[1]


def _place(label: str) -> int:
    """Return the number of a period among those as long."""
    mark = label[4:5]
    parts = 12 // WHOLE[mark][0]
    return parts * int(label[:4]) + (int(label[5:]) if mark and mark in "QT-" else 0)


def _of_days(first: str, last: str) -> tuple[str, str] | None:
    """Return the labels of the longest periods that fill the days, the first of a month to the last of one."""
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    if start.day != 1 or (end < date.max and (end + timedelta(days=1)).day != 1):
        return None
    months = 12 * start.year + start.month - 1, 12 * end.year + end.month
    for mark, (length, before) in WHOLE.items():
        if all((month - before) % length == 0 for month in months):
            return _written(months[0], mark), _written(months[1] - length, mark)
    return None


def _written(month: int, mark: str) -> str:
    """Return the label of the period that begins in a month."""
    year, into = divmod(month, 12)
    if mark in ("", "/"):
        return f"{year:04d}" + (f"/{(year + 1) % 100:02d}" if mark else "")
    return f"{year:04d}{mark}{into // WHOLE[mark][0] + 1:0{2 if mark == '-' else 1}d}"


def _sort(found: Found) -> str:
    """Return what sort of period is said: Q, T, or the key that tells it."""
    return str(found["kind"]) if "kind" in found else next((k for k in ("season", "month") if k in found), "year")


def _words(end: str) -> Found | None:
    """Return what one end says."""
    found: Found = {}
    first, _, rest = end.partition(" ")
    if first in NOUNS:
        found["noun"] = NOUNS[first]
    if written := WRITTEN.fullmatch(rest if first in NOUNS else end):
        year, mark, part, month = written.groups()
        told: Found = {"kind": KIND[mark], "part": int(part)} if mark else {"month": int(month)}
        return {**found, **told, "year": int(year)}
    spaced = re.sub(r"\b([qkt])(?=[1-4]\b)", r"\1 ", re.sub(r"(?<=[a-z])\.", " ", end))
    if TOKEN.sub("", spaced).strip():
        return None
    for place, token in enumerate(TOKEN.findall(spaced)):
        told = _of(token, place == 0 or "part" in found)
        silent = (place == 0 and token in NOUNS) or (token in ("of", "år") and "kind" in found)
        if (not told and not silent) or set(told) & set(found):  # another word, or twice the same
            return None
        found.update(told)
    return found


def _of(token: str, noun_may_stand: bool) -> Found:
    """Return what one word or number says; nothing for another word."""
    if "/" in token:
        return {"season": token}
    if token.isdigit():
        return {"year" if len(token) == 4 else "part": int(token)}
    if token in MONTH:
        return {"month": MONTH[token]}
    if token in ORDINAL:
        return {"part": ORDINAL[token]}
    return {"kind": KIND[token[0]]} if token in KIND or (token in PARTS and noun_may_stand) else {}


def _label(found: Found) -> str | None:
    """Return the label of a period; None where the noun is another's, or there is no such period."""
    said = {key for key in found if key != "noun"}
    sort = _sort(found)
    if found.get("noun", sort) != sort:
        return None
    if "season" in found:
        label = str(found["season"])
        return label if said == {"season"} and (int(label[:4]) + 1) % 100 == int(label[5:]) else None
    if said == {"year"}:
        return str(found["year"])
    if said == {"year", "month"}:
        return f"{found['year']}-{int(found['month']):02d}"
    if said != {"year", "kind", "part"} or (sort == "T" and found["part"] == 4):
        return None
    return f"{found['year']}{found['kind']}{found['part']}"
