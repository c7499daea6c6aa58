"""Reading contract files: what they hold, and files that cannot be read."""

import hashlib
from pathlib import Path

import pytest
from contracts.example import CONTRACT

import effekt
from effekt.contracts import parse_contract, read_contract
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.strict_yaml import MAX_BYTES
from effekt.exceptions import ContractError

RAW = CONTRACT.encode()


def test_a_contract_keeps_its_bytes_its_digest_and_its_folder(tmp_path):
    path = tmp_path / "avtal.yaml"
    path.write_bytes(RAW)

    subject = read_contract(path)

    assert subject == read_contract(str(path))
    assert hash(subject) == hash(read_contract(path))
    assert (subject.raw, subject.folder) == (RAW, tmp_path)
    assert subject.sha256 == hashlib.sha256(RAW).hexdigest()
    assert subject.model == parse_contract(RAW).model
    assert parse_contract(RAW).folder is None


def test_what_a_contract_says_can_be_used():
    model = parse_contract(RAW).model

    assert (model.schema_, model.id, model.attribution) == ("effekt/contract/1", "sick-leave", "comparison")
    assert model.title.text.sv == "Minskad korttidssjukfrånvaro"
    assert model.dates.outcome_data_from == "2020-01-31"
    assert model.parties["verifier"].keys == ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",)
    panel, book = model.data["panel"], model.data["book"]
    assert (panel.delimiter, panel.decimal, panel.encoding, panel.text) == (";", ",", "utf-8", ("municipality",))
    assert (book.delimiter, book.decimal, book.sheet, book.header_row, book.text) == (",", ".", "Blad1", 3, ())
    absence = model.analysis["absence"]
    assert (absence.method, absence.data) == ("trend_adjusted", "panel")
    assert absence.arguments == {
        "outcome": {"column": "days", "unit": "day", "better": "lower"},
        "reference_window": ["2015-01", "2017-12"],
        "placebos": True,
    }
    low = model.figures["low"]
    assert isinstance(low, EstimateFigure)
    assert (low.level, low.alternative, low.on_unavailable, low.null) == ("0.90", "greater", "zero", None)
    assert list(model.payment.lines) == ["fee", "bonus"]
    assert dict(model.payment.lines["fee"].payers) == {"municipality": "0.80", "state": "0.20"}


def test_a_contract_without_data_or_analyses_is_one():
    text = CONTRACT[: CONTRACT.index("data:\n")] + (
        "figures: {}\npayment: {currency: SEK, quantum: '1', rounding: half_up, lines: "
        "{fee: {payers: {municipality: '1'}, payee: provider, pays: {fixed: '5'}}}}\n"
    )
    model = parse_contract(text.encode()).model
    assert (dict(model.data), dict(model.analysis), dict(model.figures)) == ({}, {}, {})


def test_a_model_cannot_be_changed():
    model = parse_contract(RAW).model
    with pytest.raises(ValueError, match="frozen"):
        model.id = "other"
    with pytest.raises(ValueError, match="frozen"):
        model.payment.lines["fee"].pays.sum.root = ()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"just some text", "the file must hold keys and values, starting with schema: effekt/contract/1."),
        (b"- a\n- b\n", "the file must hold keys and values, starting with schema: effekt/contract/1."),
        (b"contract: x", "the file lacks the key schema; add schema: effekt/contract/1."),
        (b"schema: effekt/attestation/1", 'schema must be effekt/contract/1; got "effekt/attestation/1".'),
        (b"schema: effekt/contract/1", "the file lacks the key id; add it."),
    ],
)
def test_another_file_is_no_contract(raw, sentence):
    with pytest.raises(ContractError) as error:
        parse_contract(raw)
    assert str(error.value) == f"line 1: {sentence}"


def test_the_sentence_starts_with_the_files_name(tmp_path):
    (tmp_path / "avtal.yaml").write_bytes(RAW.replace(b"currency: SEK", b"currency: kr"))
    with pytest.raises(ContractError) as error:
        read_contract(tmp_path / "avtal.yaml")
    assert str(error.value) == (
        'avtal.yaml: line 53: payment.currency must be a currency code of three letters such as SEK; got "kr".'
    )


def test_paths_that_cannot_be_read(tmp_path):
    (tmp_path / "big.yaml").write_bytes(b"#" * (MAX_BYTES + 2))
    for path, sentence in (
        ("missing.yaml", f"{tmp_path / 'missing.yaml'} does not exist; check the path."),
        ("big.yaml/x", f'"{str(tmp_path / "big.yaml" / "x")[:39]}… cannot be opened: Not a directory; check the path.'),
        (".", f"{tmp_path} is not a file; give the path of a contract or attestation."),
        ("a\0b", f'"{str(tmp_path / "a")[:39]}… cannot be opened; check the path.'),
        (
            "big.yaml",
            "big.yaml: line 1: the file is larger than the 1048576 bytes allowed; move its data to data files.",
        ),
    ):
        with pytest.raises(ContractError) as error:
            read_contract(tmp_path / path)
        assert str(error.value) == sentence


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "avtal.yaml"
    path.write_bytes(RAW)

    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ContractError) as error:
        read_contract(path)
    assert str(error.value) == f"{path} may not be read; check its permissions."


# ---------------------------------------------------------------------------------------------- data files


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "contract" / "data").mkdir(parents=True)
    (tmp_path / "contract" / "avtal.yaml").write_bytes(RAW)
    return tmp_path / "contract"


def _path_error(folder, data="panel"):
    with pytest.raises(ContractError) as error:
        read_contract(folder / "avtal.yaml").data_path(data)
    return str(error.value)


def test_a_data_file_is_found_in_the_contracts_folder(folder, monkeypatch):
    file = folder / "data" / "panel.csv"
    file.write_text("a;b\n")
    assert read_contract(folder / "avtal.yaml").data_path("panel") == file.resolve()
    monkeypatch.chdir(folder)
    assert read_contract("avtal.yaml").data_path("panel") == file.resolve()


def test_a_data_file_that_is_missing_unknown_or_no_file(folder):
    assert _path_error(folder) == (
        "data.panel.path names no readable file; got 'data/panel.csv'. Put the file in the contract's folder, or give "
        "another one in its place: --data panel=FILE. If the table was not delivered, a party declares that to effekt "
        "settle: not_delivered in --declared FILE."
    )
    assert _path_error(folder, "other") == (
        "data.other is not defined in the contract; use one of its names under data."
    )
    (folder / "data" / "panel.csv").mkdir()
    assert _path_error(folder) == "data.panel.path is not a file; got 'data/panel.csv'."
    with pytest.raises(ContractError) as error:
        parse_contract(RAW).data_path("panel")
    assert str(error.value) == "data.panel cannot be found, since the contract was read without its folder."


@pytest.mark.parametrize("link", ["file", "folder", "loop"])
def test_a_link_that_leads_out_of_the_folder_is_refused(folder, link):
    secret = folder.parent / "secret"
    secret.mkdir()
    (secret / "panel.csv").write_text("a;b\n")
    if link == "folder":
        (folder / "data").rmdir()
        (folder / "data").symlink_to(secret)
    else:
        target = secret / "panel.csv" if link == "file" else folder / "data" / "panel.csv"
        (folder / "data" / "panel.csv").symlink_to(target)
    expected = "leads out of the contract's folder" if link != "loop" else "names no readable file"
    assert _path_error(folder).startswith(f"data.panel.path {expected}; got 'data/panel.csv'.")


def test_a_link_inside_the_folder_is_followed(folder):
    (folder / "real.csv").write_text("a;b\n")
    (folder / "data" / "panel.csv").symlink_to(folder / "real.csv")
    assert read_contract(folder / "avtal.yaml").data_path("panel") == (folder / "real.csv").resolve()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'name: "Exempelkommunen"',
            'name: "A\\nTotal SEK 9"',
            'parties.municipality.name must be a text on one line that is not blank; got "A\\nTotal SEK 9".',
        ),
        (
            'name: "Hälsobolaget"',
            'name: "exempelkommunen"',
            "parties.provider.name is the name of municipality already; tell them apart.",
        ),
    ],
)
def test_a_name_is_one_line_and_one_partys(old, new, sentence):
    text = (effekt.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ContractError) as refused:
        parse_contract(text.replace(old, new).encode())
    assert str(refused.value).partition(": ")[2] == sentence


def test_a_link_to_a_contract_has_the_folder_of_the_contract(folder, tmp_path):
    """The data lie beside the file, not beside the link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "contract.yaml"
    link.symlink_to(folder / "avtal.yaml")
    (folder / "data" / "panel.csv").write_text("a\n1\n", encoding="utf-8")
    plain, linked = read_contract(folder / "avtal.yaml"), read_contract(link)
    assert linked.sha256 == plain.sha256
    assert linked.data_path("panel").resolve() == plain.data_path("panel").resolve()


def test_links_that_lead_in_a_circle_are_refused(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ContractError, match=r"Too many levels of symbolic links; check the path\.$"):
        read_contract(tmp_path / "loop")
