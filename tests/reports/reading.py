"""Reading a page back: its elements, its texts and its numbers."""

from decimal import Decimal
from html.parser import HTMLParser

VOID = {"meta", "br", "line", "path", "circle", "rect"}


class Page(HTMLParser):
    """The elements of a page in order, each with its own text; fails where tags do not balance."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.declarations = [], [], []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_decl(self, decl):
        self.declarations.append(decl)

    def handle_starttag(self, tag, attrs):
        within = [element["attributes"].get("class") for element in self.open]
        element = {"tag": tag, "attributes": dict(attrs), "text": "", "within": within}
        self.elements.append(element)
        assert len(dict(attrs)) == len(attrs), f"an attribute stands twice in {tag}"
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, "attributes": dict(attrs), "text": ""})

    def handle_endtag(self, tag):
        assert self.open, f"{tag} was never opened"
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def of(self, tag, **attributes):
        """Elements of a tag with these attributes."""
        return [
            element
            for element in self.elements
            if element["tag"] == tag and attributes.items() <= element["attributes"].items()
        ]

    @property
    def text(self):
        """All that a reader sees."""
        return self.of("main")[0]["text"]


def value(text, lang):
    """The number a reader sees, whatever stands around it."""
    kept = "".join(letter for letter in text if letter in "0123456789.,-−")
    kept = kept.replace("−", "-")
    return Decimal(kept.replace(".", "").replace(",", ".") if lang == "sv" else kept.replace(",", ""))
