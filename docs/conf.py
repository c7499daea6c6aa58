"""How the documentation is built: `make docs`. Nothing is fetched, at build time or by the pages."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import effekt

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "effekt"
author = "The effekt developers"
project_copyright = author
release = version = effekt.__version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "mathml"]
exclude_patterns = ["_build"]
default_role = "code"
smartquotes = False

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300

autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = "effekt"
html_static_path = ["_static"]
html_css_files = ["effekt.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"

_BARS = re.compile(r"(?<![`\\])\|(?=\S)([^|`]*\S)\|")


def _keep_bars(*event: Any) -> None:
    """Bars in a docstring are absolute values, |x|, never the name of a substitution; its lines come last."""
    lines = event[-1]
    lines[:] = [line if line.lstrip().startswith((">>>", "...")) else _BARS.sub(r"\|\1\|", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Treat docstrings before numpydoc reads them."""
    app.connect("autodoc-process-docstring", _keep_bars, priority=100)
