"""A report as plain text for a terminal."""

import pytest
from reports import samples

from effekt.exceptions import ArgumentError
from effekt.reports.text import WIDTH, certificate_text

NBSP = "\N{NO-BREAK SPACE}"


def shown(certificate, lang="sv"):
    """The text with plain spaces."""
    return certificate_text(certificate, lang).replace(NBSP, " ")


@pytest.mark.parametrize("made", samples.ALL.values(), ids=samples.ALL)
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_certificate_is_told_in_lines(made, lang):
    certificate = made()
    text = certificate_text(certificate, lang)
    steps = [getattr(step, lang) for line in certificate.settlement.lines for step in line.steps]

    assert text == text.strip()
    assert not set(text) & {"\t", "\r", "\x1b"}
    joined = " ".join(text.split())
    assert all(" ".join(step.split()) in joined for step in steps)
    listed = [line for line in text.split("\n") if line.lstrip()[:2] in ("- ", "1.", "2.", "! ")]
    assert listed
    assert all(len(line) <= WIDTH for line in listed)


def test_verdict_amount_figures_and_arithmetic_are_there():
    text = shown(samples.payable())

    assert "Utfallet är fastställt; utbetalning enligt avtalet: 4 166 667 kr." in text
    assert "Summa att betala  4 166 667 kr" in text
    assert "Minskningen (reduction)  0,100000  andel" in text
    assert "  1. När minskningen är 0,100000" in text
    assert "  - En anmärkning." in text


def test_the_two_languages_differ():
    assert "Total payment  SEK 4,166,667" in shown(samples.payable(), "en")
    assert "Summa" not in shown(samples.payable(), "en")


def test_a_name_cannot_steer_the_terminal():
    effect = samples.effect(unit="x\x1b[2Jy\nz\x85\u202e")
    text = certificate_text(samples.certificate(samples.contract(), effect), "sv")

    assert not set(text) & {"\x1b", "\x85", "\u202e"}
    assert "x⟨U+001B⟩[2Jy z⟨U+0085⟩⟨U+202E⟩" in text


def test_another_language_is_refused():
    with pytest.raises(ArgumentError, match="`lang` must be"):
        certificate_text(samples.payable(), "de")
