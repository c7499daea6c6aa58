"""Trees of amendments, of which some files and certificates are given: the state that is told is the oracle's."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from oracles import amendments as oracle

from effekt import workflow
from effekt.certificates import PrivateKey, generate_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.certificates.signing import public_key
from effekt.contracts import Contract, parse_contract

KEYS: dict[str, dict[str, PrivateKey]] = {
    party: {f"{party}{place}": generate_key() for place in range(3)} for party in ("town", "firm")
}
AUDITOR = generate_key()
TEXT = """\
schema: effekt/contract/1
id: {id}
title: {{sv: "{title}", en: "Work"}}
parties:
  town: {{role: payer, name: "Staden", keys: [{town}]}}
  firm: {{role: provider, name: "Firman", keys: [{firm}]}}
  auditor: {{role: verifier, name: "Revisorn", keys: ["{auditor}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2022-01-10", outcome_data_from: "2022-03-01"}}
attribution: none
figures: {{}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    jobs: {{payers: {{town: "1"}}, payee: firm, pays: {{fixed: "{pays}"}}}}
"""
AMENDMENT = """\
amendment:
  number: {number}
  of: "{of}"
  date: "2023-03-01"
  reason: {{sv: "Nytt", en: "New"}}
  agreed_by: [town, firm]
"""


def text(key: PrivateKey) -> str:
    return public_text(public_key(key))


def contract_of(name: str, file: oracle.File, before: Contract | None) -> Contract:
    named = {party: ", ".join(f'"{text(KEYS[party][key])}"' for key in sorted(file.keys[party])) for party in KEYS}
    plain = TEXT.format(id=file.id, title=name, auditor=text(AUDITOR), pays=file.pays, **named)
    if before is not None:
        plain += AMENDMENT.format(number=file.number, of=before.sha256)
    return parse_contract(plain.encode())


def certificate_of(contract: Contract, file: oracle.File, day: int, **more: Any) -> Certificate:
    lock, date = None, f"2023-04-{day:02}"
    for party in KEYS if file.of is not None else ():
        for key in sorted(file.signed[party]):
            lock = workflow.lock(contract, key=KEYS[party][key], date="2023-03-01", beside=lock)
    return workflow.settle(contract, date=date, locked=lock, **more)


def some(rng: random.Random, names: Any) -> set[str]:
    """A few of some names, and at least one."""
    names = sorted(names)
    return set(rng.sample(names, rng.randint(1, len(names))))


def tree_of(rng: random.Random) -> dict[str, oracle.File]:
    """Two files that amend nothing, amendments of either, and of another contract."""
    keys = {party: set(sorted(KEYS[party])[:2]) for party in KEYS}
    tree = {
        name: oracle.File(id, 0, None, keys, {}, 100)
        for name, id in (("first", "work"), ("second", "work"), ("foreign", "other"))
    }
    for place in range(rng.randint(3, 7)):
        of = rng.choices(list(tree), [1 if name in ("second", "foreign") else 4 for name in tree])[0]
        before = tree[of]
        new = {party: before.keys[party] if rng.random() < 0.6 else some(rng, KEYS[party]) for party in KEYS}
        signed = {party: some(rng, own) for party, own in new.items()}
        number = before.number + rng.choices([1, 2], [15, 1])[0]
        tree[f"file{place}"] = oracle.File(before.id, number, of, new, signed, rng.choice([0, 100, 200]))
    return tree


STATES = {
    ("earlier_signed", "proves nothing"): "unsigned",
    ("amended_since", "--earlier"): "since",
    ("earlier_contract", "of another contract file with the same id"): "another file",
    ("fork", "set aside"): "aside",
    ("fork", "--amended, "): "unknown",
    ("fork", "no file shows"): "ask",
    ("fork", "both are not to be paid"): "twice",
}


def state(found: Any) -> str:
    """What a finding on a certificate says, in a word; only the one that accuses differs."""
    kind = found.name.partition(":")[0]
    (word,) = [word for (name, part), word in STATES.items() if name == kind and part in found.text.en]
    assert (found.verdict == "different") is (word == "twice")
    return word


def compared(seed: int) -> Counter[str]:
    """Verify one certificate of a tree with some of the files and certificates; the states that were told."""
    rng = random.Random(seed)
    tree = tree_of(rng)
    files: dict[str, Contract] = {}
    for name, file in tree.items():
        files[name] = contract_of(name, file, files.get(file.of or ""))
    amended = [name for name, file in tree.items() if file.of is not None and file.id == "work"]
    own = rng.choice(["first", *amended, *amended])
    given = {name for name in tree if rng.random() < rng.choice([0.3, 0.7, 1])}
    of_days = {day: rng.choice([*amended, *amended, *tree]) for day in range(2, rng.randint(3, 7))}
    drafts = {day for day in of_days if rng.random() < 0.2}
    others = {day: certificate_of(files[name], tree[name], day) for day, name in of_days.items()}
    others = {day: one if day in drafts else one.sign(AUDITOR) for day, one in others.items()}
    replaces = [day for day, name in of_days.items() if tree[name].id == "work" and rng.random() < 0.15][:1]
    more = {"supersedes": others[replaces[0]], "reason": "agreed last"} if replaces else {}
    day = rng.choice([1, 9]) if not replaces else 9
    found = certificate_of(files[own], tree[own], day, **more).sign(AUDITOR)

    def verified(order: random.Random) -> list[Any]:
        parts: list[list[Any]] = [[files[name] for name in sorted(given)], list(others.values())]
        for part in parts:
            order.shuffle(part)
        return list(workflow.verify(found, contract=files[own], amended=parts[0], earlier=parts[1]).findings)

    told = verified(rng)
    assert verified(random.Random(seed + 1)) == told
    signed = {name for day, name in of_days.items() if day not in drafts}
    shown, known = set(of_days.values()), given | {own} | set(of_days.values())
    verdicts = {one.name: one.verdict for one in told}
    assert verdicts.get("amendments") == oracle.of_chain(tree, own, given)
    assert verdicts.get("agreed") == oracle.of_agreement(tree, own, given, shown, signed)
    days = {f":2023-04-{day:02}": day for day in of_days}
    kinds = {kind for kind, _ in STATES}
    by_day = {days[end]: state(one) for one in told for end in days if one.name in {kind + end for kind in kinds}}
    expected = {
        each: oracle.of_certificate(tree, known, own, name, shown, signed=each not in drafts, replaced=each in replaces)
        for each, name in of_days.items()
    }
    assert by_day == {each: word for each, word in expected.items() if word is not None}
    branches = {each for each, word in expected.items() if word in ("aside", "unknown", "ask", "twice")}
    lines = {name for each in branches for name in oracle.line(tree, known, of_days[each])}
    seen = lines - set(oracle.line(tree, known, own)) | {of_days[each] for each in branches}
    bare = {f"fork:{files[name].sha256[:16]}" for name in oracle.of_files(tree, known, own, given, seen)}
    assert {one.name for one in told if one.name.startswith("fork:") and one.name[4:] not in days} == bare
    whole = [f"{name} {verdicts[name]}" for name in ("amendments", "agreed") if name in verdicts]
    return Counter([*by_day.values(), *(["file"] if bare else []), *whole])


WHOLE = {
    f"{name} {verdict}" for name in ("amendments", "agreed") for verdict in ("reproduced", "different", "cannot_tell")
}


def test_what_is_told_of_trees_of_amendments_is_the_oracles() -> None:
    told = sum((compared(seed) for seed in range(80)), Counter[str]())
    assert {*STATES.values(), *WHOLE, "file"} <= set(told)
