"""Every field and every byte of a certificate: changed, it is unreadable (exit 2) or does not hold, for a named reason.

Also what interrupts its writing, and what must not change a byte of it: threads, language, time zone and hash seed.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_cases import small_sick_leave, small_sick_leave_contract

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, check_signatures, public_key, read_envelope, sign
from effekt.certificates.canonical import encode_base64
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.exceptions import CertificateError, ContractError

Place = tuple[str | int, ...]
# What a signer may choose: nothing else tells the day, and versions and the code are stated to be read, or pinned.
FREE: set[Place] = {
    ("predicate", "date"),
    *(("predicate", "software", name) for name in ("code", "python", "numpy", "scipy")),
}


def made(name: str, folder: Path) -> tuple[Contract, Certificate]:
    contract = small_sick_leave_contract(folder) if name == "sick-leave" else workflow.case_contract(name)
    attested = workflow.case_attestations(name).get("attested-loss")
    dates = {"rate-card": "2023-09-01", "sick-leave": "2022-03-15", "norrkoping": "2021-06-01"}
    attestations = [] if attested is None else [attested]
    locked = (
        workflow.lock(contract, key=DEMO_KEY, date=contract.model.dates.signed, undecided_accepted=True)
        if contract.model.analysis
        else None
    )
    certificate = workflow.settle(contract, date=dates[name], attestations=attestations, locked=locked)
    return contract, certificate.sign(DEMO_KEY)


def places(node: object, at: Place = ()) -> Iterator[Place]:
    """Every place in a tree: of objects, of lists and of what they hold."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*at, key)
            yield from places(value, (*at, key))
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield (*at, position)
            yield from places(value, (*at, position))


def other(value: object) -> object:
    """Something else of the same kind, as like it as can be."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return value + 1 if abs(value) < 1e6 else value * 2
    if isinstance(value, str):
        return value[:-1] + ("2" if value.endswith("1") else "1")
    return [*value, value[-1]] if isinstance(value, list) and value else {**value, "x": 1} if value else ["x"]


def forged(tree: dict[str, Any], place: Place, *, removed: bool) -> bytes:
    """The certificate of a signer who changed or removed one thing and signed it again."""
    changed = copy.deepcopy(tree)
    node: Any = changed
    for step in place[:-1]:
        node = node[step]
    if removed:
        del node[place[-1]]
    else:
        node[place[-1]] = other(node[place[-1]])
    return sign(Envelope(payload=canonical_json(changed)), DEMO_KEY).to_bytes()


def unnoticed(contract: Contract, certificate: Certificate, *, every: int = 1) -> list[Place]:
    """The places at which a change is found by nobody; each change that is found has a name and a sentence."""
    tree = json.loads(certificate.envelope.payload)
    found: list[Place] = []
    for place in list(places(tree))[::every]:
        for removed in (False, True):
            raw = forged(tree, place, removed=removed)
            try:
                verification = workflow.verify(raw, contract=contract)
            except (CertificateError, ContractError):
                continue
            if verification.ok and (removed or place not in FREE):
                found.append(place)
            assert all(one.name and one.text.en and one.text.sv for one in verification.differences)
    return found


@pytest.mark.parametrize(("name", "every"), [("rate-card", 1), ("norrkoping", 1), ("sick-leave", 101)])
def test_every_field_of_a_certificate(name: str, every: int, tmp_path: Path) -> None:
    contract, certificate = made(name, tmp_path)
    assert workflow.verify(certificate, contract=contract).ok
    assert unnoticed(contract, certificate, every=every) == []


def test_every_byte_of_a_certificate(tmp_path: Path) -> None:
    raw = smallest(tmp_path / "contract.yaml").to_bytes()
    for position in range(len(raw)):
        for change in (1, 0x20) if position % 5 == 0 else (1,):
            changed = bytearray(raw)
            changed[position] ^= change
            try:
                envelope = read_envelope(bytes(changed))
            except CertificateError:
                continue
            check = check_signatures(envelope, [public_key(DEMO_KEY)])
            assert not check.signers, position
            assert check.discrepancies or check.unknown, position


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_half_a_certificate_is_none(rate_card: Path, effekt: Any, fraction: float) -> None:
    path = rate_card / "certificate.json"
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * fraction)])
    ran = effekt("verify", path, "--contract", rate_card / "contract.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("effekt: ")


SMALLEST = """\
schema: effekt/contract/1
id: c
title: {sv: a, en: a}
parties:
  a: {role: payer, name: A}
  b: {role: provider, name: B}
  v: {role: verifier, name: V, keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2018-01-01", outcome_data_from: "2019-01-01"}
attribution: none
figures: {x: {attested: v, digits: 0, unit: SEK, question: {sv: x, en: x}}}
payment: {currency: SEK, quantum: "1", rounding: half_up, lines: {l: {payers: {a: "1"}, payee: b, pays: {fixed: "1"}}}}
"""


def smallest(path: Path) -> Certificate:
    path.write_text(SMALLEST, encoding="utf-8")
    return workflow.settle(workflow.read_contract(path), date="2020-01-01").sign(DEMO_KEY)


IN_PAYLOAD = 11  # of its bytes every eleventh: the test above has them all, without a command line


def test_the_exit_code_of_a_changed_byte(tmp_path: Path, effekt: Any) -> None:
    """What can no longer be read ends with 2; whatever can ends with 1 and a name for what differs."""
    contract, path = tmp_path / "contract.yaml", tmp_path / "certificate.json"
    certificate = smallest(contract)
    raw, codes = certificate.to_bytes(), {1: 0, 2: 0}
    start = raw.index(encode_base64(certificate.envelope.payload).encode())
    inside = range(start, start + len(encode_base64(certificate.envelope.payload)))
    for position in range(len(raw)):
        if position in inside and (position - start) % IN_PAYLOAD:
            continue
        changed = bytearray(raw)
        changed[position] ^= 1
        path.write_bytes(bytes(changed))
        ran = effekt("verify", path, "--contract", contract, "--lang", "en")
        codes[ran.code] += 1
        try:
            workflow.read_certificate(path)
        except (CertificateError, ContractError) as refused:
            told = f"effekt: {refused}\n"
        else:
            told = None
        assert (ran.code, ran.out, ran.err) == (2, "", told) if told else (ran.code, ran.err) == (1, ""), position
        assert ran.code == 2 or any(line.startswith("DIFFERENT ") for line in ran.out.splitlines()), position
    assert min(codes.values()) > 50


# --- interrupted ----------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from effekt import workflow
from effekt.certificates import DEMO_KEY
folder = Path(sys.argv[1])
contract = workflow.read_contract(folder / "contract.yaml")
certificate = workflow.settle(contract, date="2023-09-01").sign(DEMO_KEY)
def write(step, target):
    whole = getattr(os, step)
    def killed(*given, **named):
        if step == "replace":
            os.kill(os.getpid(), signal.SIGKILL)
        whole(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(os, step, killed)
    workflow.write_certificate(certificate, target)
for step in ("fsync", "replace"):
    for there in ("new", "old"):
        if not (child := os.fork()):
            write(step, folder / f"{step}-{there}" / "killed.json")
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has a signal that nothing can catch")
def test_a_process_killed_while_it_writes_leaves_no_half_certificate(rate_card: Path) -> None:
    unsigned = workflow.settle(workflow.read_contract(rate_card / "contract.yaml"), date="2023-09-01")
    targets = {
        place: rate_card / place / "killed.json" for place in ("fsync-new", "fsync-old", "replace-new", "replace-old")
    }
    for place, target in targets.items():
        target.parent.mkdir()
        if place.endswith("old"):
            workflow.write_certificate(unsigned, target)
    done = subprocess.run([sys.executable, "-c", KILLED, str(rate_card)], capture_output=True, check=True)
    assert done.stdout.split() == [b"-9"] * len(targets)
    for place, target in targets.items():
        assert target.read_bytes() == unsigned.to_bytes() if place.endswith("old") else not target.exists(), place
        (target.parent / ".killed.json.effekt-writing").unlink()  # which the sentence of a later writer names
        workflow.write_certificate(unsigned, target)
        assert workflow.read_certificate(target).to_bytes() == unsigned.to_bytes()


# --- the same bytes everywhere --------------------------------------------------------------------------------

SETTLED = """
import hashlib, sys
from effekt import workflow
from effekt.reports.html import render_page
for folder, date in zip(sys.argv[1:], ("2023-09-01", "2022-03-15"), strict=True):
    certificate = workflow.settle(workflow.read_contract(folder + "/contract.yaml"), date=date)
    made = certificate.to_bytes() + render_page(certificate, "sv").encode()
    print(hashlib.sha256(made).hexdigest())
"""
PLACES = {
    "one thread, Swedish": {
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "sv_SE.UTF-8",
        "TZ": "Europe/Stockholm",
        "PYTHONHASHSEED": "0",
    },
    "two threads, plain C, far east": {
        "OPENBLAS_NUM_THREADS": "2",
        "LC_ALL": "C",
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "random",
    },
}  # each setting differs


def test_bytes_are_the_same_whatever_the_threads_language_time_zone_and_hash_seed(tmp_path: Path) -> None:
    folders = [str(workflow.case("rate-card")), str(small_sick_leave(tmp_path / "sick-leave"))]
    found = {
        where: subprocess.run(
            [sys.executable, "-c", SETTLED, *folders],
            env={**os.environ, **given},
            capture_output=True,
            check=True,
            cwd=tmp_path,
        ).stdout
        for where, given in PLACES.items()
    }
    assert len(set(found.values())) == 1, found
    assert len(found["one thread, Swedish"].split()) == 2


def test_a_certificate_moved_to_another_folder_is_the_same(rate_card: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "en annan mapp åäö"
    shutil.copytree(rate_card, elsewhere)
    one, other_ = (
        workflow.settle(workflow.read_contract(folder / "contract.yaml"), date="2023-09-01").to_bytes()
        for folder in (rate_card, elsewhere)
    )
    assert one == other_
