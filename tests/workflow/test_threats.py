"""Every threat that a social outcomes contract faces: the dishonest party plays, and the table says what meets it.

Each row is one attack: who tries, what they do, and the sentence or the name of the finding that stops or tells it.
What software cannot meet stands in docs/explanation/threats.md beside each.
"""

from __future__ import annotations

import functools
import json
import pickle
import re
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_cases import small_sick_leave
from timestamp_tokens import authority

import effekt
from effekt import diagnostics, estimators, workflow
from effekt.certificates import (
    DEMO_KEY,
    Envelope,
    canonical_json,
    generate_key,
    public_key,
    public_text,
    run_log,
    sha256_file,
    sign,
)
from effekt.certificates.certificate import Certificate
from effekt.certificates.release import read_public
from effekt.contracts import Attestation, Declarations, parse_attestation, parse_declarations
from effekt.contracts.clauses.per_unit import UnitPrice
from effekt.exceptions import EffektError, FolderWarning
from effekt.reports.checklist import ITEMS, checklist, settled_by_hand
from effekt.reports.html import render_page
from effekt.reports.text import certificate_text

DATES = {"rate-card": "2023-09-01", "sick-leave": "2022-03-15"}


@dataclass(frozen=True)
class Scene:
    """A folder with a case, and what the honest verifier keeps of it."""

    folder: Path
    name: str

    def contract(self) -> workflow.Contract:
        return workflow.read_contract(self.folder / "contract.yaml")

    def edit(self, old: str, new: str, file: str = "contract.yaml") -> None:
        path = self.folder / file
        text = path.read_bytes()
        assert old.encode() in text, old
        path.write_bytes(text.replace(old.encode(), new.encode(), 1))

    def settle(self, **given: Any) -> Certificate:
        return workflow.settle(self.contract(), date=DATES[self.name], **given).sign(DEMO_KEY)

    def verify(self, certificate: Certificate | bytes) -> str:
        found = workflow.verify(certificate, contract=self.contract())
        return " ".join(one.name for one in found.differences) or "nothing differs"


HONEST: dict[str, Certificate] = {}


def honest(scene: Scene) -> Certificate:
    """The certificate of a case as it lies; made once."""
    if scene.name not in HONEST:
        HONEST[scene.name] = scene.settle()
    return HONEST[scene.name]


def copy(case: str, folder: Path) -> None:
    if case == "sick-leave":
        small_sick_leave(folder)
    else:
        shutil.copytree(workflow.case(case), folder)


def forge(certificate: Certificate, change: Callable[[dict[str, Any]], None]) -> Certificate:
    statement = json.loads(certificate.envelope.payload)
    change(statement["predicate"])
    return Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))


# --- the evaluator --------------------------------------------------------------------------------------------


def searches_for_a_specification(scene: Scene) -> str:
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2018-11-02", undecided_accepted=True)
    scene.edit('reference_window: ["2016-01"', 'reference_window: ["2017-01"')
    return str(scene.settle(locked=locked))


def says_the_plan_was_locked(scene: Scene) -> str:
    def change(predicate: dict[str, Any]) -> None:
        predicate["plan"] = {"date": "2018-11-02", "locked_before_data": True, "lock": None}

    return scene.verify(forge(honest(scene), change))


def matches_on_the_outcome(scene: Scene) -> str:
    rows = {"id": [f"u{i:02d}" for i in range(12)], "t": [1, 0, 0] * 4, "x": [float(i * 7 % 12) for i in range(12)]}
    given = {"unit": "id", "treatment": "t", "covariates": ["x"], "method": "nearest", "distance": "mahalanobis"}
    seen = {"y": [float(i) for i in range(12)]}
    before = effekt.match_controls({**rows, **seen}, **given)
    after = effekt.match_controls({**rows, "y": seen["y"][::-1]}, **given)
    return "same match" if before.to_json() == after.to_json() else "the match read the outcome"


def drops_inconvenient_units(scene: Scene) -> str:
    table, lines = scene.folder / "months.csv", (scene.folder / "months.csv").read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join(line for line in lines if not line.endswith(b";0;0\r\n")))
    certificate = scene.settle()
    table.write_bytes(b"".join(lines))
    return scene.verify(certificate)


def edits_a_figure(scene: Scene) -> str:
    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["figures"][0]["value"] = "70"

    return scene.verify(forge(scene.settle(), change))


def nudges_a_figure_to_its_threshold(scene: Scene) -> str:
    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["figures"][0]["value"] = "0.120000"
        predicate["settlement"]["lines"][0]["amount"] = "5000000"
        predicate["settlement"]["total"] = "5000000"

    return scene.verify(forge(honest(scene), change))


def sells_a_one_sided_bound_as_two_sided(scene: Scene) -> str:
    figure = '  low:\n    label: {sv: "den nedre gränsen", en: "the two-sided lower bound"}\n    estimate: absence\n'
    figure += "    view: relative_improvement\n    statistic: confidence_low\n"
    figure += (
        '    level: "0.95"\n    alternative: greater\n    on_unavailable: refer\n    digits: 6\n    unit: fraction\n'
    )
    scene.edit("payment:\n", f"{figure}payment:\n")
    return workflow.check(scene.contract()).figures["low"].en


def sells_a_probability(scene: Scene) -> str:
    scene.edit("statistic: estimate", "statistic: probability")
    return str(scene.contract())


def shops_for_a_draw(scene: Scene) -> str:
    """The salt decides which of equally near controls are taken; another one is another contract file."""
    scene.edit("analysis:\n", "# salt: one\nanalysis:\n")
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    scene.edit("# salt: one\n", "# salt: two\n")
    return str(scene.settle(locked=locked))


LOGGED: dict[str, tuple[bytes, Certificate]] = {}


def _logged(scene: Scene) -> tuple[Path, Certificate]:
    """A log with a lock, a second specification that was tried, and the settlement; made once and copied."""
    log = scene.folder / "runs.jsonl"
    if scene.name not in LOGGED:
        LOGGED[scene.name] = _log_of_two(scene, log)
    written, certificate = LOGGED[scene.name]
    log.write_bytes(written)
    return log, certificate


def _log_of_two(scene: Scene, log: Path) -> tuple[bytes, Certificate]:
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2018-11-02", log=log, undecided_accepted=True)
    scene.edit('reference_window: ["2016-01"', 'reference_window: ["2017-01"')
    workflow.estimate(scene.contract(), log=log)
    scene.edit('reference_window: ["2017-01"', 'reference_window: ["2016-01"')
    certificate = scene.settle(locked=locked, log=log)
    return log.read_bytes(), certificate


def _log_verdict(scene: Scene, certificate: Certificate, log: Path) -> str:
    found = workflow.verify(certificate, contract=scene.contract(), log=log)
    return " ".join(one.text.en for one in found.findings if one.name.startswith("log"))


def looks_more_than_once(scene: Scene) -> str:
    log, certificate = _logged(scene)
    return _log_verdict(scene, certificate, log)


def takes_a_run_out_of_the_log(scene: Scene) -> str:
    log, certificate = _logged(scene)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[2])
    return _log_verdict(scene, certificate, log)


def edits_a_run_in_the_log(scene: Scene) -> str:
    log, certificate = _logged(scene)
    log.write_bytes(log.read_bytes().replace(b'"verb":"estimate"', b'"verb":"lock"', 1))
    return _log_verdict(scene, certificate, log)


def reorders_the_log(scene: Scene) -> str:
    log, certificate = _logged(scene)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[1] + lines[0] + lines[2])
    return _log_verdict(scene, certificate, log)


def takes_out_a_run_and_chains_anew(scene: Scene) -> str:
    log, certificate = _logged(scene)
    kept = [run for run in run_log.read_log(log).runs if run.verb != "estimate"]
    log.unlink()
    for run in kept:
        run_log.append_run(log, run)
    return _log_verdict(scene, certificate, log)


def settles_again_in_a_log_begun_anew(scene: Scene) -> str:
    """Nothing in one certificate tells; an earlier one does, or whoever wrote down the old log's digest."""
    log, first = _logged(scene)
    log.unlink()
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2018-11-02", log=log, undecided_accepted=True)
    second = scene.settle(locked=locked, log=log, supersedes=first, reason="corrected")
    alone = workflow.verify(second, contract=scene.contract(), log=log)
    assert "Runs in the log when this was settled, itself included: 1." in _log_verdict(scene, second, log)
    with_earlier = workflow.verify(second, contract=scene.contract(), log=log, earlier=first)
    return f"{alone.differences} then {[one.name for one in with_earlier.differences]}"


DECLARED = """\
schema: effekt/declarations/1
contract: sick-leave
by: BY
date: "2022-03-01"
deviations:
  - what: {sv: "ett år byttes", en: "one year was exchanged"}
    why: {sv: "det såg bättre ut", en: "it looked better"}
    date: "2022-02-01"
    effect: {reduction: unknown}
"""


def _declared(scene: Scene) -> list[Declarations]:
    party = next(iter(scene.contract().model.parties))
    return [parse_declarations(DECLARED.replace("BY", party).encode())]


def settles_again_without_what_was_declared(scene: Scene) -> str:
    log = scene.folder / "runs.jsonl"
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2018-11-02", log=log, undecided_accepted=True)
    scene.settle(locked=locked, log=log, declarations=_declared(scene))
    return " ".join(certificate_text(scene.settle(locked=locked, log=log), "en").split())


def settles_again_in_the_same_folder(scene: Scene) -> str:
    _own_key(scene)
    first = scene.settle(declarations=_declared(scene)).sign(OWN)
    workflow.write_certificate(first, scene.folder / "certificate.json")
    return str(scene.settle())


def settles_without_the_log_that_is_required(scene: Scene) -> str:
    scene.edit("data:\n", "log: runs.jsonl\ndata:\n")
    return str(scene.settle())


def leaves_the_log_out_of_the_certificate(scene: Scene) -> str:
    scene.edit("data:\n", "log: runs.jsonl\ndata:\n")
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2018-11-02", undecided_accepted=True)
    return scene.verify(forge(scene.settle(locked=locked), lambda predicate: predicate.pop("runs")))


def looks_before_the_plan_is_locked(scene: Scene) -> str:
    log = scene.folder / "runs.jsonl"
    workflow.estimate(scene.contract(), log=log)
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", log=log, undecided_accepted=True)
    return _log_verdict(scene, scene.settle(locked=locked, log=log), log)


def runs_elsewhere_and_brings_back_the_best(scene: Scene) -> str:
    """What it tried in a copy left no line here; but what was locked here is another file."""
    log, elsewhere = scene.folder / "runs.jsonl", replace(scene, folder=scene.folder.parent / "a copy")
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", log=log, undecided_accepted=True)
    shutil.copytree(scene.folder, elsewhere.folder)
    elsewhere.edit("outcome: {column: arbetad_manad", "outcome: {column: eget_boende")
    workflow.estimate(elsewhere.contract())
    shutil.copy(elsewhere.folder / "contract.yaml", scene.folder)
    return str(scene.settle(locked=locked, log=log))


def runs_elsewhere_and_locks_the_best_anew(scene: Scene) -> str:
    workflow.lock(
        scene.contract(), key=DEMO_KEY, date="2022-11-20", log=scene.folder / "runs.jsonl", undecided_accepted=True
    )
    scene.edit("outcome: {column: arbetad_manad", "outcome: {column: eget_boende")
    return " ".join(certificate_text(scene.settle(locked=_locked_late(scene)), "en").split())


def _locked_late(scene: Scene) -> Envelope:
    return workflow.lock(scene.contract(), key=DEMO_KEY, date="2023-08-30", undecided_accepted=True)


def runs_elsewhere_until_the_draw_pleases(scene: Scene) -> str:
    """Whatever is by chance is locked with the plan, so that a run in another place is the same run."""
    file = _trial(scene, ROWS, "drop").folder / "contract.yaml"
    chance = "variance: none\n    inference: randomization\n    draws: 99\n    rng: 7"
    text = file.read_text(encoding="utf-8").replace("variance: HC2", chance).replace(": super", ": finite")
    made = {}
    for place, seed in (("here", "7"), ("elsewhere", "7"), ("there", "7"), ("another seed", "8")):
        folder = scene.folder / place
        shutil.copytree(file.parent, folder)
        (folder / "contract.yaml").write_text(text.replace("rng: 7", f"rng: {seed}"), encoding="utf-8")
        certificate = workflow.settle(workflow.read_contract(folder / "contract.yaml"), date="1979-06-01")
        made[place] = next(one.value for one in certificate.figures if one.id == "confidence"), certificate.sha256
    assert made.pop("another seed")[0] != made["here"][0]
    return f"different certificates: {len(set(made.values()))}"


SALT = bytes(range(32))


def _sealed(scene: Scene, salt: bytes = SALT) -> Envelope:
    """The table is sealed by whoever keeps it, and the plan is locked."""
    digest = workflow.seal(scene.folder / "months.csv", salt=SALT)
    scene.edit("text: [person]", f'text: [person], sealed: {{hmac_sha256: "{digest}", salt: months.salt}}')
    scene.edit("data:\n", "log: runs.jsonl\ndata:\n")
    (scene.folder / "months.salt").write_text(salt.hex(), encoding="ascii")
    return workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)


def opens_a_sealed_table_before_the_lock(scene: Scene) -> str:
    _sealed(scene)
    (scene.folder / "runs.jsonl").unlink()
    return str(workflow.estimate(scene.contract()))


def opens_a_sealed_table_without_its_salt(scene: Scene) -> str:
    locked = _sealed(scene)
    (scene.folder / "months.salt").unlink()
    return str(scene.settle(locked=locked))


def opens_a_sealed_table_with_another_salt(scene: Scene) -> str:
    return str(scene.settle(locked=_sealed(scene, salt=bytes(32))))


def swaps_a_sealed_table(scene: Scene) -> str:
    locked = _sealed(scene)
    assert scene.settle(locked=locked).settlement.total == "779037.40"
    scene.edit("0001;2023-01;0;0", "0001;2023-01;1;0", "months.csv")
    return str(scene.settle(locked=locked))


def slips_a_sealed_table_in_from_memory(scene: Scene) -> str:
    locked, table = _sealed(scene), effekt.read_table(scene.folder / "months.csv", delimiter=";")
    return str(scene.settle(locked=locked, data={"months": table}))


def seals_a_table_and_keeps_no_log(scene: Scene) -> str:
    scene.edit("text: [person]", f'text: [person], sealed: {{hmac_sha256: "{"0" * 64}", salt: months.salt}}')
    return str(scene.contract())


# --- the provider ---------------------------------------------------------------------------------------------


def _trial(scene: Scene, rows: list[str], missing: str) -> workflow.Contract:
    folder = scene.folder / "nsw"
    shutil.copytree(workflow.case("nsw"), folder)
    (folder / "nsw.csv").write_text("treat,re78\n" + "\n".join(rows) + "\n", encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8").replace("missing: raise", f"missing: {missing}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


ROWS = [f"{i % 2},{'' if i % 2 and i % 3 == 0 else 900 + i * 37 % 100}" for i in range(60)]


def loses_those_who_did_badly(scene: Scene) -> str:
    certificate = workflow.settle(_trial(scene, ROWS, "drop"), date="1979-06-01")
    result = certificate.predicate["results"]["earnings"]
    return f"{result['sample']['n_dropped']} dropped: " + " ".join(check["name"] for check in result["diagnostics"])


def loses_them_in_silence(scene: Scene) -> str:
    return str(workflow.settle(_trial(scene, ROWS, "raise"), date="1979-06-01"))


def enrols_who_is_not_eligible(scene: Scene) -> str:
    """January alone was agreed on; other months are brought in."""
    population = 'population:\n  unit: person\n  who: {sv: "arbetslösa", en: "the unemployed"}\n'
    population += "  analysis_set: enrolled\n  eligibility: [{data: months, column: manad, among: ['2023-01']}]\n"
    scene.edit("attribution:", f"{population}attribution:")
    return str(scene.settle())


def picks_the_easy_clients(scene: Scene) -> str:
    """Of forty who are eligible it enrols the twenty whom it expects least trouble with."""
    ages = np.array([[20.0 + age] for age in range(40)])
    enrolled = np.arange(40) < 20
    given = {"covariates": ages, "names": ["age"], "treated": enrolled, "weights": np.ones(40)}
    found = diagnostics.covariate_balance(**given)
    return f"{found.status}: {found.statement.en}"


def ends_spells_on_the_last_day_of_sick_pay(scene: Scene) -> str:
    found = diagnostics.heaping([12, 13, 15, 16, 16, *[14] * 9])
    return f"{found.status}: {found.statement.en}"


def reports_months_late(scene: Scene) -> str:
    table = scene.folder / scene.contract().model.data["panel"].path
    lines = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join(line for line in lines if b";2021-12;" not in line))
    return scene.settle().settlement.state


def reports_months_that_have_not_come(scene: Scene) -> str:
    table = scene.folder / "months.csv"
    table.write_bytes(table.read_bytes() + b"0001;2030-01;1;1\r\n")
    return str(scene.settle())


def reports_months_from_before_the_contract(scene: Scene) -> str:
    table = scene.folder / "months.csv"
    table.write_bytes(table.read_bytes() + b"0001;2022-10;1;1\r\n")
    return str(scene.settle())


def claims_a_month_twice(scene: Scene) -> str:
    table = scene.folder / "months.csv"
    table.write_bytes(table.read_bytes() + b"0001;2023-02;1;1\r\n")
    return str(scene.settle())


def claims_a_month_for_a_person_written_in_two_ways(scene: Scene) -> str:
    table = scene.folder / "months.csv"
    table.write_bytes(table.read_bytes() + b"1;2023-02;1;1\r\n")
    return str(scene.settle())


def claims_a_month_on_two_certificates(scene: Scene) -> str:
    scene.edit('{signed: "', '{certificates: ["2023-09-01", "2023-10-01"], signed: "')
    scene.edit("below_zero: zero}}\n    home", "below_zero: zero}}\n      paid_each: certificate\n    home")
    scene.edit('      cap: "150000"', '      cap: "150000"\n      paid_each: certificate')
    scene.settle()
    return str(workflow.settle(scene.contract(), date="2023-10-01"))


OWN = generate_key()
REGISTER_SALT = bytes(range(32, 64))
WORDS = {"work": "month in work", "home": "month in own home"}


def _claim(scene: Scene, certificate: Certificate, words: dict[str, str] = WORDS) -> workflow.Claims:
    register = scene.folder.parent / "claims.json"
    return workflow.claim(
        certificate,
        contract=scene.contract(),
        register=register,
        begin=not register.exists(),
        salt=REGISTER_SALT,
        outcomes=words,
    )


def claims_what_another_contract_has_claimed(scene: Scene) -> str:
    """Another contract, with another payer and other words for its analyses, pays for the same months of one person."""
    first = scene.settle()
    assert _claim(scene, first).new == sum(int(figure.value or 0) for figure in first.figures)
    assert _claim(scene, first).new == 0
    other = replace(scene, folder=scene.folder.parent / "other")
    shutil.copytree(scene.folder, other.folder)
    other.edit("id: rate-card", "id: other-payer")
    table = other.folder / "months.csv"
    table.write_bytes(table.read_bytes().splitlines(keepends=True)[0] + b"0001;2023-02;1;0\r\n9999;2023-02;1;0\r\n")
    return str(_claim(other, other.settle()))


def claims_on_a_second_certificate_kept_elsewhere(scene: Scene) -> str:
    _claim(scene, scene.settle())
    return str(_claim(scene, workflow.settle(scene.contract(), date="2023-10-01").sign(DEMO_KEY)))


def claims_one_outcome_by_two_analyses(scene: Scene) -> str:
    return str(_claim(scene, scene.settle(), {"work": "month", "home": "month"}))


def claims_for_other_rows_than_were_paid(scene: Scene) -> str:
    certificate = scene.settle()
    scene.edit("0001;2023-02;1;1", "0001;2023-02;0;0", "months.csv")
    return str(_claim(scene, certificate))


def claims_under_another_word(scene: Scene) -> str:
    certificate = scene.settle().sign(DEMO_KEY)
    _claim(scene, certificate)
    assert _claim(scene, certificate, {"work": "Month-in  Work", "home": "MONTH IN OWN HOME"}).new == 0
    return str(_claim(scene, certificate, {"work": "month worked", "home": "month in own home"}))


def claims_for_a_person_written_in_another_way(scene: Scene) -> str:
    scene.edit("0001;2023-02;1", "19121212-1212;2023-02;1", "months.csv")
    _claim(scene, scene.settle())
    other = replace(scene, folder=scene.folder.parent / "other")
    shutil.copytree(scene.folder, other.folder)
    other.edit("id: rate-card", "id: other-payer")
    table = other.folder / "months.csv"
    table.write_bytes(table.read_bytes().splitlines(keepends=True)[0] + b"121212+1212;2023M02;1;0\r\n")
    return str(_claim(other, other.settle()))


def _replacing(scene: Scene) -> Certificate:
    first = scene.settle()
    _claim(scene, first)
    scene.edit("0001;2023-02;1;1", "0001;2023-02;0;0", "months.csv")
    return workflow.settle(scene.contract(), date="2023-10-01", supersedes=first, reason="a row was wrong")


def frees_claims_by_what_nobody_signed(scene: Scene) -> str:
    return str(_claim(scene, _replacing(scene)))


def frees_claims_of_another_contract(scene: Scene) -> str:
    first = scene.settle()
    _claim(scene, first)
    scene.edit('price: "9250.55"', 'price: "9250.56"')
    scene.edit("0001;2023-02;1;1", "0001;2023-02;0;0", "months.csv")
    later = workflow.settle(scene.contract(), date="2023-10-01", supersedes=first, reason="a row was wrong")
    return str(_claim(scene, later.sign(DEMO_KEY)))


def deducts_nothing_and_claims_again(scene: Scene) -> str:
    """Lines that deduct what was paid before, of which each settlement is told that it is nothing."""
    true_up = '      true_up: {paid: "0", below_zero: carry}\n'
    scene.edit("below_zero: zero}}\n    home", f"below_zero: zero}}}}\n{true_up}    home")
    scene.edit('      cap: "150000"', f'      cap: "150000"\n{true_up.rstrip()}')
    _claim(scene, scene.settle())
    return str(_claim(scene, workflow.settle(scene.contract(), date="2023-10-01").sign(DEMO_KEY)))


def takes_a_claim_out_of_the_register(scene: Scene) -> str:
    certificate, register = scene.settle(), scene.folder.parent / "claims.json"
    _claim(scene, certificate)
    plain = json.loads(register.read_bytes())
    plain["claims"].popitem()
    register.write_bytes(canonical_json(plain))
    return str(_claim(scene, certificate))


LOTTERY = "lottery of 2023-09-02: 4 8 15 16 23 42"


def _drawn(scene: Scene, locked: Envelope, seed: str = LOTTERY, number: int = 5) -> tuple[str, ...]:
    return workflow.trace(scene.contract(), analysis="work", number=number, seed=seed, locked=locked)


def makes_up_evidence_for_those_it_expects(scene: Scene) -> str:
    """It draws by a lottery of before, and makes up evidence for those; the one that was agreed on draws others."""
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    guessed, drawn = _drawn(scene, locked, "lottery of 2022-11-23: 1 2 3 4 5 6"), _drawn(scene, locked)
    return f"prepared: {len(set(guessed) & set(drawn))} of {len(drawn)}"


def draws_before_the_plan_is_locked(scene: Scene) -> str:
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    scene.edit('price: "9250.55"', 'price: "9250.56"')
    return str(_drawn(scene, locked))


def says_that_others_were_drawn(scene: Scene) -> str:
    """The rows in another order, as the verifier may have them, give the same lot."""
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    drawn, table = _drawn(scene, locked), scene.folder / "months.csv"
    head, *rows = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join([head, *rows[::-1]]))
    assert _drawn(scene, locked, number=8)[:5] == drawn
    return "the same lot" if _drawn(scene, locked, f" {LOTTERY} ") == drawn else "another lot"


def signs_locks_until_it_likes_the_lot(scene: Scene) -> str:
    """It knows the seed, signs the plan again as of other days, and gives the lock whose lot it has evidence for."""
    days = [f"2022-11-{day:02}" for day in range(10, 22)]
    locks = [workflow.lock(scene.contract(), key=DEMO_KEY, date=day, undecided_accepted=True) for day in days]
    return f"lots to choose from: {len({_drawn(scene, locked) for locked in locks})}."


def _forged(certificate: Certificate) -> bytes:
    """Signed, and then another amount."""
    envelope = certificate.sign(OWN).envelope
    payload = envelope.payload.replace(b"779037.40", b"779037.50")
    return Envelope(payload=payload, signatures=envelope.signatures).to_bytes()


def _own_key(scene: Scene, more: str = "") -> None:
    scene.edit("keys: [", f'keys: ["{public_text(public_key(OWN))}", {more}')


def _settles_elsewhere(scene: Scene, date: str, **given: Any) -> Certificate:
    table = {"months": scene.folder / "months.csv"}
    return workflow.settle(replace(scene.contract(), folder=None), date=date, data=table, **given)


def _settles_beside(scene: Scene, **files: bytes) -> str:
    for name, raw in files.items():
        (scene.folder / f"{name}.json").write_bytes(raw)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            ended = f"settled: {workflow.settle(scene.contract(), date='2023-10-01').settlement.total}"
        except EffektError as refused:
            ended = str(refused)
    return f"{[str(one.message) for one in told]} {ended}"


def stops_a_settlement_by_a_forged_file(scene: Scene) -> str:
    _own_key(scene)
    return _settles_beside(scene, forged=_forged(_settles_elsewhere(scene, "2023-09-01")))


def stops_a_settlement_by_an_unknown_key(scene: Scene) -> str:
    forged = sign(_settles_elsewhere(scene, "2023-09-01").envelope, generate_key())
    return _settles_beside(scene, forged=forged.to_bytes())


def frees_an_earlier_certificate_by_a_forged_file(scene: Scene) -> str:
    _own_key(scene)
    first = _settles_elsewhere(scene, "2023-09-01").sign(OWN)
    later = _settles_elsewhere(scene, "2023-09-02", supersedes=first, reason="an error")
    return _settles_beside(scene, first=first.to_bytes(), later=_forged(later))


def frees_an_earlier_certificate_alone(scene: Scene) -> str:
    second = generate_key()
    _own_key(scene, f'"{public_text(public_key(second))}", ')
    scene.edit("threshold: 1", "threshold: 2")
    first = _settles_elsewhere(scene, "2023-09-01").sign(OWN).sign(second)
    later = _settles_elsewhere(scene, "2023-09-02", supersedes=first, reason="an error").sign(OWN)
    return _settles_beside(scene, first=first.to_bytes(), later=later.to_bytes())


def damages_an_earlier_certificate(scene: Scene) -> str:
    """It is told; and whoever has the certificate as it was signed finds that both pay."""
    _own_key(scene)
    first = _settles_elsewhere(scene, "2023-09-01").sign(OWN)
    told = _settles_beside(scene, first=_forged(first))
    with pytest.warns(FolderWarning, match="no signature on it belongs"):
        again = workflow.settle(scene.contract(), date="2023-10-01").sign(OWN)
    found = workflow.verify(again, contract=scene.contract(), earlier=first)
    return f"{told} {[one.name for one in found.differences]}"


def cuts_an_earlier_certificate_off(scene: Scene) -> str:
    _own_key(scene)
    raw = _settles_elsewhere(scene, "2023-09-01").sign(OWN).to_bytes()
    return _settles_beside(scene, first=raw[: len(raw) // 2])


def saves_an_earlier_certificate_anew(scene: Scene) -> str:
    _own_key(scene)
    raw = _settles_elsewhere(scene, "2023-09-01").sign(OWN).to_bytes()
    return _settles_beside(scene, first=raw.decode().encode("utf-16"))


def writes_an_earlier_certificate_over(scene: Scene) -> str:
    _own_key(scene)
    return _settles_beside(scene, first=b"\n" + _settles_elsewhere(scene, "2023-09-01").sign(OWN).to_bytes() + b"\n")


def attests_for_another(scene: Scene) -> str:
    text = (workflow.case("norrkoping") / "attested-loss.yaml").read_text(encoding="utf-8")
    contract = workflow.case_contract("norrkoping")
    by = next(line.split("by:")[1].split(",")[0].strip(" }") for line in text.splitlines() if "by:" in line)
    other = next(id for id in contract.model.parties if id != by)
    path = scene.folder / "attested.yaml"
    path.write_text(text.replace(f"by: {by}", f"by: {other}"), encoding="utf-8")
    return str(workflow.read_attestation(path, contract))


def changes_an_attestation_afterwards(scene: Scene) -> str:
    contract, attested = workflow.case_contract("norrkoping"), workflow.case_attestations("norrkoping")["attested-loss"]
    certificate = workflow.settle(contract, date="2021-06-01", attestations=[attested]).sign(DEMO_KEY)

    def change(predicate: dict[str, Any]) -> None:
        predicate["attestations"][0]["text"] += "# a word\n"

    found = workflow.verify(forge(certificate, change), contract=contract)
    return " ".join(one.name for one in found.differences)


# --- the commissioner and the investor ------------------------------------------------------------------------


def revises_the_data(scene: Scene) -> str:
    certificate = scene.settle()
    scene.edit("0001;2023-02;1;1", "0001;2023-02;0;1", "months.csv")
    return scene.verify(certificate)


def defines_the_measure_anew(scene: Scene) -> str:
    certificate = scene.settle()
    scene.edit("at_least: 1", "at_least: 2")
    return scene.verify(certificate)


def replaces_a_certificate_that_displeases(scene: Scene) -> str:
    contract, path = scene.contract(), scene.folder / "certificate.json"
    key = generate_key()
    scene.edit("5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q=", public_text(public_key(key)))
    workflow.write_certificate(workflow.settle(scene.contract(), date=DATES[scene.name]).sign(key), path)
    elsewhere, table = replace(contract, folder=None), {"months": scene.folder / "months.csv"}
    other = workflow.settle(elsewhere, date="2023-10-01", data=table).sign(DEMO_KEY)
    with warnings.catch_warnings():  # the other contract does not name the key on the file that is there
        warnings.simplefilter("ignore", FolderWarning)
        return str(workflow.write_certificate(other, path))


def _governed(scene: Scene) -> Path:
    text = scene.folder / "avtal.pdf"
    text.write_bytes(b"as it was signed")
    digest = sha256_file(text)
    scene.edit("attribution:", f'governing_text: {{file: "avtal.pdf", sha256: "{digest}"}}\nattribution:')
    return text


def swaps_the_legal_text(scene: Scene) -> str:
    text = _governed(scene)
    certificate = scene.settle()
    text.write_bytes(b"as it suits the payer")
    return scene.verify(certificate)


def settles_beside_another_legal_text(scene: Scene) -> str:
    _governed(scene).write_bytes(b"as it suits the payer")
    return str(scene.settle())


def runs_the_programme_in_the_comparison_too(scene: Scene) -> str:
    scene.edit("    missing: raise\n", '    missing: raise\n    checks: [{check: spill_over, share: "0.2"}]\n')
    result = scene.settle().predicate["results"]["absence"]
    return " ".join(f"{check['status']}: {check['statement']['en']}" for check in result["diagnostics"])


def _amend(scene: Scene, agreed: str) -> None:
    """A higher price, with keys for the parties that can agree to it."""
    before = scene.contract().sha256
    for id in ("municipality: {role: payer", "fund: {role: payer", "provider: {role: provider"):
        scene.edit(id, f'{id}, keys: ["{public_text(public_key(generate_key()))}"]')
    scene.edit('price: "9250.55"', 'price: "9350.55"')
    reason = '{sv: "Priset höjs", en: "The price is raised"}'
    terms = f'number: 1, of: "{before}", date: "2023-01-10", reason: {reason}, agreed_by: [{agreed}]'
    scene.edit("attribution: none\n", f"attribution: none\namendment: {{{terms}}}\n")


def amends_without_the_provider(scene: Scene) -> str:
    _amend(scene, "municipality, fund")
    return str(scene.contract())


def settles_on_an_amendment_that_nobody_signed(scene: Scene) -> str:
    _amend(scene, "municipality, fund, provider")
    return str(scene.settle())


def takes_away_the_cap(scene: Scene) -> str:
    scene.edit('{at: "0.12", pays: "5000000"}', '{at: "0.12", pays: "50000000"}')
    return str(workflow.check(scene.contract()).maximum_total)


def pays_on_certainty_and_calls_it_effect(scene: Scene) -> str:
    certain = "statistic: p_value\n    alternative: greater\n    on_unavailable: zero"
    scene.edit("statistic: estimate\n    without_inference: pay", certain)
    return " ".join(one.en for one in workflow.check(scene.contract()).cautions)


def hides_what_the_lock_left_open(scene: Scene) -> str:
    scene.edit("    minimum_n: none\n", "")
    contract = scene.contract()
    lock = workflow.lock(contract, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    tree = json.loads(lock.payload)
    del tree["predicate"]["plan"]["undecided_accepted"]
    forged = sign(Envelope(payload=canonical_json(tree)), DEMO_KEY)
    return str(workflow.settle(contract, date=DATES[scene.name], locked=forged))


def computes_with_another_release(scene: Scene) -> str:
    scene.edit("attribution:", 'software: {from: "0.0.1", to: "0.0.1", on_other: refer}\nattribution:')
    return str(scene.settle().settlement.state)


def widens_the_tolerance(scene: Scene) -> str:
    scene.edit("attribution:", 'tolerance: "0.1"\nattribution:')
    return str(scene.contract())


def shops_for_a_seed(scene: Scene) -> str:
    scene.edit("attribution:", "dry_run: {seed: 7}\nattribution:")
    return str(workflow.dry_run(scene.contract(), seed=8))


def delivers_another_unit(scene: Scene) -> str:
    months = '{kind: whole, unit: month, le: "1"}'
    columns = f"person: {{kind: text}}, manad: {{kind: text}}, arbetad_manad: {months}, eget_boende: {months}"
    scene.edit('encoding: "windows-1252",', f'encoding: "windows-1252", columns: {{{columns}}},')
    scene.edit(";1;0", ";21;0", file="months.csv")
    return str(scene.settle())


def attests_what_it_is_paid_on(scene: Scene) -> str:
    scene.edit("attested: verifier", "attested: investor")
    return " ".join(one.en for one in workflow.check(scene.contract()).cautions)


def is_paid_for_what_it_does(scene: Scene) -> str:
    scene.edit("{step: outcome", "{step: activity")
    return str(scene.contract())


def is_guaranteed_for_what_it_does(scene: Scene) -> str:
    activity = '{attested: verifier, digits: 2, unit: SEK, question: {sv: "Kurser?", en: "Courses?"}}'
    guarantee = '{guarantor: fund, beneficiary: provider, amount: courses, share: "1", cap: "900000"}'
    scene.edit("figures:\n", f"figures:\n  courses: {activity}\n")
    scene.edit("payment:\n", f"payment:\n  guarantees:\n    least: {guarantee}\n")
    scene.edit("measures:\n", "measures:\n  courses: {step: activity, source: {sv: journalen, en: the journal}}\n")
    return str(scene.contract())


def leaves_open_what_is_guaranteed_for(scene: Scene) -> str:
    activity = '{attested: provider, digits: 2, unit: SEK, question: {sv: "Kurser?", en: "Courses?"}}'
    guarantee = '{guarantor: fund, beneficiary: provider, amount: courses, share: "1", cap: "900000"}'
    scene.edit("figures:\n", f"figures:\n  courses: {activity}\n")
    scene.edit("payment:\n", f"payment:\n  guarantees:\n    least: {guarantee}\n")
    return str(workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-16"))


def withholds_the_data(scene: Scene) -> str:
    (scene.folder / "months.csv").rename(scene.folder / "kept.csv")
    return str(scene.settle())


def _not_delivered(scene: Scene) -> Declarations:
    row = '{data: months, date: "2023-09-01", why: {sv: "Inget kom", en: "Nothing came"}}'
    head = 'schema: effekt/declarations/1\ncontract: rate-card\nby: municipality\ndate: "2023-09-01"\n'
    return parse_declarations(f"{head}not_delivered: [{row}]\n".encode())


def withholds_the_data_and_stops_nothing_else(scene: Scene) -> str:
    (scene.folder / "months.csv").rename(scene.folder / "kept.csv")
    certificate = scene.settle(declarations=[_not_delivered(scene)])
    return f"{certificate.settlement.state} {certificate.settlement.lines[0].reasons}"


def says_that_the_table_was_not_delivered(scene: Scene) -> str:
    sent = scene.folder / "months.csv"
    kept = sent.rename(scene.folder / "kept.csv")
    certificate = scene.settle(declarations=[_not_delivered(scene)])
    kept.rename(sent)
    return scene.verify(certificate)


def declares_the_table_away_afterwards(scene: Scene) -> str:
    certificate = scene.settle()
    (scene.folder / "months.csv").rename(scene.folder / "kept.csv")
    return str(scene.settle(declarations=[_not_delivered(scene)], supersedes=certificate, reason="It displeases"))


def takes_the_declaration_away(scene: Scene) -> str:
    (scene.folder / "months.csv").rename(scene.folder / "kept.csv")
    certificate = scene.settle(declarations=[_not_delivered(scene)])
    return scene.verify(forge(certificate, lambda predicate: predicate.pop("declarations")))


def hands_the_data_over_too_late(scene: Scene) -> str:
    days = 'certificates: ["2023-06-30", "2023-09-01"], certificate_due: "2023-06-30", longstop: "2023-08-31", '
    scene.edit('{signed: "', f'{{{days}signed: "')
    certificate = scene.settle()
    asked = [one for one in workflow.verify(certificate, contract=scene.contract()).findings if one.name == "announced"]
    return f"{certificate_text(certificate, 'en')} {asked[0].text.en}".replace("\n", " ")


def calls_a_payment_nil(scene: Scene) -> str:
    scene.edit('{signed: "', '{certificates: ["2023-09-01"], signed: "')
    return str(scene.settle(kind="nil"))


def issues_a_nil_certificate_on_any_day(scene: Scene) -> str:
    return str(scene.settle(kind="nil"))


def pays_on_an_interim_certificate(scene: Scene) -> str:
    certificate = scene.settle(kind="interim")
    return f"due {certificate.due}: {certificate_text(certificate, 'en')}".replace("\n", " ")


def is_paid_on_the_day_of_a_look(scene: Scene) -> str:
    scene.edit("attribution:", 'interim: [{at: "2023-09-01", pays: false}]\nattribution:')
    return str(scene.settle())


def is_paid_before_the_last_look(scene: Scene) -> str:
    scene.edit("attribution:", 'interim: [{at: "2023-12-01", pays: false}]\nattribution:')
    return str(scene.settle())


def deducts_what_an_interim_certificate_never_paid(scene: Scene) -> str:
    scene.edit("\n    home:", '\n      true_up: {paid: "1000", below_zero: carry}\n    home:')
    certificate = scene.settle(kind="interim")
    stated = certificate.paid_to_date["work"]
    page = render_page(certificate, "en").replace("\N{NO-BREAK SPACE}", " ")
    return f"{stated} and on the page: {page}"


def _trued_up(scene: Scene) -> None:
    scene.edit("figures:\n", "figures:\n  paid: {attested: verifier, digits: 2, unit: SEK, question: {sv: x, en: x}}\n")
    scene.edit("\n    home:", "\n      true_up: {paid: paid, below_zero: clawback}\n    home:")
    scene.edit('outcome_data_from: "2023-01-01"', 'outcome_data_from: "2023-01-01", certificates: ["2023-09-01"]')


def _paid(amount: str) -> Attestation:
    one = f'  paid: {{value: "{amount}", by: verifier, date: "2023-08-31", evidence: {{description: x}}}}\n'
    return parse_attestation(f"schema: effekt/attestation/1\ncontract: rate-card\nfigures:\n{one}".encode())


def deducts_what_no_settlement_paid(scene: Scene) -> str:
    _trued_up(scene)
    return str(scene.settle(attestations=[_paid("9999")]))


def deducts_by_an_earlier_certificate_that_nobody_signed(scene: Scene) -> str:
    _trued_up(scene)
    scene.edit('["2023-09-01"]', '["2023-08-31", "2023-09-01"]')
    unsigned = workflow.settle(scene.contract(), date="2023-08-31", attestations=[_paid("0")])
    stated = unsigned.paid_to_date["work"]
    later = scene.settle(attestations=[_paid(stated)])
    found = workflow.verify(later, contract=scene.contract(), earlier=unsigned).findings
    return "; ".join(one.text.en for one in found if one.name.startswith("earlier_signed"))


def _forged_anew(scene: Scene, paid: str) -> tuple[Certificate, Certificate]:
    """A certificate, and one that settles it anew and says that so much of that was paid."""
    _trued_up(scene)
    first = scene.settle(attestations=[_paid("0")])
    again = scene.settle(attestations=[_paid("0")], supersedes=first, reason="counted again")
    return first, forge(again, lambda predicate: predicate["supersedes"]["anew"].update(work=paid))


def says_that_less_was_paid_of_what_it_settles_anew(scene: Scene) -> str:
    first, false = _forged_anew(scene, "1")
    told = [workflow.verify(false, contract=scene.contract(), earlier=earlier) for earlier in (None, first)]
    return "; ".join(one.text.en for each in told for one in each.findings if one.name == "settled_anew")


def says_that_money_was_paid_back_before_any_was_paid(scene: Scene) -> str:
    _, false = _forged_anew(scene, "-1")
    return scene.verify(false)


def ends_the_contract_alone(scene: Scene) -> str:
    clause = "{event: {sv: 'x', en: 'x'}, then: pay_nothing_more, declared_by: [municipality, provider]}"
    scene.edit("attribution:", f"termination:\n  stop: {clause}\nattribution:".replace("'", '"'))
    why = '{clause: stop, date: "2023-03-01", why: {sv: "x", en: "x"}}'
    return str(scene.settle(declarations=[_happened(f"ended: {why}")]))


def disputes_when_the_days_are_over(scene: Scene) -> str:
    scene.edit("attribution:", "disputes: {days: 30, undisputed_paid: true, decided_by: {sv: x, en: x}}\nattribution:")
    dispute = 'disputed: [{figures: {months_in_work: "0"}, date: "2023-10-02", why: {sv: "x", en: "x"}}]'
    return str(
        workflow.settle(
            scene.contract(),
            date="2023-10-03",
            declarations=[_happened(dispute, "2023-10-02")],
            supersedes=scene.settle(),
            reason="a dispute",
        )
    )


def admits_more_to_starve_another_line(scene: Scene) -> str:
    scene.edit("attribution:", "disputes: {days: 30, undisputed_paid: true, decided_by: {sv: x, en: x}}\nattribution:")
    scene.edit("  quantum:", '  cap: {amount: "500000", reduces: pro_rata}\n  quantum:')
    dispute = 'disputed: [{figures: {months_in_own_home: "9999999"}, date: "2023-09-20", why: {sv: "x", en: "x"}}]'
    first = scene.settle()
    after = workflow.settle(
        scene.contract(),
        date="2023-09-30",
        declarations=[_happened(dispute, "2023-09-20")],
        supersedes=first,
        reason="a dispute",
    )
    before, now = ([line.amount for line in one.settlement.lines] for one in (first, after))
    return "nothing is withheld" if now == before else f"{now} of {before}"


def settles_on_a_revised_table(scene: Scene) -> str:
    scene.edit("attribution:", "revisions: {then: stands}\nattribution:")
    first = scene.settle()
    scene.edit("2023-02;1;1", "2023-02;0;1", "months.csv")
    return str(workflow.settle(scene.contract(), date="2023-09-30", supersedes=first, reason="a revised table"))


def takes_more_than_the_dispute_leaves(scene: Scene) -> str:
    scene.edit("attribution:", "disputes: {days: 30, undisputed_paid: true, decided_by: {sv: x, en: x}}\nattribution:")
    dispute = 'disputed: [{figures: {months_in_work: "none"}, date: "2023-09-20", why: {sv: "x", en: "x"}}]'
    disputed = workflow.settle(
        scene.contract(),
        date="2023-09-30",
        declarations=[_happened(dispute, "2023-09-20")],
        supersedes=scene.settle(),
        reason="a dispute",
    )

    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"] = scene.settle().predicate["settlement"]

    return scene.verify(forge(disputed, change))


def _happened(event: str, date: str = "2023-08-01", by: str = "municipality") -> Declarations:
    head = f'schema: effekt/declarations/1\ncontract: rate-card\nby: {by}\ndate: "{date}"\n'
    return parse_declarations(f"{head}{event}\n".encode())


def _ticked(rest: str = "") -> str:
    """A checklist of which every item is said to hold."""
    return "deviations: []\nchecklist: {" + ", ".join(f"{item}: {{verdict: pass{rest}}}" for item in ITEMS) + "}"


def answers_the_checklist_of_the_verifier(scene: Scene) -> str:
    ticked = _happened(_ticked(', note: {sv: "sett", en: "seen"}'), by="provider")
    own = {one.item: one for one in checklist(scene.settle()) if one.item != "D2"}
    told = checklist(certificate := scene.settle(declarations=[ticked]))
    stays = all(one in told for one in own.values() if one.item != "F3")
    return f"{'stays' if stays else 'replaced'}, settled: {len(settled_by_hand(certificate))}"


# --- the verifier ---------------------------------------------------------------------------------------------


def concludes_without_looking(scene: Scene) -> str:
    return str(scene.settle(declarations=[_happened("conclusion: {kind: unmodified}", by="verifier")]))


def ticks_every_item(scene: Scene) -> str:
    locked = workflow.lock(scene.contract(), key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    said = _happened(f"{_ticked()}\nconclusion: {{kind: unmodified}}", by="verifier")
    return str(scene.settle(locked=locked, declarations=[said]))


def signs_without_looking(scene: Scene) -> str:
    def change(predicate: dict[str, Any]) -> None:
        predicate["results"]["work"]["exact"] = "900/1"

    return scene.verify(forge(scene.settle(), change))


def signs_alone_where_two_must(scene: Scene) -> str:
    second = public_text(public_key(generate_key()))
    scene.edit('"]\nsigning: {threshold: 1', f'", "{second}"]\nsigning: {{threshold: 2')
    return scene.verify(scene.settle())


def signs_for_two_with_two_keys(scene: Scene) -> str:
    second = generate_key()
    scene.edit('"]\nsigning: {threshold: 1', f'", "{public_text(public_key(second))}"]\nsigning: {{threshold: 2')
    warned = " ".join(one.en for one in workflow.check(scene.contract()).cautions)
    scene.edit("roles: [verifier]}", "roles: [verifier, provider], count: parties}")
    scene.edit('name: "Leverantören"', f'name: "Leverantören", keys: ["{public_text(public_key(generate_key()))}"]')
    return f"{warned} {scene.verify(scene.settle().sign(second))}"


def holds_two_roles(scene: Scene) -> str:
    scene.edit('name: "Leverantören"', 'name: "Leverantören", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]')
    return str(scene.contract())


def signs_with_a_key_of_no_role(scene: Scene) -> str:
    return scene.verify(
        Certificate(sign(workflow.settle(scene.contract(), date="2023-09-01").envelope, generate_key()))
    )


def signs_with_a_key_that_has_ended(scene: Scene) -> str:
    text = public_text(public_key(DEMO_KEY))
    scene.edit(f'keys: ["{text}"]', f'keys: ["{text}"]\n    valid: [{{key: "{text}", to: "2023-08-31"}}]')
    unsigned = workflow.settle(scene.contract(), date="2023-09-01")
    return scene.verify(Certificate(sign(unsigned.envelope, DEMO_KEY)))


def changes_the_key_of_another(scene: Scene) -> str:
    thief = generate_key()
    change = workflow.rotate(
        scene.contract(), key=thief, new=public_text(public_key(generate_key())), date="2023-06-01"
    )
    return str(change)


def _timestamps(scene: Scene, certificate: Certificate, message: bytes, time: str) -> str:
    made = authority()
    given = {"timestamp": made.stamp(message, time), "authority": made.pem}
    found = workflow.verify(certificate, contract=scene.contract(), **given)
    return " ".join(one.text.en for one in found.findings if one.name.startswith("timestamp"))


def dates_a_certificate_back(scene: Scene) -> str:
    """The key ended in September; the certificate says so too, but somebody saw its signature in 2024 only."""
    text = public_text(public_key(DEMO_KEY))
    scene.edit(f'keys: ["{text}"]', f'keys: ["{text}"]\n    valid: [{{key: "{text}", to: "2023-09-30"}}]')
    certificate = scene.settle()
    return _timestamps(scene, certificate, certificate.to_bytes(), "20240115080000Z")


def dates_a_certificate_ahead(scene: Scene) -> str:
    """Every window is over by its date, but it was signed in the spring."""
    certificate = scene.settle()
    return _timestamps(scene, certificate, certificate.to_bytes(), "20230401080000Z")


def puts_the_timestamp_of_another_file_on_it(scene: Scene) -> str:
    return _timestamps(scene, scene.settle(), b"another file", "20230901080000Z")


# --- anyone ---------------------------------------------------------------------------------------------------


def changes_a_signed_amount(scene: Scene) -> str:
    envelope = scene.settle().envelope
    payload = envelope.payload.replace(b"779037.40", b"979037.40")
    assert payload != envelope.payload
    return scene.verify(Envelope(payload=payload, signatures=envelope.signatures).to_bytes())


def swaps_the_contract_in_the_certificate(scene: Scene) -> str:
    def change(predicate: dict[str, Any]) -> None:
        predicate["contract"]["text"] = predicate["contract"]["text"].replace("9250.55", "9950.55")

    return scene.verify(forge(scene.settle(), change))


def replays_the_certificate_of_another_contract(scene: Scene) -> str:
    certificate = scene.settle()
    scene.edit("id: rate-card", "id: rate-card-2")
    return scene.verify(certificate)


def writes_a_key_twice(scene: Scene) -> str:
    raw = scene.settle().to_bytes()
    return scene.verify(raw.replace(b'{"payload":', b'{"payload":"e30=","payload":', 1))


def writes_no_for_norway(scene: Scene) -> str:
    scene.edit('delimiter: ";"', "delimiter: NO")
    return str(scene.contract())


def writes_a_price_as_a_float(scene: Scene) -> str:
    scene.edit('price: "9250.55"', "price: 9250.55")
    return str(scene.contract())


def leads_out_of_the_folder(scene: Scene) -> str:
    scene.edit('path: "months.csv"', 'path: "../../months.csv"')
    return str(scene.contract())


class Bomb:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return pytest.fail, ("a pickle was opened",)


def sends_a_pickle(scene: Scene) -> str:
    path = scene.folder / "months.pkl"
    path.write_bytes(pickle.dumps(Bomb()))
    return str(scene.settle(data={"months": path}))


def sends_a_pickle_by_another_name(scene: Scene) -> str:
    path = scene.folder / "months.csv"
    path.write_bytes(pickle.dumps(Bomb()))
    return str(scene.settle())


def sends_a_page_that_runs(scene: Scene) -> str:
    scene.edit('name: "Leverantören"', 'name: "<script>alert(1)</script>"')
    page = scene.folder / "page.html"
    workflow.report(scene.settle(), page)
    return "script runs" if "<script>alert" in page.read_text(encoding="utf-8") else "text only"


def looks_for_small_counts(scene: Scene) -> str:
    scene.edit("attribution: none\n", "attribution: none\ndisclosure: {minimum: 1000}\n")
    result = scene.settle().predicate["results"]["work"]
    return f"{result['sample']['n_obs']} {result['sample']['n_units']}"


def subtracts_one_publication_from_another(scene: Scene) -> str:
    """Two totals that differ by one person's month would tell it, were the second shown as the first was."""
    scene.edit("attribution: none\n", "attribution: none\ndisclosure: {minimum: 5}\n")
    first = workflow.publish(scene.settle(), key=DEMO_KEY, salt=bytes(32))
    scene.edit(";1;0", ";0;0", file="months.csv")
    later = scene.settle()
    alone = read_public(workflow.publish(later, key=DEMO_KEY, salt=bytes(32)))
    held = read_public(workflow.publish(later, key=DEMO_KEY, salt=bytes(32), earlier=[first]))
    shown = {name: statement.figures["months_in_work"].kind for name, statement in (("alone", alone), ("held", held))}
    return f"{later.figures[0].value} {shown}"


# --- the supply chain and nature ------------------------------------------------------------------------------


def patches_the_package(scene: Scene) -> str:
    whole = estimators.METHODS["outcome_count"]

    @functools.wraps(whole)
    def inflated(data: Any, **given: Any) -> Any:
        return whole(data, **{**given, "at_least": 0})

    estimators.METHODS["outcome_count"] = inflated  # type: ignore[index]
    try:
        certificate = scene.settle()
        return scene.verify(certificate)  # on the patched machine itself: the second route is another program
    finally:
        estimators.METHODS["outcome_count"] = whole  # type: ignore[index]


def patches_the_package_a_little(scene: Scene) -> str:
    """A thousandth more months than there are, under the widest tolerance that a contract may agree on."""
    scene.edit("attribution:", 'tolerance: "0.001"\nattribution:')
    rows = [f"p{i:04d};2023-01;{int(i < 1000)};0" for i in range(1100)]
    text = "\r\n".join(["person;manad;arbetad_manad;eget_boende", *rows, ""])
    (scene.folder / "months.csv").write_text(text, encoding="windows-1252", newline="")
    whole = estimators.METHODS["outcome_count"]

    @functools.wraps(whole)
    def one_more(data: Any, **given: Any) -> Any:
        found = whole(data, **given)
        return replace(found, exact=found.exact + 1)

    estimators.METHODS["outcome_count"] = one_more  # type: ignore[index]
    try:
        return scene.verify(scene.settle())
    finally:
        estimators.METHODS["outcome_count"] = whole  # type: ignore[index]


def patches_the_payment(scene: Scene) -> str:
    whole = UnitPrice.pays

    def rounded_up(self: UnitPrice, x: Fraction) -> Fraction:
        return whole(self, x) + 1

    UnitPrice.pays = rounded_up  # type: ignore[method-assign]
    try:
        certificate = scene.settle()
        return scene.verify(certificate)  # here too on the patched machine itself
    finally:
        UnitPrice.pays = whole  # type: ignore[method-assign]


def drifts_by_an_ulp(scene: Scene) -> str:
    def change(predicate: dict[str, Any]) -> None:
        values = predicate["results"]["absence"]["diagnostics"][1]["values"]
        values["sd_relative"] *= 1 + 1e-14

    found = workflow.verify(forge(honest(scene), change), contract=scene.contract())
    verdicts = {one.name: one.verdict for one in found.findings}
    return verdicts["result:absence"]


THREATS: list[tuple[str, str, Callable[[Scene], str], str]] = [
    ("evaluator", "sick-leave", searches_for_a_specification, "The lock is for another contract file"),
    ("evaluator", "sick-leave", says_the_plan_was_locked, "plan"),
    ("evaluator", "rate-card", matches_on_the_outcome, "same match"),
    ("evaluator", "rate-card", drops_inconvenient_units, "data:months"),
    ("evaluator", "rate-card", hides_what_the_lock_left_open, "does not list the terms that the contract leaves open"),
    ("evaluator", "rate-card", computes_with_another_release, "referred"),
    ("evaluator", "rate-card", widens_the_tolerance, 'must be at least "0.000000001" and at most "0.001"'),
    ("evaluator", "sick-leave", shops_for_a_seed, "since another could be chosen by what it shows; got 8"),
    ("provider", "rate-card", delivers_another_unit, "columns"),
    ("evaluator", "rate-card", edits_a_figure, "figure:months_in_work"),
    ("evaluator", "sick-leave", nudges_a_figure_to_its_threshold, "figure:reduction"),
    ("evaluator", "sick-leave", sells_a_one_sided_bound_as_two_sided, "level 0.95, one-sided, greater"),
    ("evaluator", "sick-leave", sells_a_probability, 'confidence_at_least; got "probability"'),
    ("evaluator", "rate-card", shops_for_a_draw, "The lock is for another contract file"),
    ("evaluator", "sick-leave", looks_more_than_once, "itself included: 2. Different specifications: 2."),
    ("evaluator", "sick-leave", settles_again_without_what_was_declared, "that this certificate leaves out: 1."),
    ("evaluator", "sick-leave", settles_again_in_the_same_folder, "with 1 deviation, failed check or event that this"),
    ("evaluator", "sick-leave", takes_a_run_out_of_the_log, "broken at line 2: it says that it is number 3"),
    ("evaluator", "sick-leave", edits_a_run_in_the_log, "broken at line 3: its `previous` is not the digest"),
    ("evaluator", "sick-leave", reorders_the_log, "broken at line 1: it says that it is number 2"),
    (
        "evaluator",
        "sick-leave",
        takes_out_a_run_and_chains_anew,
        "either it was settled again since, or lines were taken out",
    ),
    ("evaluator", "sick-leave", settles_again_in_a_log_begun_anew, "() then ['log_earlier']"),
    ("evaluator", "sick-leave", settles_without_the_log_that_is_required, "a new one would hide the runs before it"),
    ("evaluator", "sick-leave", leaves_the_log_out_of_the_certificate, "log"),
    ("evaluator", "rate-card", looks_before_the_plan_is_locked, "before this contract file was locked in the log: 1"),
    ("evaluator", "rate-card", runs_elsewhere_and_brings_back_the_best, "The lock is for another contract file"),
    (
        "evaluator",
        "rate-card",
        runs_elsewhere_and_locks_the_best_anew,
        "! Plan not locked before data. The lock is dated 2023",
    ),
    ("evaluator", "rate-card", runs_elsewhere_until_the_draw_pleases, "different certificates: 1"),
    ("evaluator", "rate-card", opens_a_sealed_table_before_the_lock, "a new one would hide the runs before it"),
    ("evaluator", "rate-card", opens_a_sealed_table_without_its_salt, "show the lock to whoever keeps the table"),
    ("evaluator", "rate-card", opens_a_sealed_table_with_another_salt, "another table, or another salt"),
    ("evaluator", "rate-card", swaps_a_sealed_table, "another table, or another salt"),
    ("evaluator", "rate-card", slips_a_sealed_table_in_from_memory, "a table in memory was given; give the file"),
    ("evaluator", "rate-card", seals_a_table_and_keeps_no_log, "data.months.sealed needs a run log"),
    ("provider", "rate-card", claims_what_another_contract_has_claimed, "1 outcome of this certificate is claimed"),
    ("provider", "rate-card", claims_on_a_second_certificate_kept_elsewhere, "118 outcomes of this certificate are"),
    ("provider", "rate-card", claims_one_outcome_by_two_analyses, "counts one outcome twice, by work at row"),
    ("provider", "rate-card", claims_for_other_rows_than_were_paid, "data:months: Data months: the content differs"),
    ("provider", "rate-card", claims_under_another_word, "must have the word that the register has for work of this"),
    ("provider", "rate-card", claims_for_a_person_written_in_another_way, "1 outcome of this certificate is claimed"),
    ("provider", "rate-card", frees_claims_by_what_nobody_signed, "signatures: 0 of 1 required signatures are valid"),
    ("provider", "rate-card", frees_claims_of_another_contract, "which the register has for another contract file"),
    ("provider", "rate-card", deducts_nothing_and_claims_again, "`earlier` must have the certificates in the register"),
    ("provider", "rate-card", takes_a_claim_out_of_the_register, "was changed since it was written"),
    ("anyone", "rate-card", stops_a_settlement_by_a_forged_file, "forged.json is passed by: it says that it is a"),
    ("anyone", "rate-card", stops_a_settlement_by_a_forged_file, "settled: 779037.40"),
    ("anyone", "rate-card", stops_a_settlement_by_an_unknown_key, "if not, move it to another folder."),
    ("anyone", "rate-card", stops_a_settlement_by_an_unknown_key, "Whether forged.json binds anybody cannot be told"),
    ("anyone", "rate-card", frees_an_earlier_certificate_by_a_forged_file, "'first.json' is a final certificate of"),
    ("anyone", "rate-card", frees_an_earlier_certificate_alone, "[] The file 'first.json' is a final certificate of"),
    ("provider", "rate-card", damages_an_earlier_certificate, "settled: 779037.40 ['supersedes']"),
    (
        "provider",
        "rate-card",
        cuts_an_earlier_certificate_off,
        "first.json is passed by: it is or may be a certificate",
    ),
    ("provider", "rate-card", saves_an_earlier_certificate_anew, "'first.json' is a final certificate of 2023-09-01"),
    ("provider", "rate-card", writes_an_earlier_certificate_over, "[] The file 'first.json' is a final certificate"),
    ("provider", "rate-card", makes_up_evidence_for_those_it_expects, "prepared: 1 of 5"),  # of 24, by chance
    ("provider", "rate-card", draws_before_the_plan_is_locked, "The lock is for another contract file"),
    ("provider", "rate-card", says_that_others_were_drawn, "the same lot"),
    ("provider", "rate-card", signs_locks_until_it_likes_the_lot, "lots to choose from: 1."),
    ("provider", "rate-card", loses_those_who_did_badly, "10 dropped: differential_attrition lee_bounds"),
    ("provider", "rate-card", loses_them_in_silence, "must have a value in every row; 10 rows did not"),
    ("provider", "rate-card", enrols_who_is_not_eligible, "must be '2023-01'; 120 rows did not, the first at row 2,"),
    ("provider", "rate-card", picks_the_easy_clients, "warning: 1 of 1 covariates differ by more than 0.1"),
    ("provider", "rate-card", ends_spells_on_the_last_day_of_sick_pay, "warning: Ended sick periods of 14 days: 9"),
    ("provider", "sick-leave", reports_months_late, "not_yet_determinable"),
    ("provider", "rate-card", reports_months_that_have_not_come, "nothing after the day of the certificate"),
    ("provider", "rate-card", reports_months_from_before_the_contract, "over before the day the contract was signed"),
    ("provider", "rate-card", claims_a_month_twice, "must name each row once"),
    ("provider", "rate-card", claims_a_month_for_a_person_written_in_two_ways, "must write each unit in one way"),
    ("provider", "rate-card", claims_a_month_on_two_certificates, "whose certificate pays for it"),
    ("provider", "rate-card", attests_for_another, "by must be"),
    ("provider", "rate-card", changes_an_attestation_afterwards, "subjects"),
    (
        "investor",
        "norrkoping",
        attests_what_it_is_paid_on,
        "who is paid by the outcome, attests what the payment depends",
    ),
    ("commissioner", "rate-card", revises_the_data, "data:months"),
    ("commissioner", "rate-card", defines_the_measure_anew, "own_contract"),
    (
        "commissioner",
        "sick-leave",
        runs_the_programme_in_the_comparison_too,
        "warning: Units with 20.00% of the comparator's outcome in the reference window are declared to run the same",
    ),
    ("commissioner", "rate-card", swaps_the_legal_text, "governing_text"),
    ("commissioner", "rate-card", settles_beside_another_legal_text, "must be the digest of the legal text avtal.pdf"),
    ("commissioner", "rate-card", amends_without_the_provider, "payers cannot amend alone"),
    ("commissioner", "rate-card", settles_on_an_amendment_that_nobody_signed, "of the contract counts when"),
    ("commissioner", "rate-card", replaces_a_certificate_that_displeases, "which is never replaced"),
    ("provider", "rate-card", is_paid_for_what_it_does, "activities and outputs never trigger payment"),
    ("provider", "rate-card", is_guaranteed_for_what_it_does, "the payment depends on courses"),
    ("provider", "rate-card", leaves_open_what_is_guaranteed_for, "and result_step at measures"),
    ("commissioner", "rate-card", withholds_the_data, "data.months.path names no readable file"),
    (
        "commissioner",
        "rate-card",
        withholds_the_data_and_stops_nothing_else,
        "waits for the table months, which was not delivered by 2023-09-01, as",
    ),
    ("commissioner", "rate-card", says_that_the_table_was_not_delivered, "not_delivered:months"),
    ("commissioner", "rate-card", declares_the_table_away_afterwards, "is what the certificate of 2023-09-01 rests on"),
    ("anyone", "rate-card", takes_the_declaration_away, "subjects"),
    (
        "commissioner",
        "rate-card",
        hands_the_data_over_too_late,
        "The contract asks for the certificate by 2023-06-30; it is dated 2023-09-01.",
    ),
    (
        "commissioner",
        "rate-card",
        hands_the_data_over_too_late,
        "It is dated after the last day to settle, 2023-08-31.",
    ),
    ("commissioner", "rate-card", hands_the_data_over_too_late, "were also due on 2023-06-30; ask for each."),
    ("commissioner", "rate-card", calls_a_payment_nil, "`kind` must not be nil where a line pays"),
    ("commissioner", "rate-card", issues_a_nil_certificate_on_any_day, "no day at all"),
    ("commissioner", "rate-card", pays_on_an_interim_certificate, "due 0: "),
    (
        "commissioner",
        "rate-card",
        pays_on_an_interim_certificate,
        "Interim: nothing is to be paid on this certificate.",
    ),
    ("provider", "rate-card", is_paid_on_the_day_of_a_look, "that of a look before the end, on which nothing is paid"),
    ("provider", "rate-card", is_paid_before_the_last_look, "must not be before the last look before the end"),
    ("commissioner", "rate-card", deducts_what_an_interim_certificate_never_paid, "1000 and on the page"),
    ("commissioner", "rate-card", deducts_what_no_settlement_paid, "must be 0: before 2023-09-01, the first day"),
    (
        "commissioner",
        "rate-card",
        deducts_by_an_earlier_certificate_that_nobody_signed,
        "is not signed as the contract asks: what it says was paid and declared proves nothing",
    ),
    (
        "commissioner",
        "rate-card",
        deducts_what_an_interim_certificate_never_paid,
        "the next settlement still has SEK 1,000 as paid before",
    ),
    (
        "provider",
        "rate-card",
        says_that_less_was_paid_of_what_it_settles_anew,
        "on the word of whoever signed it, since",
    ),
    ("provider", "rate-card", says_that_less_was_paid_of_what_it_settles_anew, "supersedes.anew.work must be SEK"),
    ("provider", "rate-card", says_that_money_was_paid_back_before_any_was_paid, "settled_anew"),
    ("commissioner", "rate-card", ends_the_contract_alone, "counts when provider too declares it"),
    ("commissioner", "rate-card", disputes_when_the_days_are_over, "could be disputed until 2023-10-01"),
    ("commissioner", "rate-card", admits_more_to_starve_another_line, "nothing is withheld"),
    ("commissioner", "rate-card", settles_on_a_revised_table, "must be the table that was used before"),
    ("provider", "rate-card", takes_more_than_the_dispute_leaves, "line:work payment"),
    ("investor", "sick-leave", takes_away_the_cap, "50000000"),
    ("investor", "sick-leave", pays_on_certainty_and_calls_it_effect, "hangs on how certain something is"),
    ("provider", "rate-card", answers_the_checklist_of_the_verifier, "stays, settled: 0"),
    ("verifier", "rate-card", concludes_without_looking, "does not hold (A5) or cannot be determined (A1, A2,"),
    ("verifier", "rate-card", ticks_every_item, "it cannot be unmodified where an item cannot be determined (A1, A2,"),
    ("verifier", "rate-card", signs_without_looking, "result:work"),
    ("verifier", "rate-card", signs_alone_where_two_must, "signatures"),
    ("verifier", "rate-card", signs_for_two_with_two_keys, "make all 2 signatures alone"),
    ("verifier", "rate-card", signs_for_two_with_two_keys, "signatures"),
    ("verifier", "rate-card", holds_two_roles, "is a key of provider already"),
    ("verifier", "rate-card", signs_with_a_key_of_no_role, "signature_unknown_key signatures"),
    ("anyone", "rate-card", signs_with_a_key_that_has_ended, "signature_not_held signatures"),
    ("anyone", "rate-card", changes_the_key_of_another, "replaces a key that no party of the contract has"),
    ("anyone", "rate-card", dates_a_certificate_back, "does not show that it had signed by then"),
    ("anyone", "rate-card", dates_a_certificate_ahead, "it bears a later day than that of its signature"),
    ("anyone", "rate-card", puts_the_timestamp_of_another_file_on_it, "is on other bytes than this certificate's"),
    ("anyone", "rate-card", changes_a_signed_amount, "signature_invalid"),
    ("anyone", "rate-card", swaps_the_contract_in_the_certificate, "contract own_contract"),
    ("anyone", "rate-card", replays_the_certificate_of_another_contract, "own_contract"),
    ("anyone", "rate-card", writes_a_key_twice, "twice in one object"),
    ("anyone", "rate-card", writes_no_for_norway, "delimiter"),
    ("anyone", "rate-card", writes_a_price_as_a_float, "price"),
    ("anyone", "rate-card", leads_out_of_the_folder, "path"),
    ("anyone", "rate-card", sends_a_pickle, ".pkl"),
    ("anyone", "rate-card", sends_a_pickle_by_another_name, "months.csv"),
    ("anyone", "rate-card", sends_a_page_that_runs, "text only"),
    ("outsider", "rate-card", looks_for_small_counts, "None None"),
    ("outsider", "rate-card", subtracts_one_publication_from_another, "{'alone': 'exact', 'held': 'range'}"),
    ("supply chain", "rate-card", patches_the_package, "independent:months_in_work"),
    ("supply chain", "rate-card", patches_the_package_a_little, "independent:months_in_work"),
    ("supply chain", "rate-card", patches_the_payment, "independent_line:work"),
    ("nature", "sick-leave", drifts_by_an_ulp, "within_tolerance"),
]


@pytest.mark.parametrize(
    ("case", "attack", "told"),
    [(case, attack, told) for _, case, attack, told in THREATS],
    ids=[f"{who}-{attack.__name__}" for who, _, attack, _ in THREATS],
)
def test_what_the_dishonest_party_tries_is_met(
    case: str, attack: Callable[[Scene], str], told: str, tmp_path: Path
) -> None:
    scene = Scene(folder=tmp_path / case, name=case)
    copy(case, scene.folder)
    try:
        answer = attack(scene)
    except EffektError as refused:
        answer = str(refused)
    assert told in answer


def test_every_threat_of_the_documentation_is_played() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "threats.md").read_text(encoding="utf-8")
    played = {attack.__name__ for _, _, attack, _ in THREATS}
    attempts = [row.split("|")[2] for row in page.splitlines() if row.startswith("| ")][1:]
    assert played == set(re.findall(r"`(\w+)`", " ".join(attempts)))
