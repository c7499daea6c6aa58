"""The documentation says what the code does: examples run, numbers are computed, nothing is missing or left over."""

from __future__ import annotations

import ast
import contextlib
import datetime
import doctest
import functools
import hashlib
import importlib
import inspect
import io
import json
import re
import shlex
import shutil
import sys
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pandas
import pytest
from causaldata import nsw_mixtape

import effekt
from effekt import cli
from effekt._text import format_number
from effekt.certificates.evidence import ATTRIBUTIONS, evidence_of
from effekt.contracts import contract_json_schema
from effekt.contracts.attestations import AttestationTerms
from effekt.contracts.declarations import DeclarationTerms
from effekt.contracts.schema import json_schema
from effekt.estimators import METHODS
from effekt.estimators.randomized import Variance
from effekt.reports.wording import ROLES, STATES
from effekt.tables.names import as_label
from effekt.workflow.tracing import _lot

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    if "_build" not in path.parts
}
HEADINGS = (
    "Question",
    "Estimand",
    "Assumptions",
    "Estimator",
    "Variance and degrees of freedom",
    "What the code checks",
    "Verified against",
    "References",
)
METHOD_PAGES = sorted({*METHODS, "placebo_study", "pool"})
HELSINGBORG = {
    "outcome": "sick_leave_percent",
    "unit": "municipality",
    "time": "year",
    "period": "year",
    "reference_window": (2014, 2015),
    "evaluation_window": (2016, 2018),
    "weights": None,
    "threshold": 0.12,
}


def page(name):
    return PAGES[f"docs/{name}.md"]


def fences(text, kind):
    """The blocks of one kind, in order."""
    return re.findall(rf"^```{re.escape(kind)}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def having(kind):
    return [name for name, text in PAGES.items() if fences(text, kind)]


def tables(text):
    """Every table as (header, rows), cells stripped."""
    for block in re.findall(r"(?:^ *\|.*\|\n)+", text, re.MULTILINE):
        rows = [re.split(r"(?<!\\)\|", line.strip()[1:-1]) for line in block.splitlines()]
        header, _, *body = [[cell.strip() for cell in row] for row in rows]
        yield header, body


def coded(cell):
    """Everything between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def spaced(number, digits=2):
    """'−8 497.52': grouped by spaces, with a decimal point."""
    return format_number(number, "en", digits).replace(",", " ")


def same(want, got):
    """Equal, where '...' stands for anything and a space for a no-break space."""
    return doctest.OutputChecker().check_output(want, got.replace("\N{NO-BREAK SPACE}", " "), doctest.ELLIPSIS)


# --- examples -----------------------------------------------------------------------------------------------------


def call(command, patch):
    """The exit code of a command line."""
    patch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as done:
        cli.main()
    return done.value.code or 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder of `effekt demo` and what it printed."""
    folder, printed = tmp_path_factory.mktemp("docs"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.chdir(folder)
        assert call("effekt demo --out demo --lang en", patch) == 0
    return folder / "demo", printed.getvalue()


NEEDED = {
    "docs/how-to/scheduled-job.md": ("contract.yaml", "panel.csv", "lock.json"),
    "docs/how-to/verify-a-certificate.md": ("contract.yaml", "panel.csv", "certificate.sv.html"),
}


@pytest.fixture
def workplace(tmp_path, monkeypatch, request):
    """A function that makes an empty folder with the files a page takes for granted, and goes there."""

    def go(name):
        monkeypatch.chdir(tmp_path)
        for file in NEEDED.get(name, ()):
            shutil.copy(request.getfixturevalue("demo")[0] / file, tmp_path)
        (tmp_path / "passphrase.txt").write_text("four random words here\n", encoding="utf-8")

    return go


@pytest.mark.parametrize("name", having("pycon"))
def test_python_examples_run(name, workplace):
    workplace(name)
    examples = "\n".join(fences(PAGES[name], "pycon"))
    test = doctest.DocTestParser().get_doctest(examples, {}, name, name, 0)
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    result = runner.run(test, out=report.write)
    assert result.attempted > 0
    assert result.failed == 0, report.getvalue()


@pytest.mark.parametrize("name", having("console"))
def test_commands_print_what_the_page_says(name, workplace, monkeypatch, capsys):
    workplace(name)
    steps = [step for block in fences(PAGES[name], "console") for step in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    last = 0
    for step in filter(None, steps):
        command, _, want = step.partition("\n")
        if command == "echo $?":
            assert want == f"{last}\n"
            last = 0
            continue
        assert last == 0, f"before {command!r}"
        last = call(command, monkeypatch)
        out, err = capsys.readouterr()
        assert same(want, out + err), out + err
    assert last == 0


def test_the_lot_on_the_page_is_that_of_the_code():
    """By hashlib alone: the page's line, and what it says of marks and letters."""
    (line,) = (one for one in fences(page("how-to/keep-a-register"), "text") if "trace" in one)
    rule, contract, seed, unit = json.loads(line)
    assert contract == hashlib.sha256(b"example\n").hexdigest()
    assert f"`{rule}`" in page("how-to/keep-a-register")
    own = effekt.read_contract(effekt.case("rate-card") / "contract.yaml")
    assert own.sha256 == hashlib.sha256((effekt.case("rate-card") / "contract.yaml").read_bytes()).hexdigest()
    lots = {unit: line.rstrip("\n"), 'ö"\\1': line.rstrip("\n").replace("0014", 'ö\\"\\\\1')}
    for unit, said in lots.items():
        assert _lot(contract, seed, unit) == hashlib.sha256(said.encode("utf-8")).digest()
    for cell, text in ((14.0, "14"), (datetime.date(2023, 9, 2), "2023-09-02"), (" o\u0308  1 ", "ö 1"), (0.50, "0.5")):
        assert as_label(cell) == text


def test_the_tutorial_runs_and_its_prose_has_its_numbers(workplace, capsys):
    workplace("tutorial")
    text, scope = page("tutorials/first-certificate"), {}
    cells = fences(text, "{code-cell} ipython3")
    assert len(cells) > 10
    for cell in cells:
        exec(compile(ast.parse(cell), "first-certificate", "exec"), scope)
    effect = scope["effect"]
    assert f"{effect.treated_mean:.3f} days" in text
    assert f"would have had {effect.counterfactual_mean:.3f}" in text
    assert f"each of the {effect.sample.n_control} others" in text
    assert scope["found"].ok
    assert scope["certificate"].settlement.total == "3000000"
    assert "within_tolerance" not in capsys.readouterr().out
    edited = Path("certificate.html").read_text(encoding="utf-8").replace("3,000,000", "8,000,000").encode()
    found = effekt.verify(edited, contract=scope["contract"])
    assert [finding.name for finding in found.differences] == ["page"]


def test_the_readme_example_prints_what_the_readme_says(capsys):
    (example,) = fences(PAGES["README.md"], "python")
    exec(compile(example, "README", "exec"), {})
    after = PAGES["README.md"].partition(example)[2].partition("```")[2]
    assert fences(after, "")[0] == capsys.readouterr().out


def test_the_demo_prints_what_the_readme_says(demo):
    assert demo[1] in fences(PAGES["README.md"], "")


def test_the_readme_excerpt_is_the_contract_of_the_case():
    (excerpt,) = fences(PAGES["README.md"], "yaml")
    lines = iter((effekt.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8").splitlines())
    assert all(line in lines for line in excerpt.splitlines()), "not in this order in the case's contract"


# --- methods ------------------------------------------------------------------------------------------------------


def test_every_method_has_a_page():
    assert sorted(path.stem for path in (DOCS / "methods").glob("*.md") if path.stem != "index") == METHOD_PAGES
    index = page("methods/index")
    assert all(f"]({name}.md)" in index for name in METHOD_PAGES)


@pytest.mark.parametrize("name", METHOD_PAGES)
def test_a_method_page_has_the_eight_headings(name):
    text = page(f"methods/{name}")
    assert text.startswith(f"# {name}\n")
    assert tuple(re.findall(r"^## (.*)$", text, re.MULTILINE)) == HEADINGS
    parts = re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]
    assert all(len(part.strip()) > 20 for part in parts)


def test_the_variance_names_are_those_of_the_code():
    rows = next(body for header, body in tables(page("methods/randomized_trial")) if header[0] == "name")
    assert sorted(coded(row[0])[0] for row in rows) == sorted(get_args(Variance))


def test_twelve_clusters():
    table = ROOT / "tests" / "goldens" / "randomized" / "vcov-table.csv"
    rows = next(body for header, body in tables(page("methods/randomized_trial")) if header[1:2] == ["CR0"])
    for position, variance in enumerate(("CR0", "CR1", "CR1S", "CR2", "CR3"), start=1):
        effect = effekt.randomized_trial(
            effekt.read_table(table),
            outcome="y",
            treatment="d",
            covariates="x",
            cluster="g",
            adjustment="additive",
            variance=variance,
        )
        assert rows[0][position] == f"{effect.std_error:.5f}"
        assert rows[1][position] == f"{effect.df:.3f}".rstrip("0").rstrip(".")


def test_national_supported_work():
    data = nsw_mixtape.load_pandas().data
    text = page("methods/randomized_trial")
    for variance in ("welch", "HC2"):
        effect = effekt.randomized_trial(data, outcome="re78", treatment="treat", variance=variance)
        assert f"{effect.df:.2f}" in text
    assert f"{effect.std_error:.2f}" in text
    assert spaced(effect.estimate) in text


def test_participants_against_the_survey():
    data, text = effekt.datasets.nsw_cps(), " ".join(page("methods/matched_comparison").split())
    covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
    match = {"unit": "unit", "treatment": "treat", "covariates": covariates}
    shared = effekt.matched_comparison(data, match={**match, "replace": True}, outcome="re78")
    effect = effekt.matched_comparison(data, match=match, outcome="re78")
    orders = next(found for found in effect.diagnostics if found.name == "tie_orders").values
    assert f"with replacement USD {spaced(shared.estimate)} in whatever order" in text
    assert f"without, USD {spaced(effect.estimate)}, and between {spaced(orders['min'])} and" in text
    assert f"and {spaced(orders['max'])} over {orders['count']} other orders" in text
    assert f"raw difference is {spaced(effect.observed.treated - effect.observed.control)}" in text
    assert f"against {spaced(data.values('treat').count(0), 0)} survey controls" in text
    found = []
    for method, estimand in (("entropy_balancing", "ATT"), ("inverse_probability", "ATT"), ("overlap", "ATO")):
        weighted = {**match, "method": method, "estimand": estimand}
        effect = effekt.matched_comparison(data, match=weighted, outcome="re78")
        found.append(f"USD {spaced(effect.estimate)} (standard error {effect.std_error:.2f})")
    assert "entropy balancing gives {}, inverse probability {} and overlap weights {}".format(*found) in text


def test_participants_against_the_survey_by_both_models():
    covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
    columns = {"outcome": "re78", "treatment": "treat", "covariates": covariates}
    effect = effekt.doubly_robust(effekt.datasets.nsw_cps(), **columns, estimand="ATT")
    text = " ".join(page("methods/doubly_robust").split())
    assert f"the ATT is USD {spaced(effect.estimate)} (standard error {effect.std_error:.2f})" in text
    assert f"raw difference is {spaced(effect.observed.treated - effect.observed.control)}" in text


def test_the_helsingborg_figures_of_the_method_pages():
    study = effekt.placebo_study(effekt.datasets.helsingborg(), **HELSINGBORG).values
    other = effekt.placebo_study(effekt.datasets.helsingborg(), **HELSINGBORG, adjustment="difference").values
    for name in ("methods/trend_adjusted", "methods/placebo_study"):
        for number in (f"{study['sd_relative']:.2%}", f"{study['sd_log']:.2%}"):
            assert number.replace("%", " %") in page(name)
        assert f"{other['sd_difference']:.3f} percentage points" in page(name)
    assert f"{other['sd_relative']:.2%}".replace("%", " %") in page("methods/placebo_study")
    assert f"+{study['reference_correlation']:.2f}" in page("methods/placebo_study")


def test_the_amounts_of_the_method_pages():
    def settled(name):
        return effekt.settle(effekt.read_contract(effekt.case(name) / "contract.yaml"), date="2024-03-01")

    work, home = settled("rate-card").settlement.lines
    assert f"SEK {spaced(work.amount)} and {spaced(home.amount)}." in page("methods/outcome_count")
    peterborough = settled("peterborough")
    values = {figure.id: figure.value for figure in peterborough.figures}
    text = page("methods/published_comparison")
    assert f"figures {values['reduction_1']} and" in text
    assert f"{values['reduction_pooled']};" in text
    assert f"GBP {spaced(peterborough.settlement.total)}" in text


# --- the study for the finance director ---------------------------------------------------------------------------


def paid_by_luck(folder):
    """{municipality: (figure, amount)} of the case, each municipality in turn as the treated one."""
    shutil.copy(effekt.case("helsingborg") / "helsingborg_sick_leave.csv", folder)
    text = (effekt.case("helsingborg") / "contract.yaml").read_text(encoding="utf-8")
    found = {}
    for name in sorted(set(effekt.datasets.helsingborg().values("municipality"))):
        (folder / "contract.yaml").write_text(
            text.replace('treated: "Klippan"', f'treated: "{name}"'), encoding="utf-8"
        )
        certificate = effekt.settle(effekt.read_contract(folder / "contract.yaml"), date="2019-06-30")
        found[name] = Fraction(certificate.figures[0].value), int(certificate.settlement.total)
    return found


def signed_percent(share):
    return f"{float(share):+.1%}".replace("-", "−").replace("%", " %")


def test_the_study_for_the_finance_director(tmp_path):
    text = " ".join(page("explanation/helsingborg-placebo").split())
    study = effekt.placebo_study(effekt.datasets.helsingborg(), **HELSINGBORG)
    paid, values = paid_by_luck(tmp_path), study.values
    by_level = sorted(study.tidy().itertuples(), key=lambda row: -row.reference)
    wanted = [
        [
            row.unit,
            *(format_number(mean, "en", 2) for mean in (row.reference, row.counterfactual, row.treated)),
            signed_percent(row.relative),
            spaced(paid[row.unit][1], 0),
        ]
        for row in by_level
    ]
    assert next(body for _, body in tables(page("explanation/helsingborg-placebo"))) == wanted
    assert f"standard deviation of {values['sd_relative']:.2%}".replace("%", " %") in text
    assert f"the largest fall is {-values['min_relative']:.1%}".replace("%", " %") in text
    assert values["share_reaching"] == 0
    assert f"{sum(row.relative <= -0.05 for row in by_level)} of the eleven fell by 5 per cent or more" in text
    assert f"−12 % or more is {values['normal_probability']:.1%}, about one in fifteen".replace("%,", " %,") in text
    assert round(1 / values["normal_probability"]) == 15
    amounts = [amount for _, amount in paid.values()]
    mean = sum(amounts) / len(amounts)
    assert f"{sum(amount > 0 for amount in amounts)} of {len(amounts)} municipalities would have been paid" in text
    assert (
        f"on average SEK {spaced(round(mean), 0)} over all eleven, which is {mean / 5e6:.0%}".replace("%", " %") in text
    )
    high, low = [row.unit for row in by_level[:6]], [row.unit for row in by_level[6:]]
    assert f"correlates +{values['reference_correlation']:.2f} with the fall found" in text
    changes = [signed_percent(-sum(paid[unit][0] for unit in half) / len(half)) for half in (high, low)]
    number = sum(paid[unit][1] > 0 for unit in high)
    assert (
        f"{number} would have been paid and the mean change is {changes[0]}, among the five others it is {changes[1]}"
        in (text)
    )


def test_its_swedish_summary_says_what_the_page_says():
    text = page("explanation/helsingborg-placebo")
    english, swedish = (" ".join(part.split()) for part in text.split("## På svenska"))
    study = effekt.placebo_study(effekt.datasets.helsingborg(), **HELSINGBORG).values
    for share, digits in ((study["sd_relative"], 2), (-study["min_relative"], 1), (study["normal_probability"], 1)):
        shown = f"{share:.{digits}%}".replace("%", " %")
        assert shown in english
        assert shown.replace(".", ",") in swedish
    for shown in ("7.3 %", "25.7 %", "9.1 %"):
        assert shown in english
        assert shown.replace(".", ",") in swedish
    for en, sv in (
        ("7 of 11 municipalities", "7 av 11"),
        ("SEK 1 214 576", "1 214 576 kronor"),
        ("24 % of the full amount", "24 % av hela beloppet"),
        ("None of these eleven reached −12 %", "Ingen av de elva nådde −12 %"),
        ("1 of 10 reached −12 %", "nådde 1 av 10 dit"),
    ):
        assert en in english.replace("*", "")
        assert sv in swedish


# --- reference ----------------------------------------------------------------------------------------------------


def test_every_public_name_is_in_the_reference():
    text = "".join(PAGES[name] for name in PAGES if name.startswith("docs/reference/api/"))
    documented = set(re.findall(r"^\.\. auto\w+:: (\S+)$", text, re.MULTILINE))
    for name in sorted(documented):
        assert resolve(name) is not None
    missing = [
        name
        for name in effekt.__all__
        if f"effekt.{name}" not in documented
        and getattr(getattr(effekt, name), "__module__", None) not in documented
        and f"`effekt.{name}`" not in text
    ]
    assert missing == []


@functools.cache
def published():
    """{name: schema} of every part of a contract and an attestation file."""
    whole, attestation = contract_json_schema(), json_schema(AttestationTerms, "effekt/attestation/1")
    declarations = json_schema(DeclarationTerms, "effekt/declarations/1")
    parts = {**whole["$defs"], **attestation["$defs"], **declarations["$defs"]}
    parts |= {"ContractTerms": whole, "AttestationTerms": attestation, "DeclarationTerms": declarations}
    return {name: part for name, part in parts.items() if "properties" in part}


@functools.cache
def described():
    """{name: rows} of every part on the pages."""
    text = page("reference/contract-file") + page("reference/attestations-and-declarations")
    parts = re.split(r"^% schema: (\w+)$", text, flags=re.MULTILINE)[1:]
    return {name: next(tables(text))[1] for name, text in zip(parts[::2], parts[1::2], strict=True)}


def test_the_contract_page_has_every_part_of_the_file():
    assert sorted(described()) == sorted(published())


@pytest.mark.parametrize("part", sorted(published()))
def test_the_contract_page_has_every_key(part):
    schema, rows = published()[part], described()[part]
    assert sorted(coded(key)[0] for key, *_ in rows) == sorted(schema["properties"])
    for key, needed, what in rows:
        name = coded(key)[0]
        assert needed == ("required" if name in schema.get("required", ()) else "optional"), name
        choices = schema["properties"][name].get("enum") or schema["properties"][name].get("items", {}).get("enum", [])
        assert {*choices} <= {*coded(what)}, name


@pytest.mark.parametrize("part", ["ContractTerms", "DataSource", "Dates", "Analysis", "Payment", "Line"])
def test_the_guide_to_writing_names_every_key_of_the_files_own_parts(part):
    text = re.sub(r"^```.*?^```", "", page("how-to/write-a-contract"), flags=re.MULTILINE | re.DOTALL)
    named = {word for code in coded(text) for word in re.findall(r"\w+", code)}
    assert {*published()[part]["properties"]} - named == set()


def test_the_contract_page_names_every_method_and_state():
    rows = {coded(key)[0]: what for key, _, what in described()["Analysis"]}
    assert sorted(coded(rows["method"])) == sorted(METHODS)
    states = next(body for header, body in tables(page("reference/contract-file")) if header[0] == "state")
    assert [coded(row[0])[0] for row in states] == [
        "payable",
        "zero_by_terms",
        "not_yet_determinable",
        "referred",
        "void",
    ]


def test_the_page_on_exports_has_every_argument_of_read_table():
    rows = next(tables(page("how-to/read-swedish-exports")))[1]
    parameters = inspect.signature(effekt.read_table).parameters
    assert [coded(row[0])[0] for row in rows] == list(parameters)
    for row, parameter in zip(rows, parameters.values(), strict=True):
        empty = {inspect.Parameter.empty: "required", None: "none", (): "none"}
        assert row[2].strip("`") == str(empty.get(parameter.default, parameter.default))


def commands():
    """{command: section of the page}."""
    found = re.split(r"^## `effekt (.*?)`$", page("reference/cli"), flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_the_command_page_has_every_command():
    wanted = {
        " ".join([name, *(p.human_readable_name.upper() for p in command.params if p.param_type_name == "argument")])
        for name, command in cli.cli.commands.items()
    }
    assert set(commands()) == wanted


@pytest.mark.parametrize("heading", sorted(commands()))
def test_the_command_page_has_every_option(heading):
    command = cli.cli.commands[heading.split()[0]]
    options = {p.opts[0]: p for p in command.params if p.param_type_name == "option"}
    rows = {coded(option)[0].replace("\\|", "|"): what for option, what in next(tables(commands()[heading]))[1]}
    assert {row.split()[0] for row in rows} == set(options)
    for row, what in rows.items():
        option = options[row.split()[0]]
        assert ("required" in what) == option.required, row
        assert row.partition(" ")[2] == ("" if option.is_flag else option.make_metavar(None)), row
        if option.show_default:
            assert f"default `{option.default}`" in what, row


def test_the_exit_codes_are_those_of_the_code():
    codes = [0, cli.MISMATCH, 2, cli.UNDETERMINED, cli.INTERNAL, cli.INTERRUPTED]
    for name in ("reference/cli", "how-to/scheduled-job"):
        rows = next(body for header, body in tables(page(name)) if header[0] == "code")
        assert [int(row[0]) for row in rows] == codes


def test_every_line_of_a_verification_is_explained():
    folder = ROOT / "src" / "effekt"
    files = [*(folder / "workflow").rglob("*.py"), folder / "certificates" / "envelope.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    names = set(
        re.findall(r'(?:name=|same_or_different\(|cannot_tell\(|refused\(|compare\()\s*f?"([a-z_0-9]+:?)', source)
    )
    rows = next(body for header, body in tables(page("how-to/verify-a-certificate")) if header[0] == "line")
    assert {name for row in rows for name in coded(row[0])} == {name.replace(":", ":…") for name in names}


def test_the_schemas_page_lists_every_schema():
    listed = {}
    for _, body in tables(page("reference/schemas")):
        listed |= {re.findall(r"schemas/([\w-]+\.json)", row[2])[0]: coded(row[0])[0] for row in body if len(row) > 2}
    files = (DOCS / "schemas").glob("*.json")
    assert listed == {path.name: json.loads(path.read_text(encoding="utf-8"))["title"] for path in files}


def test_the_evidence_levels_are_those_of_the_code():
    rows, labels = [body for _, body in tables(page("explanation/evidence-levels"))]
    on_page = {method: level for level, _, methods in rows for method in coded(methods)}
    assert on_page == {name: str(evidence_of(name).level).lower() for name in METHODS}
    before_after, attested = evidence_of("trend_adjusted", before_after=True), evidence_of(None)
    wanted = {f"`{name}`": evidence_of(name) for name in METHODS}
    wanted["`matched_comparison` by weights"] = evidence_of("matched_comparison", weighted=True)
    wanted["`published_comparison` with matched people"] = evidence_of("published_comparison", matched=True)
    wanted["`published_comparison` with the past"] = before_after
    wanted |= {"`trend_adjusted` without a comparator": before_after, "attested facts": attested}
    assert {row[0]: tuple(row[1:]) for row in labels} == {
        name: (evidence.label.en, evidence.label.sv) for name, evidence in wanted.items()
    }


def test_the_words_for_attribution_are_those_of_the_code():
    rows = next(body for header, body in tables(page("explanation/outcome-and-effect")) if header[0] == "`attribution`")
    pairs = {(method, coded(word)[0]) for word, _, methods in rows for method in coded(methods)}
    assert pairs == {(method, word) for method, words in ATTRIBUTIONS.items() for word in words}


def test_the_glossary_has_the_words_of_the_reports():
    rows = [row for _, body in tables(page("reference/glossary")) for row in body]
    for kind, words in (("role", ROLES), ("state", STATES)):
        for name, text in words.items():
            if name != "determined":
                row = next(row for row in rows if f"{kind} `{name}`" in row[2])
                assert text.sv in re.split(", ", row[0])
                assert text.en in re.split(", ", row[1])


# --- names, links, words ------------------------------------------------------------------------------------------


def resolve(name):
    """The object of a dotted name; an error when there is none."""
    found, path = effekt, "effekt"
    for part in name.split(".")[1:]:
        path = f"{path}.{part}"
        if not hasattr(found, part):
            found = importlib.import_module(path)
            continue
        found = getattr(found, part)
    return found


CLASSES = (
    effekt.EffectEstimate,
    effekt.EffectSet,
    effekt.OutcomeMeasure,
    effekt.Match,
    effekt.Certificate,
    effekt.Table,
)
CALLABLE = {*effekt.__all__, *(name for kind in CLASSES for name in dir(kind)), "Unavailable"}


def test_no_page_mentions_what_is_not_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name, text in PAGES.items():
        for dotted in set(re.findall(r"(?<![\w/.`-])`?(effekt(?:\.\w+)+)", text)):
            resolve(dotted)
        for owner, called in re.findall(r"`(?:(\w*)\.)?(\w+)\([^`]*\)`", text):
            assert called in (dir(pandas) if owner == "pd" else CALLABLE), f"{name}: {called}"
        for command in re.findall(r"(?:`|^\$ )effekt ([a-z]+(?:-[a-z]+)*)", text, re.MULTILINE):
            assert command in cli.cli.commands, f"{name}: {command}"
        for target in re.findall(r"`make ([a-z]+)`", text):
            assert f"\n{target}:" in makefile, f"{name}: {target}"
        for path in re.findall(r"`(tests/[\w./-]+)`", text):
            assert (ROOT / path).exists(), f"{name}: {path}"


@functools.cache
def anchors(path):
    """The places in a page that a link can name."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def test_links_resolve():
    for name, text in PAGES.items():
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", prose):
            if "://" in link:
                assert link.startswith("https://"), f"{name}: {link}"
                continue
            target, _, anchor = link.partition("#")
            path = ((ROOT / name).parent / target).resolve()
            assert path.is_file(), f"{name}: {link}"
            assert not anchor or anchor in anchors(path), f"{name}: {link}"


def test_no_page_claims_what_data_cannot_show():
    claims = (
        r"parallel trends hold|assumptions? (?:is|are) met|statistically significant|significant effect|proves that"
    )
    for name, text in PAGES.items():
        assert not re.search(claims, text, re.IGNORECASE), name
        assert not re.search(r"\b(?:TODO|TBD|lorem)\b", text), name
