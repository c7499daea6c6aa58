"""The page: one self-contained HTML file that carries the certificate it shows.

It loads nothing and runs nothing. The same certificate and language give the same bytes on any machine, so that a page
can be written anew from the envelope in it and compared.
"""

from __future__ import annotations

import codecs
import functools
import importlib.resources
import re
from typing import get_args

import jinja2

from effekt._text import LANGUAGES, Language, Text
from effekt._validation import check_option, join_words
from effekt.certificates.certificate import Certificate
from effekt.exceptions import CertificateError
from effekt.reports.compose import compose
from effekt.reports.document import EffectPicture, TrendPicture, visible
from effekt.reports.svg import draw_effect, draw_trend

_OPEN = b'<script type="application/json" id="effekt-envelope">'
_CLOSE = b"</script>"
_LANGUAGE = re.compile(rb'<!doctype html>\n<html lang="([a-z]{2})">\n')


def render_page(certificate: Certificate, lang: Language) -> str:
    """Write the page of a certificate.

    Parameters
    ----------
    certificate : Certificate
    lang : {"sv", "en"}

    Returns
    -------
    str
        HTML in UTF-8 with line feeds; write its bytes unchanged.

    Raises
    ------
    ArgumentError
        For another language.
    CertificateError
        When the certificate's parts do not fit each other.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> page = render_page(effekt.settle(contract, date="2022-03-15"), "sv")
    >>> page_language(page.encode())
    'sv'
    """
    check_option("lang", lang, LANGUAGES)

    def say(text: Text | str) -> str:
        return visible(text if isinstance(text, str) else text.in_language(lang))

    def draw(picture: TrendPicture | EffectPicture) -> str:
        return draw_trend(picture, lang) if isinstance(picture, TrendPicture) else draw_effect(picture, lang)

    return _template().render(
        lang=lang,
        report=compose(certificate),
        say=say,
        draw=draw,
        kind=lambda block: type(block).__name__,
        envelope=(_OPEN + certificate.to_bytes() + _CLOSE).decode(),
    )


@functools.cache
def _template() -> jinja2.Template:
    """The page's template, its style sheet included; all but drawn pictures and the envelope is escaped."""
    folder = importlib.resources.files("effekt.reports") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html")


def is_page(raw: bytes) -> bool:
    """Tell whether bytes are a page that carries a certificate.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    bool

    Examples
    --------
    >>> is_page(b"{}")
    False
    """
    return _OPEN in raw


def embedded_envelope(raw: bytes) -> bytes:
    """Take the envelope out of a page, byte for byte.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    bytes
        As it was embedded; read it with `read_envelope`.

    Raises
    ------
    CertificateError
        Unless the page carries exactly one.
    """
    parts = raw.split(_OPEN)
    if len(parts) != 2:
        raise CertificateError(
            f"The page must carry one certificate; it carries {len(parts) - 1}. Use the original page."
        )
    envelope, closed, _ = parts[1].partition(_CLOSE)
    if not closed:
        raise CertificateError("The page breaks off inside its certificate; use the original page.")
    return envelope


def page_language(raw: bytes) -> Language:
    """Read the language that a page was written in.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    {"sv", "en"}

    Raises
    ------
    CertificateError
        When the page does not begin as one that effekt wrote.
    """
    match = _LANGUAGE.match(raw)
    for lang in get_args(Language):
        if match and match[1] == lang.encode():
            known: Language = lang
            return known
    if raw.startswith(codecs.BOM_UTF8) or b"\r\n" in raw[:100]:
        how = "begins with a byte order mark" if raw.startswith(codecs.BOM_UTF8) else "ends its lines with CR LF"
        raise CertificateError(f"The page {how}: a program saved it anew and changed its bytes; use the original page.")
    listed = join_words([f'lang="{lang}"' for lang in LANGUAGES])
    raise CertificateError(f"The page must begin with an html element with {listed}; use the original page.")
