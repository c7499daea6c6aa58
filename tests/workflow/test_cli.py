"""Exit codes, messages and files of the command line."""

from __future__ import annotations

import csv
import json
import re
import warnings
from collections.abc import Callable
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from effekt import workflow
from effekt.certificates import generate_key, public_text, read_private_key, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.signing import public_key
from effekt.exceptions import TableWarning
from effekt.reports.html import render_page

Run = Callable[..., tuple[int, str, str]]
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043") + bytes(range(256))


def test_cases_are_listed_with_one_line_each(effekt: Run) -> None:
    code, out, _ = effekt("cases")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(workflow.case_names())
    assert json.loads(effekt("cases", "--json", "--lang", "en")[1])["norrkoping"].startswith("Sweden's first")
    assert json.loads(effekt("cases", "--json")[1])["norrkoping"].startswith("Sveriges första")


def test_check_says_the_terms_and_the_most_it_can_pay(effekt: Run) -> None:
    path = workflow.case("norrkoping") / "contract.yaml"
    code, out, _ = effekt("check", path)
    assert code == 0
    assert out.endswith("Högst att betala: 12 000 000 kr\n")
    assert json.loads(effekt("check", path, "--json")[1])["maximum"] == {"core": "12000000", "premium": "2000000"}


def test_the_annex_has_the_terms_in_both_languages(effekt: Run, tmp_path: Path) -> None:
    path, out = workflow.case("norrkoping") / "contract.yaml", tmp_path / "annex.md"
    code, swedish, _ = effekt("annex", path)
    assert (code, swedish.splitlines()[0].startswith("# Mätbilaga: ")) == (0, True)
    assert "2. Alla rader betalar tillsammans högst 12 000 000 kr; den sista raden sänks först." in swedish.replace(
        "\u00a0", " "
    )
    assert effekt("annex", path, "--lang", "en", "--out", out)[0] == 0
    assert out.read_text(encoding="utf-8") == workflow.annex(workflow.read_contract(path), lang="en")


def test_from_init_to_a_verified_certificate(effekt: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFEKT_KEY_PASSPHRASE", "four random words here")
    folder, key = tmp_path / "mine", tmp_path / "verifier.pem"
    assert effekt("init", folder, "--case", "rate-card")[0] == 0
    code, out, _ = effekt("keygen", "--out", key)
    assert code == 0
    assert out.strip() == public_text(public_key(read_private_key(key, "four random words here")))
    contract = folder / "contract.yaml"
    text = contract.read_text(encoding="utf-8")
    own = text[: text.index("keys: [")] + f'keys: ["{out.strip()}"]' + text[text.index("\nsigning:") :]
    contract.write_text(own, encoding="utf-8")
    lock, certificate = tmp_path / "lock.json", tmp_path / "certificate.json"
    assert effekt("lock", contract, "--undecided-accepted", "--key", key, "--date", "2022-11-20", "--out", lock)[0] == 0
    ran = effekt("settle", contract, "--date", "2023-09-01", "--lock", lock, "--out", certificate, "--json")
    assert (ran[0], json.loads(ran[1])["total"]) == (0, "779037.40")
    assert "inte undertecknat" in ran[2]
    assert effekt("verify", certificate, "--contract", contract)[0] == 1
    assert effekt("sign", certificate, "--key", key)[0] == 0
    code, out, _ = effekt("verify", certificate, "--contract", contract, "--lang", "en")
    other = "whether another certificate pays the same was not checked: give those there are with --earlier"
    assert (code, out.splitlines()[-1]) == (0, f"Nothing differs, but {other}.")
    code, out, _ = effekt("verify", certificate, "--contract", contract, "--earlier", certificate, "--lang", "en")
    assert (code, out.splitlines()[-1]) == (0, "Nothing differs.")
    code, told, _ = effekt("sign", certificate, "--key", key)
    assert (code, told) == (0, f"Redan undertecknat med denna nyckel, 1 totalt: {certificate}\n")
    rows = json.loads(effekt("verify", certificate, "--contract", contract, "--json")[1])
    assert rows["ok"]
    assert {row["verdict"] for row in rows["findings"]} == {"reproduced"}
    assert json.loads(effekt("show", certificate, "--json")[1])["plan"]["locked_before_data"]


def test_a_warning_is_told_as_a_caution_without_a_place_in_the_program(effekt: Run, tmp_path: Path) -> None:
    case = workflow.case("rate-card")
    book = openpyxl.Workbook()
    for row in csv.reader((case / "months.csv").read_text(encoding="utf-8").splitlines(), delimiter=";"):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.active.row_dimensions[2].hidden = True
    book.save(tmp_path / "months.xlsx")
    settle = ("settle", case / "contract.yaml", "--date", "2023-09-01", "--data", f"months={tmp_path / 'months.xlsx'}")
    told = {
        "en": "! The sheet of 'months.xlsx' that is read has 1 hidden row, the first in row 2, and it is read",
        "sv": "! Det blad i 'months.xlsx' som läses har 1 dold rad, den första på rad 2, och den läses som de andra;",
    }
    for lang, sentence in told.items():
        with warnings.catch_warnings():
            warnings.simplefilter("always", TableWarning)
            code, _, err = effekt(*settle, "--lang", lang, "--out", tmp_path / f"{lang}.json")
        assert code == 0
        assert err.startswith(sentence)
        assert sum(line.startswith("! ") for line in err.splitlines()) == err.count("months.xlsx")


def test_hidden_rows_of_a_workbook_stand_on_the_page_and_in_the_certificate(effekt: Run, tmp_path: Path) -> None:
    case = workflow.case("rate-card")
    book = openpyxl.Workbook()
    for row in csv.reader((case / "months.csv").read_text(encoding="utf-8").splitlines(), delimiter=";"):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    contract, path = workflow.read_contract(case / "contract.yaml"), tmp_path / "months.xlsx"
    pages = {}
    for hidden in (0, 1, 2):
        for row in range(2, 2 + hidden):
            book.active.row_dimensions[row].hidden = True
        book.save(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TableWarning)
            made = workflow.settle(contract, date="2023-09-01", data={"months": path})
        assert made.data["months"].hidden_rows == hidden
        assert ("hidden_rows" in made.predicate["data"]["months"]) == (hidden > 0)
        pages[hidden] = [render_page(made, lang=lang) for lang in ("en", "sv")]  # type: ignore[arg-type]
    assert "hidden in the workbook" not in pages[0][0]
    page, sida = (" ".join(pages[hidden][lang].split()) for hidden, lang in ((1, 0), (2, 1)))
    assert "Of the rows of data months 1 row is hidden in the workbook, by hand or by a filter, and is read" in page
    assert "underlaget months är 2 dolda i arbetsboken, för hand eller av ett filter, och läses som de andra." in sida
    plain = json.loads(made.envelope.payload)
    del plain["predicate"]["data"]["months"]["hidden_rows"]
    false = Certificate(Envelope(payload=canonical_json(plain)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)
        verdicts = [
            {one.name: one for one in workflow.verify(one, contract=contract, data={"months": path}).findings}[
                "data:months"
            ]
            for one in (made, false)
        ]
    assert [one.verdict for one in verdicts] == ["reproduced", "different"]
    assert verdicts[1].text.en == "Data months: of the rows of the workbook 2 are hidden; the certificate says 0."
    assert verdicts[1].text.sv == "Data months: av arbetsbokens rader är 2 dolda; intyget anger 0."


def test_hidden_columns_of_a_workbook_stand_on_the_page_and_in_the_certificate(tmp_path: Path) -> None:
    case = workflow.case("rate-card")
    book = openpyxl.Workbook()
    for row in csv.reader((case / "months.csv").read_text(encoding="utf-8").splitlines(), delimiter=";"):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.active.column_dimensions["C"].hidden = True
    contract, path = workflow.read_contract(case / "contract.yaml"), tmp_path / "months.xlsx"
    book.save(path)
    with pytest.warns(TableWarning, match="1 hidden column, the first 'arbetad_manad'"):
        made = workflow.settle(contract, date="2023-09-01", data={"months": path})
    assert made.predicate["data"]["months"]["hidden_columns"] == ["arbetad_manad"]
    page, sida = (" ".join(render_page(made, lang=lang).split()) for lang in ("en", "sv"))
    assert "Of the columns of data months 'arbetad_manad' is hidden in the workbook, and read where the" in unescape(
        page
    )
    assert "Av kolumnerna i underlaget months är 'arbetad_manad' dold i arbetsboken, och läses" in unescape(sida)
    plain = json.loads(made.envelope.payload)
    del plain["predicate"]["data"]["months"]["hidden_columns"]
    for one, verdict in ((made, "reproduced"), (Certificate(Envelope(payload=canonical_json(plain))), "different")):
        with pytest.warns(TableWarning):
            found = workflow.verify(one, contract=contract, data={"months": path}).findings
        assert next(each for each in found if each.name == "data:months").verdict == verdict


def test_a_signed_certificate_is_never_replaced_by_another(effekt: Run, rate_card: Path) -> None:
    path = rate_card / "certificate.json"
    contract = rate_card / "contract.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace('name: "Leverantören"', 'name: "En annan"'), encoding="utf-8")
    before = path.read_bytes()
    stranger = workflow.read_certificate(path).envelope
    assert len(stranger.signatures) == 1
    # signed by the published demonstration key alone it may be replaced; a real key's signature may not
    workflow.write_certificate(Certificate(sign(stranger, generate_key())), path)
    signed = path.read_bytes()
    assert signed != before
    code, _, err = effekt("settle", contract, "--date", "2023-09-01", "--out", path)
    assert code == 2
    assert "is never replaced" in err
    assert path.read_bytes() == signed


def test_settle_waits_for_attestations_with_exit_code_3(effekt: Run) -> None:
    code, out, _ = effekt("settle", workflow.case("norrkoping") / "contract.yaml", "--date", "2020-06-30", "--json")
    assert code == 3
    assert json.loads(out)["state"] == "not_yet_determinable"


def test_settle_with_an_attestation(effekt: Run) -> None:
    folder = workflow.case("norrkoping")
    ran = effekt(
        "settle",
        folder / "contract.yaml",
        "--attested",
        folder / "attested-loss.yaml",
        "--date",
        "2020-06-30",
        "--json",
    )
    assert (ran[0], json.loads(ran[1])["total"]) == (0, "3000000")


def test_estimate_writes_restricted_results(effekt: Run, tmp_path: Path) -> None:
    code, out, _ = effekt(
        "estimate", workflow.case("helsingborg") / "contract.yaml", "--out", tmp_path / "results", "--lang", "en"
    )
    assert code == 0
    assert "Placebo standard deviation" in out
    assert json.loads((tmp_path / "results" / "absence.json").read_text())["schema"] == "effekt/effect/1"


def test_estimate_with_a_missing_month_says_which_with_exit_code_3(effekt: Run, tmp_path: Path) -> None:
    folder = workflow.copy_case("helsingborg", tmp_path / "case")
    data = folder / "helsingborg_sick_leave.csv"
    text = data.read_text(encoding="utf-8")
    data.write_text("".join(line for line in text.splitlines(True) if "Klippan,2018" not in line), encoding="utf-8")
    code, _, err = effekt("estimate", folder / "contract.yaml")
    assert code == 3
    assert "2018" in err
    ran = effekt("settle", folder / "contract.yaml", "--date", "2019-06-30", "--json")
    reason = json.loads(ran[1])["lines"][0]["reasons"][0]["sv"]
    assert (ran[0], "2018" in reason) == (3, True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ('at: "0.12"|at: 0.12', "0.12"),
        ("schema: effekt/contract/1|schema: effekt/contract/1\nid: again", "is given twice"),
        ("id: helsingborg|id: &anchor helsingborg", "anchor"),
        ("outcome: {column: sick_leave_percent|outcome: {column: sick_leave", "sick_leave"),
        ("    adjustment: ratio\n|", "adjustment"),
        ("adjustment: ratio|adjustment: rato", "rato"),
        ("    treated:|    treted:", "treted"),
        ("attribution: comparison|attribution: randomised", "attribution"),
        ("estimate: absence|measure: absence", "not a known key"),
    ],
)
def test_a_contract_that_is_wrong_exits_2_with_one_sentence(
    effekt: Run, tmp_path: Path, change: str, sentence: str
) -> None:
    folder = workflow.copy_case("helsingborg", tmp_path / "case")
    path = folder / "contract.yaml"
    old, new = change.split("|")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    code, out, err = effekt("settle", path, "--date", "2019-06-30")
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [JPEG, b"", b"\x00\x01", b"hello", b"{}", b"[1, 2"])
def test_a_file_that_is_no_certificate_exits_2_with_one_sentence(effekt: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "certificate.json"
    path.write_bytes(content)
    for command in ("verify", "show"):
        code, out, err = effekt(command, path)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("effekt: ")


@pytest.mark.parametrize("content", [JPEG, b"", b"\x00\x01"])
def test_a_file_that_is_no_contract_exits_2_with_one_sentence(effekt: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "contract.yaml"
    path.write_bytes(content)
    code, out, err = effekt("check", path)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_usage_errors_exit_2(effekt: Run, tmp_path: Path) -> None:
    assert effekt("settle")[0] == 2
    assert effekt("nonsense")[0] == 2
    assert effekt("verify", tmp_path / "no-such-file")[0] == 2
    assert effekt("verify", tmp_path)[0] == 2
    path = workflow.case("helsingborg") / "contract.yaml"
    assert "must be ID=PATH" in effekt("settle", path, "--date", "2019-06-30", "--data", "x")[2]
    assert "got 'other'" in effekt("settle", path, "--date", "2019-06-30", "--data", "other=x.csv")[2]
    assert "`--date` must be a day" in effekt("settle", path, "--date", "20190630")[2]


def test_an_internal_error_exits_70_without_a_traceback_or_data(effekt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> tuple[str, ...]:
        raise RuntimeError("the content of a data cell")

    monkeypatch.setattr(workflow, "case_names", broken)
    code, out, err = effekt("cases")
    assert (code, out) == (70, "")
    assert err.startswith("effekt: internal error (RuntimeError")
    assert "data cell" not in err


def test_interrupted_exits_130(effekt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> tuple[str, ...]:
        raise KeyboardInterrupt

    monkeypatch.setattr(workflow, "case_names", interrupted)
    assert effekt("cases")[0] == 130


@pytest.mark.parametrize("command", ["settle", "lock", "keygen", "demo"])
def test_a_dash_is_no_place_to_write(
    effekt: Run, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    contract = workflow.case("rate-card") / "contract.yaml"
    further = {
        "settle": [contract, "--date", "2023-09-01"],
        "lock": [contract, "--key", "demo", "--date", "2022-11-20"],
    }.get(command, [])
    code, out, error = effekt(command, *further, "--out", "-")
    assert (code, out) == (2, "")
    assert error == ("effekt: `--out` must name a file or folder; got '-', which is not taken for standard output.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_said_to_be_empty(effekt: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "certificate.json"
    path.write_bytes(content)
    code, _, error = effekt("verify", path)
    assert code == 2
    assert error == (
        "effekt: certificate.json: The file is empty: no certificate stands in it; use the file as it was written.\n"
    )


def test_an_amount_has_one_form_for_people_and_one_for_machines(effekt: Run, rate_card: Path) -> None:
    """As on the page in sentences, in check, in verify; a decimal text in JSON."""
    contract, certificate = rate_card / "contract.yaml", rate_card / "certificate.json"
    amount = json.loads(certificate_total(certificate))
    assert amount == "779037.40"
    told = effekt("verify", certificate, "--contract", contract, "--lang", "sv")[1]
    assert "Summa: angivet 779 037,40 kr, beräknat 779 037,40 kr." in told
    told = effekt("verify", certificate, "--contract", contract, "--lang", "en")[1]
    assert "Total: stated SEK 779,037.40, computed SEK 779,037.40." in told
    assert "779 037,40 kr" in effekt("show", certificate, "--lang", "sv")[1]


def certificate_total(path: Path) -> str:
    return json.dumps(workflow.read_certificate(path).settlement.total)


def test_a_total_is_beside_the_effect_of_one_and_has_not_its_unit(effekt: Run) -> None:
    contract = workflow.case("servicetrainee") / "contract.yaml"
    text = effekt("settle", contract, "--date", "2026-01-01", "--lang", "en").out
    assert re.search(r"^Effect +−0\.5407 share of households$", text, flags=re.MULTILINE)
    assert re.search(r"^Improvement for 27 together +\+14\.60$", text, flags=re.MULTILINE)
    assert "−0.7684 to −0.3130 share of households" in text


def test_the_annex_says_how_amounts_are_rounded_and_what_is_asked(effekt: Run) -> None:
    text = effekt("annex", workflow.case("klippan") / "contract.yaml", "--lang", "en").out
    rounded = (
        "Each line and each guarantee are rounded once, to a whole multiple of SEK 1; an amount halfway between two"
    )
    assert f"{rounded} is rounded away from zero." in text
    first, second = (f"children taken into care in {year} (children\\_{year})" for year in (2014, 2015))
    assert f"computed as 0.5 × {first} + 0.5 × {second}" in text
    text = effekt("annex", workflow.case("norrkoping") / "contract.yaml", "--lang", "en").out
    assert "By how much did the social services' cost for the target group fall?" in text


def test_the_annex_says_that_each_party_signs_once(effekt: Run, tmp_path: Path) -> None:
    path, out = workflow.case("norrkoping") / "contract.yaml", tmp_path / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    assert "signing: {threshold: 1," in text
    out.write_text(text.replace("signing: {threshold: 1,", "signing: {threshold: 1, count: parties,"), encoding="utf-8")
    english = effekt("annex", out, "--lang", "en").out
    assert "A certificate is to be signed by at least 1 party in the role of verifier; " in english
    assert " each party counts once, however many keys it holds." in english
    assert "varje part räknas en gång, oavsett hur många nycklar den innehar." in effekt("annex", out).out
    assert "counts once" not in effekt("annex", path, "--lang", "en").out


def test_the_return_has_the_guarantee_in_it(effekt: Run) -> None:
    """Klippan, 3 of 11 fewer: 1 000 000 + 1 783 635 and half of the lacking 1 216 365, three years after 4 000 000."""
    line = "--std-error 2 --effect 8 --figure children_after --assume children_2014=12 --assume children_2015=10"
    money = ("--invested", "2016-08-01=4000000", "--paid", "2019-08-01")
    text = effekt("check", workflow.case("klippan") / "contract.yaml", "--lang", "en", *line.split(), *money).out
    rate = (3_391_818 / 4_000_000) ** (1 / 3) - 1  # -5.35 %
    assert f"{100 * rate:.1f}%".replace("-", "−") in text


def test_a_case_whose_data_must_be_fetched_says_so(effekt: Run, tmp_path: Path) -> None:
    english = "Its data do not come with effekt; README.md says how to get nsw_cps.csv.\nThe case nsw-cps"
    assert effekt("init", tmp_path / "cps", "--case", "nsw-cps", "--lang", "en").out.startswith(english)
    swedish = "Dess data följer inte med effekt; i README.sv.md står hur man får nsw_cps.csv.\nFallet nsw-cps"
    assert effekt("init", tmp_path / "åter", "--case", "nsw-cps").out.startswith(swedish)


def test_the_demonstration_speaks_swedish_unless_told_otherwise(effekt: Run, tmp_path: Path) -> None:
    code, out, _ = effekt("demo", "--out", tmp_path)  # in English it stands in README.md, which test_docs compares
    said = out.replace("\u00a0", " ").splitlines()
    assert code == 0
    assert said[1] == "2. Kontroll innan det finns data: avtalet kan betala högst 5 000 000 kr"
    assert said[3] == "4. Skattat och avräknat: att betala, 4 609 042 kr"
    assert said[5].startswith("6. Kontrollerat utifrån sidan, avtalet och data: ")
    assert said[5].endswith(
        " kontroller. Inget skiljer sig, men det är undertecknat med den publicerade demonstrationsnyckeln, som inte "
        "bevisar något; om ett annat intyg betalar detsamma har inte prövats: ange de som finns med --earlier."
    )
    assert said[6] == f"   öppna {tmp_path / 'certificate.sv.html'}"


def test_errors_name_options_as_they_are_typed(effekt: Run, tmp_path: Path) -> None:
    code, _, err = effekt("init", tmp_path / "mine", "--case", "nope")
    assert code == 2
    assert err.startswith("effekt: `--case` must be ")
    contract = workflow.case("rate-card") / "contract.yaml"
    code, _, err = effekt("settle", contract, "--date", "2026-1-1", "--out", tmp_path / "out.json")
    assert code == 2
    assert err.startswith("effekt: `--date` must be ")


@pytest.mark.parametrize("command", ["check", "estimate", "annex", "settle"])
def test_what_is_refused_once_the_file_was_read_names_the_file_too(effekt: Run, tmp_path: Path, command: str) -> None:
    text = (workflow.case("rate-card") / "contract.yaml").read_text(encoding="utf-8")
    (tmp_path / "avtal.yaml").write_text(text.replace("at_least: 1\n", "at_leest: 1\n"), encoding="utf-8")
    more = {"settle": ("--date", "2023-09-01")}
    code, _, err = effekt(command, tmp_path / "avtal.yaml", *more.get(command, ()))
    assert (code, err.count("avtal.yaml")) == (2, 1)
    assert re.match(r"effekt: avtal\.yaml: line \d+: analysis\.work has the argument 'at_leest'", err)
