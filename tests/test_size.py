"""No file is too long to be read: 400 lines of code at most, docstrings, comments and blank lines apart."""

from pathlib import Path

from source_tree import FILES, PACKAGE, code_lines

LIMIT = 400


def test_every_file_can_be_read() -> None:
    long = [file for file in FILES if file.read_text(encoding="utf-8").count("\n") > LIMIT]
    lines = {file.relative_to(PACKAGE).as_posix(): code_lines(file) for file in long}
    assert {name: held for name, held in lines.items() if held > LIMIT} == {}


def test_what_counts_as_a_line(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(
        '"""A docstring\n\nof three lines."""\n\n# a comment\nx = (1,\n     2)  # two lines\n\n\n'
        'def f():\n    """One line."""\n    text = """not a\n    docstring"""\n    return text\n',
        encoding="utf-8",
    )
    assert code_lines(file) == 6
