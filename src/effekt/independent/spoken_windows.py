"""Windows as they are spoken of, in Swedish or in English, for the second route: two labels from words.

The text is cut at "to", "through", "till" or a dash into one end or two. Each end may say a year or a season, a month
by name, or a quarter or tertial by number or ordinal; what the first end says of kind, and the last of year, holds for
both.
"""

import re

END = re.compile(r"\s+(?:to|through|till|till och med|t\.o\.m\.|t o m|tom)\s+|\s*[–—−]\s*|\s+-\s+")
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
SILENT = (
    *("calendar", "year", "years", "kalenderår", "kalenderåret", "kalenderåren", "år", "året", "åren", "of"),
    *("season", "seasons", "säsong", "säsongen", "säsongerna", "month", "months", "månad", "månaden", "månaderna"),
)
Found = dict[str, str | int]


def two_labels(text: str) -> tuple[str, str] | None:
    """Return the labels of both ends, or None where the words are others."""
    plain = re.sub(r"(?<=\d{4})-(?=\d{4}\b)", "–", " ".join(text.lower().split()))
    open_end = re.sub(r"^(från och med|från|from) ", "", plain)
    ends = [end.strip() for end in END.split(re.sub(r"\btill och med\b", "till", open_end))]
    if len(ends) > 2 or (len(ends) == 1 and open_end != plain):
        return None
    whole = [re.fullmatch(r"\d{4}-\d\d|\d{4}-?[qkt]\d", end) for end in ends]
    if all(whole):
        return ends[0].upper(), ends[-1].upper()
    read = [_words(end) for end in ends]
    first, last = read[0], read[-1]
    if first is None or last is None:
        return None
    if "kind" in first and "kind" not in last and "part" in last:
        last["kind"] = first["kind"]
    if "year" in last and "year" not in first:
        first["year"] = last["year"]
    labels = _label(first), _label(last)
    return None if labels[0] is None or labels[1] is None else (labels[0], labels[1])


def _words(end: str) -> Found | None:
    """Return what one end says."""
    found: Found = {}
    spaced = re.sub(r"\b([qkt])(?=[1-4]\b)", r"\1 ", re.sub(r"(?<=[a-z])\.", " ", end))
    if TOKEN.sub("", spaced).strip():
        return None
    for token in TOKEN.findall(spaced):
        said = len(found)
        if "/" in token:
            found["season"] = token
        elif token.isdigit():
            found["year" if len(token) == 4 else "part"] = int(token)
        elif token in MONTH:
            found["month"] = MONTH[token]
        elif token in ORDINAL:
            found["part"] = ORDINAL[token]
        elif token in PARTS or token in KIND:
            found["kind"] = KIND[token[0]]
        elif token in SILENT:
            continue
        if len(found) == said:  # another word, or twice the same
            return None
    return found


def _label(found: Found) -> str | None:
    """Return the label of a period."""
    if "season" in found:
        return str(found["season"]) if len(found) == 1 else None
    if "year" not in found or ("kind" in found) != ("part" in found):
        return None
    if "kind" in found:
        return f"{found['year']}{found['kind']}{found['part']}"
    return f"{found['year']}-{int(found['month']):02d}" if "month" in found else str(found["year"])
