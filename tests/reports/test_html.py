"""The page: one file that carries the certificate it shows and asks for nothing from outside."""

import copy
import importlib.resources
import os
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import samples
from reports.reading import Page, value

from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, read_envelope
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.html import embedded_envelope, is_page, page_language, render_page

LANGUAGES = ("sv", "en")
EVERY = [pytest.param(made, lang, id=f"{name}-{lang}") for name, made in samples.ALL.items() for lang in LANGUAGES]
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "script"),
    *("h1", "h2", "h3", "p", "small", "dl", "div", "dt", "dd", "ul", "ol", "li", "pre", "code", "figure", "figcaption"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "desc", "line", "path", "circle", "rect", "text"),
}


@pytest.mark.parametrize(("made", "lang"), EVERY)
def test_a_page_is_well_formed_and_closed_to_the_world(made, lang):
    html = render_page(made(), lang)
    page = Page(html)

    assert page.declarations == ["doctype html"]
    assert {element["tag"] for element in page.elements} <= ELEMENTS
    assert page.of("html")[0]["attributes"] == {"lang": lang}
    policy = page.of("meta", **{"http-equiv": "Content-Security-Policy"})[0]["attributes"]["content"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert [s["attributes"] for s in page.of("script")] == [{"type": "application/json", "id": "effekt-envelope"}]
    names = {name for element in page.elements for name in element["attributes"]}
    assert not names & {"src", "href", "srcset", "action", "style", "background", "xlink:href"}
    assert not [name for name in names if name.startswith("on")]
    assert "url(" not in html
    assert "@import" not in html
    assert set(re.findall(r"https?:[^\"\s<]*", html)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize(("made", "lang"), EVERY)
def test_a_page_can_be_used_without_sight(made, lang):
    page = Page(render_page(made(), lang))
    identities = [element["attributes"]["id"] for element in page.elements if "id" in element["attributes"]]

    assert len(set(identities)) == len(identities)
    assert all(cell["attributes"].get("scope") in ("col", "row") for cell in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table"))
    for picture in page.of("svg"):
        assert picture["attributes"]["role"] == "img"
        assert set(picture["attributes"]["aria-labelledby"].split()) <= set(identities)
    for section in page.of("section"):
        assert section["attributes"]["aria-labelledby"] in identities
    assert all(area["attributes"]["aria-label"] for area in page.of("div", role="region"))


def luminance(colour):
    """Relative luminance by WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["ink", "muted", "accent"])
def test_every_text_colour_has_contrast_enough(name):
    html = render_page(samples.payable(), "sv")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", html))

    for behind in ("#ffffff", colours["pale"]):
        assert (luminance(behind) + 0.05) / (luminance(colours[name]) + 0.05) >= 4.5


@pytest.mark.parametrize(("made", "lang"), EVERY)
def test_amounts_and_figures_read_back_as_they_were_settled(made, lang):
    certificate = made()
    page, settled = Page(render_page(certificate, lang)), certificate.settlement
    total = next(element["text"] for element in page.of("dd") if "total" in element["within"])
    cells = [cell["text"] for cell in page.of("td", **{"class": "number"})]
    numbers = [value(cell, lang) for cell in cells if re.fullmatch(r"(SEK\s)?−?[\d\s.,]+(\skr)?", cell)]

    assert value(total, lang) == Decimal(settled.total or settled.undisputed)
    for figure in certificate.figures:
        if figure.value is not None and figure.unit != "yes/no":
            assert Decimal(figure.value) in numbers
    for line in settled.lines:
        assert {abs(Decimal(share.amount)) for share in line.shares} <= set(numbers)


HOSTILE = "<script>alert(1)</script><img src=x onerror=1>&amp;\"'{{7*7}}{% raw %}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hostile_name_is_shown_and_does_nothing(lang):
    name = HOSTILE.replace('"', "'")
    html = render_page(samples.payable(payer=name, title=name), lang)
    page = Page(html)

    assert len(page.of("script")) == 1
    assert not page.of("img")
    assert page.of("h1")[0]["text"] == name
    assert page.of("title")[0]["text"] == name
    assert embedded_envelope(html.encode()) == samples.payable(payer=name, title=name).to_bytes()


def test_a_name_cannot_pose_as_a_second_envelope():
    name = "<script type='application/json' id='effekt-envelope'>{}</script>"
    html = render_page(samples.payable(payer=name), "en")

    assert html.encode().count(b'id="effekt-envelope"') == 1
    embedded_envelope(html.encode())


def test_marks_that_turn_text_around_are_spelt_out():
    effect = samples.effect(unit="abc\u202egnp.exe\u200b")
    html = render_page(samples.certificate(samples.contract(), effect), "en")

    assert not set(html) & {"\u202e", "\u200b"}
    assert "abc⟨U+202E⟩gnp.exe⟨U+200B⟩" in html


def test_a_name_of_ten_thousand_characters_is_shown_whole():
    name = "Ö" * 10_000
    page = Page(render_page(samples.payable(payer=name), "sv"))

    assert any(fact["text"] == name for fact in page.of("dd"))


def test_a_hostile_unit_stays_text_in_the_pictures():
    effect = samples.effect(unit='</text></svg><script>"x" ' + "y" * 200)
    page = Page(render_page(samples.certificate(samples.contract(), effect), "en"))

    assert len(page.of("script")) == 1
    axis = page.of("svg")[0]["text"]
    assert '</text></svg><script>"x" ' in axis
    assert "…" in axis
    assert "y" * 60 not in "".join(label["text"] for label in page.of("text"))


@pytest.mark.parametrize(("made", "lang"), EVERY)
def test_the_envelope_comes_out_of_the_page_byte_for_byte(made, lang):
    certificate = made()
    raw = render_page(certificate, lang).encode()

    assert is_page(raw)
    assert page_language(raw) == lang
    assert embedded_envelope(raw) == certificate.to_bytes()


def again(raw):
    """The page that the envelope in a page gives."""
    return render_page(Certificate(read_envelope(embedded_envelope(raw))), page_language(raw)).encode()


def test_a_page_is_what_its_envelope_gives():
    raw = render_page(samples.payable(), "sv").encode()

    assert again(raw) == raw


PAGE = render_page(samples.payable(), "sv").encode()


@given(st.integers(0, len(PAGE) - 1), st.integers(1, 255))
def test_no_byte_of_a_page_can_be_changed(position, change):
    raw = bytearray(PAGE)
    raw[position] ^= change
    flipped = bytes(raw)

    try:
        same = again(flipped) == flipped
    except CertificateError:
        return
    assert not same


def test_a_page_depends_on_the_certificate_and_the_language_alone(tmp_path):
    source = tmp_path / "certificate.json"
    source.write_bytes(samples.cohorts().to_bytes())
    code = (
        "import sys; from pathlib import Path; from effekt.certificates.certificate import Certificate;"
        "from effekt.certificates.envelope import Envelope, read_envelope; from effekt.reports.html import render_page;"
        f"c = Certificate(read_envelope(Path({str(source)!r}).read_bytes()));"
        "sys.stdout.buffer.write(render_page(c, 'sv').encode() + render_page(c, 'en').encode())"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }

    here = b"".join(render_page(samples.cohorts(), lang).encode() for lang in LANGUAGES)
    assert pages == {here}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"<!doctype html>\n<html>\n", "must begin with an html element"),
        (b'<!doctype html>\n<html lang="de">\n', "must begin with an html element"),
        (b' <!doctype html>\n<html lang="sv">\n', "must begin with an html element"),
    ],
)
def test_another_language_is_refused(raw, sentence):
    with pytest.raises(CertificateError, match=sentence):
        page_language(raw)


def test_a_page_carries_exactly_one_whole_envelope():
    opening = b'<script type="application/json" id="effekt-envelope">'

    with pytest.raises(CertificateError, match="it carries 0"):
        embedded_envelope(b"<!doctype html>")
    with pytest.raises(CertificateError, match="it carries 2"):
        embedded_envelope(PAGE + opening)
    with pytest.raises(CertificateError, match="breaks off"):
        embedded_envelope(PAGE[: PAGE.index(opening) + 100])
    assert not is_page(b"<!doctype html><html></html>")
    assert not is_page(samples.payable().to_bytes())


def test_a_page_needs_a_language_it_knows():
    with pytest.raises(ArgumentError, match="`lang` must be 'en' or 'sv'; got 'de'"):
        render_page(samples.payable(), "de")


def test_only_pictures_and_the_envelope_are_not_escaped():
    template = (importlib.resources.files("effekt.reports") / "templates" / "page.html").read_text(encoding="utf-8")

    assert re.findall(r"\{\{([^}]*)\|safe", template) == [" draw(block)", " envelope"]


def leaves(plain, path=()):
    """Where every value of a JSON tree stands."""
    items = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))
    if not isinstance(plain, (dict, list)):
        yield path


FORGED = [0, 1, -1, -0.5, 1e9, -1e9, "0", "-3", "12.5", None, "", "total", True, "1/3", "referred"]


@given(st.data())
def test_a_forged_certificate_is_refused_or_shown_but_never_breaks_the_page(data):
    certificate = data.draw(st.sampled_from(list(samples.ALL.values())))()
    predicate = copy.deepcopy(certificate.predicate)
    forged = data.draw(st.sampled_from([path for path in leaves(predicate) if path[0] in ("results", "settlement")]))
    place = predicate
    for key in forged[:-1]:
        place = place[key]
    place[forged[-1]] = data.draw(st.sampled_from(FORGED))
    statement = replace(certificate.statement, predicate=predicate)

    try:
        html = render_page(Certificate(Envelope(payload=statement.to_bytes())), "sv")
    except CertificateError:
        return
    Page(html)


@pytest.mark.parametrize("errors", [(1e9, 0.1), (-1e9, 800.0)])
def test_a_placebo_beyond_all_numbers_is_refused(errors):
    with pytest.raises(CertificateError, match="too large to be shown"):
        render_page(samples.certificate(samples.contract(), samples.effect(errors=errors)), "sv")


def test_a_path_that_does_not_fit_its_windows_is_refused():
    effect = samples.effect()
    short = replace(effect, path=replace(effect.path, periods=samples.YEARS[:5]))
    certificate = samples.certificate(samples.contract(), short)

    with pytest.raises(CertificateError, match="does not fit its windows"):
        render_page(certificate, "sv")


@pytest.mark.parametrize(
    ("damage", "how"),
    [
        (lambda page: b"\xef\xbb\xbf" + page, "begins with a byte order mark"),
        (lambda page: page.replace(b"\n", b"\r\n"), "ends its lines with CR LF"),
    ],
)
def test_a_page_that_was_saved_anew_says_so(damage, how):
    page = render_page(next(iter(samples.ALL.values()))(), "sv").encode()
    with pytest.raises(CertificateError) as error:
        page_language(damage(page))
    assert str(error.value) == (
        f"The page {how}: a program saved it anew and changed its bytes; use the original page."
    )
