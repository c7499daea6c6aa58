"""Files that a program saved anew against a slow statement of the rule, over files changed by chance."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from oracles import saved_files
from workflow.test_several_settlements import DEMO, KEY, TEXT, settled

from effekt.certificates import DEMO_KEY, generate_key, key_id, public_key, public_text, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.workflow.rules.saved_anew import told_of_form
from effekt.workflow.rules.signatures import signature_findings

ONE = settled(TEXT, "2023-01-31", "10", "0")
BOTH = ONE.sign(DEMO_KEY)
STRANGER = sign(ONE.envelope, generate_key())
KEYS = {key_id(public_key(key)): public_text(public_key(key)) for key in (KEY, DEMO_KEY)}
Tree = dict[str, Any]


def untouched(tree: Tree, rng: random.Random) -> None:
    pass


def reversed_signatures(tree: Tree, rng: random.Random) -> None:
    tree["signatures"].reverse()


def none_left(tree: Tree, rng: random.Random) -> None:
    tree["signatures"].pop()


def one_twice(tree: Tree, rng: random.Random) -> None:
    tree["signatures"].append(tree["signatures"][-1])


def a_bit_of_a_signature(tree: Tree, rng: random.Random) -> None:
    sig = bytearray(base64.b64decode(tree["signatures"][0]["sig"]))
    sig[rng.randrange(32)] ^= 1 << rng.randrange(8)
    tree["signatures"][0]["sig"] = base64.b64encode(sig).decode()


def the_sum(tree: Tree, rng: random.Random) -> None:
    payload = base64.b64decode(tree["payload"]).replace(b'"total":"', b'"total":"1')
    tree["payload"] = base64.b64encode(payload).decode()


def another_last_character(tree: Tree, rng: random.Random) -> None:
    sig = tree["signatures"][0]["sig"]  # of 64 bytes: the last character before == has four bits that count for nothing
    tree["signatures"][0]["sig"] = f"{sig[:-3]}{chr(ord(sig[-3]) + 1)}=="


CHANGES: list[Callable[[Tree, random.Random], None]] = [
    *(untouched, reversed_signatures, none_left, one_twice, a_bit_of_a_signature, the_sum, another_last_character)
]
WRITINGS: list[Callable[[Tree], bytes]] = [
    saved_files.plain,
    lambda tree: json.dumps(tree, indent=2).encode(),
    lambda tree: saved_files.plain(tree) + b"\n",
    lambda tree: json.dumps(dict(reversed(list(tree.items()))), separators=(",", ":")).encode(),
]


def test_the_demonstration_key_is_one_of_the_contract() -> None:
    assert DEMO in KEYS.values()


@pytest.mark.parametrize("seed", range(120))
def test_that_only_the_form_is_wrong_is_said_where_it_is(seed: int) -> None:
    rng = random.Random(seed)
    envelope = rng.choice([ONE.envelope, BOTH.envelope, STRANGER])
    tree = json.loads(envelope.to_bytes())
    rng.choice(CHANGES)(tree, rng)
    raw = rng.choice(WRITINGS)(tree)
    found = Certificate(read_envelope(raw))
    before = list(signature_findings(found, found.contract))
    told = list(told_of_form(before, found, found.contract))
    words = " Use the file as it was written."
    said = [one for one in told if one.name == "signatures" and one.text.en.endswith(words)]
    assert bool(said) == saved_files.only_its_form(raw, KEYS, 1)
    assert [(one.name, one.verdict) for one in told] == [(one.name, one.verdict) for one in before]
    assert all(one in before for one in told if one not in said)
