"""A dry run: labels dealt to others by a declared seed, the whole way to the amounts, marked, logged, never paid."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workflow import test_ledgers as ledgers
from workflow.test_population import KEY, TEXT, changed, contract

import effekt
from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.certificates.run_log import read_log
from effekt.contracts import parse_contract
from effekt.contracts.model import Analysis
from effekt.contracts.schema import References
from effekt.exceptions import ArgumentError, ContractError
from effekt.tables import Table
from effekt.workflow import rehearsed_signing
from effekt.workflow.data.permuted import AGREEMENT, agreement, permuted

Run = Callable[..., tuple[int, str, str]]


def analysis(**written: Any) -> Analysis:
    known = References(figures={}, parties={}, data={"d": {}}, analysis={}, quantum=None)
    return Analysis.model_validate({"data": "d", **written}, context=known)


def kappa(old: list[Any], new: list[Any]) -> float:
    """By the confusion matrix."""
    n = len(old)
    chance = sum(old.count(label) * new.count(label) for label in set(old)) / n**2
    return (sum(a == b for a, b in zip(old, new, strict=True)) / n - chance) / (1 - chance)


def trial(n: int = 40) -> dict[str, list[Any]]:
    return {"y": [float(i * 7 % 11) for i in range(n)], "t": [i % 2 for i in range(n)], "x": list(range(n))}


ROWS = analysis(method="randomized_trial", outcome="y", treatment="t")


def dealt(one: Analysis, table: dict[str, list[Any]], seed: int = 1) -> Table:
    found = permuted("a", one, Table(table), seed)
    assert found is not None
    return found


# --- the deal ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_no_deal_agrees_with_the_true_labels_or_their_mirror(seed: int) -> None:
    table = trial(12)
    new = dealt(ROWS, table, seed)
    assert Counter(new.raw("t")) == Counter(table["t"])
    assert abs(kappa(table["t"], list(new.raw("t")))) <= AGREEMENT
    assert [new.raw(name) for name in ("y", "x")] == [table["y"], table["x"]]


def test_the_deal_follows_from_seed_and_content_and_not_from_the_order_of_rows() -> None:
    table = trial()
    first = dealt(ROWS, table)
    order = list(range(40))
    random.Random(1).shuffle(order)
    again = dealt(ROWS, {name: [cells[i] for i in order] for name, cells in table.items()})
    assert [again.raw("t")[order.index(i)] for i in range(40)] == first.raw("t")
    assert dealt(ROWS, table, 2).raw("t") != first.raw("t")


def test_labels_stay_in_their_block_and_with_their_cluster() -> None:
    table = trial() | {"b": [i // 10 for i in range(40)], "c": [f"c{i // 2}" for i in range(40)]}
    blocked = analysis(method="randomized_trial", outcome="y", treatment="t", block="b")
    new = dealt(blocked, table).raw("t")
    for block in range(4):
        assert sum(new[10 * block : 10 * block + 10]) == 5
    table["t"] = [i // 2 % 2 for i in range(40)]
    clustered = analysis(method="randomized_trial", outcome="y", treatment="t", cluster="c")
    whole = dealt(clustered, table).raw("t")
    assert whole[::2] == whole[1::2]
    assert whole != table["t"]


def test_receipt_goes_with_assignment() -> None:
    table = trial() | {"d": [i % 2 if i % 3 else 0 for i in range(40)]}
    both = dealt(analysis(method="complier_effect", outcome="y", treatment="t", received="d"), table)
    assert Counter(zip(both.raw("t"), both.raw("d"), strict=True)) == Counter(zip(table["t"], table["d"], strict=True))


def test_a_unit_gets_the_whole_history_of_another() -> None:
    units, times = [f"u{i:02}" for i in range(12)], [2019, 2020, 2021]
    start = {unit: [2020, 2021, None][i % 3] for i, unit in enumerate(units)}
    rows = [(u, t, int(start[u] is not None and t >= start[u])) for u in units for t in times]  # type: ignore[operator]
    table = dict(zip(("u", "p", "t"), map(list, zip(*rows, strict=True)), strict=True)) | {"y": [1.0] * 36}
    one = analysis(method="difference_in_differences", outcome="y", unit="u", time="p", treatment="t", cluster="none")
    new = np.array(dealt(one, table).raw("t")).reshape(12, 3)
    old = np.array(table["t"]).reshape(12, 3)
    assert sorted(map(tuple, new.tolist())) == sorted(map(tuple, old.astype(float).tolist()))
    assert abs(kappa([tuple(row) for row in old.tolist()], [tuple(map(int, row)) for row in new.tolist()])) <= AGREEMENT
    starts = {"u": table["u"], "p": table["p"], "y": table["y"], "s": [str(start[u]) for u, _, _ in rows]}
    adopted = dealt(analysis(method="staggered_adoption", outcome="y", unit="u", time="p", start="s"), starts)
    assert Counter(adopted.raw("s")) == Counter(starts["s"])
    assert all(len(set(adopted.raw("s")[3 * i : 3 * i + 3])) == 1 for i in range(12))


def test_a_series_gets_the_name_of_another_but_for_what_it_is_compared_with() -> None:
    table = {"u": ["Riket", *(f"k{i}" for i in range(9))] * 2, "y": [float(i) for i in range(20)]}
    new = dealt(analysis(method="trend_adjusted", outcome="y", unit="u", treated="k0", comparator="Riket"), table)
    names = new.raw("u")
    assert names[0] == names[10] == "Riket"
    assert names[1] != "k0"
    assert names[:10] == names[10:]
    assert sorted(map(str, names)) == sorted(table["u"])


@pytest.mark.parametrize(("n", "dealable"), [(2, False), (4, False), (12, True)])
def test_too_few_to_hide_the_effect_have_no_dry_run(n: int, dealable: bool) -> None:
    """Two municipalities exchanged would show minus the effect."""
    one = analysis(method="synthetic_control", outcome="y", unit="u", treated="k0")
    table = {"u": [f"k{i}" for i in range(n)], "y": [1.0] * n}
    if dealable:
        assert dealt(one, table).raw("u")[0] != "k0"
        return
    with pytest.raises(ArgumentError) as error:
        dealt(one, table)
    assert str(error.value) == (
        f"analysis.a has no dry run: too few bear its treatment labels ({n}) for any other deal of them to hide the "
        "effect. Try the contract on a synthetic table instead."
    )


def test_the_effect_is_not_in_the_drawn_figures() -> None:
    """An effect of ten that outcomes carry is nowhere near ten under dealt labels, over fifty seeds."""
    table = trial(60)
    table["y"] = [10.0 * t for t in table["t"]]
    found = []
    for seed in range(50):
        new = np.array(dealt(ROWS, table, seed).raw("t"))
        y = np.array(table["y"])
        found.append(y[new == 1].mean() - y[new == 0].mean())
    assert np.abs(found).max() <= 10 * AGREEMENT + 1e-9
    assert abs(np.mean(found)) < 1


def test_agreement_is_cohens_kappa() -> None:
    labels = dict(zip("abcdef", [1, 1, 1, 0, 0, 0], strict=True))
    assert agreement(labels, dict(zip("abcdef", "abcdef", strict=True))) == 1
    assert agreement(labels, dict(zip("abcdef", "defabc", strict=True))) == -1
    assert agreement(labels, dict(zip("abcdef", "bcdefa", strict=True))) == pytest.approx(1 / 3)
    assert agreement(dict.fromkeys("ab", 1), {"a": "b", "b": "a"}) == 1


# --- the whole way -------------------------------------------------------------------------------------------

AGREED = TEXT + "dry_run: {seed: 7}\n"


def test_the_whole_way_is_gone_and_nothing_can_be_paid_on_it(tmp_path: Path) -> None:
    found = contract(tmp_path, AGREED)
    tried = effekt.dry_run(found)
    true = workflow.settle(found, date="2021-06-01")
    assert tried.permuted == ("trial",)
    assert tried.figures["gain"].state == "determined"
    assert tried.figures["gain"].value != true.figures[0].value
    assert tried.settlement.state in ("payable", "zero_by_terms")
    assert not hasattr(tried, "sign")
    with pytest.raises(ArgumentError, match="got DryRun"):
        workflow.write_certificate(tried, tmp_path / "certificate.json")  # type: ignore[arg-type]
    assert not (tmp_path / "certificate.json").exists()
    plain = tried.to_plain()
    assert plain["dry_run"].startswith("DRY RUN on permuted treatment labels, seed 7")
    assert not {"schema", "settlement", "figures", "lines", "total"} & set(plain)


def test_whoever_shops_for_a_seed_is_refused(tmp_path: Path) -> None:
    found = contract(tmp_path, AGREED)
    with pytest.raises(ArgumentError) as error:
        effekt.dry_run(found, seed=8)
    assert str(error.value) == (
        "`seed` must be that of the contract, 7, since another could be chosen by what it shows; got 8. Leave it out."
    )
    bare = contract(tmp_path)
    with pytest.raises(ArgumentError, match="`seed` must be given, as the contract has no dry_run"):
        effekt.dry_run(bare)
    with pytest.raises(ArgumentError, match="`seed` must be a whole number of at least 0, below 2\\^53; got -1"):
        effekt.dry_run(bare, seed=-1)


def test_a_contract_without_labels_has_no_dry_run() -> None:
    with pytest.raises(ArgumentError, match="`contract` must have an analysis with treatment labels for a dry run"):
        effekt.dry_run(effekt.read_contract(effekt.case("rate-card") / "contract.yaml"))  # before a seed is asked for


def test_it_stops_where_the_settlement_would(tmp_path: Path) -> None:
    found = contract(tmp_path, changed('ge: "16"', 'ge: "40"', AGREED))
    with pytest.raises(effekt.DataError, match=r"population.eligibility\[1\]"):
        effekt.dry_run(found)


def test_it_stands_in_the_log_and_the_certificate_counts_it_besides(tmp_path: Path) -> None:
    found, log = contract(tmp_path, AGREED), tmp_path / "runs.jsonl"
    effekt.dry_run(found, log=log)
    certificate = workflow.settle(found, date="2021-06-01", log=log).sign(KEY)
    first, second = read_log(log).runs
    assert (first.verb, first.seed, second.verb, second.seed) == ("dry_run", 7, "settle", None)
    assert certificate.runs is not None
    assert (certificate.runs.runs, certificate.runs.dry_runs, certificate.runs.data) == (1, 1, 1)
    assert "Dry runs on permuted labels, besides: 1." in certificate.runs.text.en
    assert "Torrkörningar med omkastade etiketter, därutöver: 1." in certificate.runs.text.sv
    told = {one.name: one.verdict for one in workflow.verify(certificate, contract=found, log=log).findings}
    assert (told["log"], told["log_line"], told.get("form", "")) == ("reproduced", "reproduced", "")
    hidden = [json.loads(line) for line in log.read_bytes().splitlines()][1:]
    log.write_text("".join(json.dumps(line) + "\n" for line in hidden), encoding="utf-8")
    found_out = {one.name for one in workflow.verify(certificate, contract=found, log=log).differences}
    assert "log" in found_out


def test_the_command_marks_it_at_both_ends(effekt: Run, tmp_path: Path) -> None:
    contract(tmp_path, AGREED)
    path = tmp_path / "contract.yaml"
    code, out, _ = effekt("dry-run", path, "--lang", "en")
    lines = out.strip().splitlines()
    assert code == 0
    assert lines[0] == lines[-1]
    assert lines[0] == (
        "DRY RUN on permuted treatment labels, seed 7: nothing here is an effect, and nothing is to be paid on it."
    )
    assert any(line.startswith("Line fee, were the drawn figures true: SEK ") for line in lines)
    code, out, _ = effekt("dry-run", path)
    assert out.startswith("TORRKÖRNING med omkastade behandlingsetiketter, frö 7: inget här är en effekt")
    assert "Rad fee, om de lottade siffrorna vore sanna:" in out
    assert json.loads(effekt("dry-run", path, "--json")[1])["seed"] == 7
    code, _, told = effekt("dry-run", path, "--seed", "8")
    assert (code, told.startswith("effekt: `--seed` must be that of the contract, 7")) == (2, True)


def test_a_dry_run_that_can_never_be_is_refused_before_anyone_signs() -> None:
    text = (workflow.case("danish-dsk") / "contract.yaml").read_text(encoding="utf-8") + "\ndry_run: {seed: 3}\n"
    with pytest.raises(ContractError) as error:
        workflow.check(parse_contract(text.encode(), workflow.case("danish-dsk")))
    assert str(error.value).endswith(
        "dry_run has no meaning, as no analysis has treatment labels to permute; remove it."
    )


# --- what else is tried --------------------------------------------------------------------------------------


def test_ledgers_and_signing_are_tried_and_what_is_not_is_said(effekt: Run, tmp_path: Path) -> None:
    base = ledgers.contract(tmp_path)
    tried = workflow.dry_run(base, seed=7)
    assert tried.ledgers == ("trial",)
    told = [text.en for text in tried.rehearsed]
    assert told[0].startswith("The unit ledger is read and closes")
    assert told[1].startswith("Signing rehearsed with throw-away keys for the 1 keys that must sign")
    assert told[2].startswith("Not rehearsed: the lock")
    out = effekt("dry-run", tmp_path / "contract.yaml", "--seed", "7")[1]
    assert "Undertecknande prövat med engångsnycklar" in out
    assert json.loads(effekt("dry-run", tmp_path / "contract.yaml", "--seed", "7", "--json")[1])["rehearsed"] == told


def test_a_ledger_that_would_stop_the_settlement_stops_the_dry_run(tmp_path: Path) -> None:
    base = ledgers.contract(tmp_path, ledgers.CONTRACT.replace("reason: why", "reason: absent"))
    with pytest.raises(effekt.EffektError, match="ledgers"):
        workflow.dry_run(base, seed=7)


def test_the_counts_of_a_ledger_are_not_held_against_the_labels_of_others(tmp_path: Path) -> None:
    base = ledgers.contract(tmp_path)
    for seed in range(5):
        assert workflow.dry_run(base, seed=seed).ledgers == ("trial",)


def test_signing_that_does_not_work_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rehearsed_signing, "sign", lambda envelope, key: envelope)
    with pytest.raises(effekt.CertificateError, match="Signing does not work here: 0 of 1 signatures are valid"):
        workflow.dry_run(ledgers.contract(tmp_path), seed=7)


def test_what_is_signed_in_a_dry_run_is_no_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    signed = []
    real = rehearsed_signing.sign
    monkeypatch.setattr(
        rehearsed_signing, "sign", lambda envelope, key: signed.append(real(envelope, key)) or signed[-1]
    )
    workflow.dry_run(ledgers.contract(tmp_path), seed=7)
    with pytest.raises(effekt.CertificateError):
        Certificate(signed[-1])
