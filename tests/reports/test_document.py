"""Characters that show nothing are spelt out in a report, and all others kept."""

import pytest

from effekt.reports.document import visible


@pytest.mark.parametrize("code", [0x00, 0x0D, 0x1B, 0x7F, 0x9F, 0xAD, 0x200B, 0x200F, 0x202E, 0x2066, 0xFEFF, 0xE0041])
def test_what_shows_nothing_is_spelt_out(code):
    assert visible(f"a{chr(code)}b") == f"a⟨U+{code:04X}⟩b"


@pytest.mark.parametrize("text", ["Åäö é", "1\N{NO-BREAK SPACE}000", "−5 %", "a\nb", "日本語", "😀"])
def test_what_shows_is_kept(text):
    assert visible(text) == text
