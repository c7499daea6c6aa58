"""A match read from its JSON: what was altered is refused in one sentence, and nothing ends in a traceback."""

from __future__ import annotations

import copy
import hashlib
import inspect
import json

import pytest

import effekt
from effekt.estimators.matching.arguments import CHOICES, STATED
from effekt.exceptions import ArgumentError, EffektError

N = 24
PEOPLE = {
    "unit": [f"p{i}" for i in range(N)],
    "d": [1, 0, 0] * (N // 3),
    "x": [float(i * 7 % 11) for i in range(N)],
    "s": ["a", "b", "b", "a"] * (N // 4),
    "y": [float(i * 5 % 13) for i in range(N)],
}
ROLES = {"unit": "unit", "treatment": "d", "covariates": "x"}
WAYS = {
    "nearest": {"caliper": 2.0, "exact": "s", "calipers": {"x": 5}, "units_digest": None},
    "everyone": {"replace": True, "estimand": "ATE", "ratio": 2},
    "full": {"method": "full", "discard": [0.01, 0.99], "tie_orders": 2},
    "coarsened": {"method": "coarsened_exact", "cutpoints": {"x": [4]}},
    "overlap": {"method": "overlap", "estimand": "ATO"},
    "supported": {"method": "inverse_probability", "discard": [0.34, 0.9]},
}
EMPTY = {"removed": [], "treated": [], "control": []}
PAIRLESS = {"first": [], "second": [], "share": [], "distance": [], "orders": []}
BAD = (None, "x", -1, 0, 7, 0.5, True, [], {}, ["x"], {"x": 1}, "ATE", "optimal")


def made(way):
    return effekt.match_controls(PEOPLE, **ROLES, **WAYS[way])


def read(match, change, units=None):
    """The match from its JSON as `change` leaves it, with its units."""
    plain = json.loads(match.to_json())
    change(plain)
    return effekt.Match.from_json(json.dumps(plain)).with_units(units or match.units_to_json())


def refusal(of, change, units=None):
    with pytest.raises(ArgumentError) as found:
        read(of, change, units)
    return str(found.value)


def forged(match, change):
    """The match with other units, under the digest that these have: whoever writes both can."""
    units = json.loads(match.units_to_json())
    change(units)
    public = json.loads(match.to_json())
    following = ("share", "distance") if match.sets is None and not match.pairs else ("weight", "share", "distance")
    decided = {name: value for name, value in units.items() if name not in following}
    decided["arguments"] = public["arguments"]
    text = json.dumps(decided, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    public["units_digest"] = hashlib.sha256(text.encode()).hexdigest()
    return effekt.Match.from_json(json.dumps(public)).with_units(json.dumps(units))


def put(units, change):
    """Other values; a number for every row, and `...` for none."""
    for name, value in change.items():
        if value is ...:
            del units[name]
        else:
            of_rows = isinstance(value, (int, float)) and name in units
            units[name] = [value] * len(units[name]) if of_rows else value


def places(plain, path=()):
    """Every place in a JSON tree; of a list the first two."""
    members = plain.items() if isinstance(plain, dict) else enumerate(plain[:2]) if isinstance(plain, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


@pytest.mark.parametrize("way", WAYS)
def test_an_honest_match_comes_back(way):
    match = made(way)
    back = read(match, lambda plain: None)
    assert back == match
    assert back.units_to_json() == match.units_to_json()
    assert back.arguments == match.arguments
    assert effekt.matched_comparison(PEOPLE, match=back, outcome="y") == effekt.matched_comparison(
        PEOPLE, match=match, outcome="y"
    )


@pytest.mark.parametrize("way", WAYS)
def test_no_altered_value_ends_in_a_traceback_and_no_other_argument_passes(way):
    match, tried = made(way), 0
    public, units = json.loads(match.to_json()), match.units_to_json()
    for path in places(public):
        for bad in (..., *BAD):
            plain = copy.deepcopy(public)
            inner = plain
            for name in path[:-1]:
                inner = inner[name]
            if bad is ...:
                del inner[path[-1]]
            elif json.dumps(inner[path[-1]]) == json.dumps(bad):
                continue
            else:
                inner[path[-1]] = bad
            tried += 1
            try:
                back = effekt.Match.from_json(json.dumps(plain))
                back.summary()
                repr(back)
                back = back.with_units(units)
            except EffektError:
                continue
            assert path[0] not in ("arguments", "units_digest", "schema")
            assert path[0] != "spread" or back.spread == match.spread
            assert back.counts == match.counts or path[1] in ("treated", "controls", "dropped", "discarded", "by_order")
            effekt.matched_comparison(PEOPLE, match=back, outcome="y").summary()
    assert tried > 500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("estimand", "ATC"),
        ("method", "optimal"),
        ("covariates", ["x", "s"]),
        ("caliper", 1.0),
        ("calipers", {"x": 4}),
        ("salt", "z"),
        ("missing", "drop"),
    ],
)
def test_another_argument_is_told_by_the_digest(name, value):
    found = refusal(made("nearest"), lambda plain: plain["arguments"].update({name: value}))
    assert found.startswith("`text` must be the units of this match, unchanged as its arguments; their digest is ")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"arguments": {}}, "The JSON at `arguments` lacks the key 'unit'. Use it as it was written."),
        (
            {"arguments.calliper": 1},
            "The JSON at `arguments` has the unknown key 'calliper'. Did you mean 'caliper'? Use it as it was written.",
        ),
        ({"arguments.moments": None}, "The JSON at `arguments.moments` must be as a match writes it; got None."),
        ({"arguments.calipers": {"x": "5"}}, "The JSON at `arguments.calipers` must be as a match writes it; got "),
        ({"arguments.estimand": "ATE"}, "`replace` must be True with method 'nearest' and estimand 'ATE'"),
        ({"arguments.covariates": 5}, "`covariates` must be a column name or a list of column names; got 5."),
        ({"arguments.propensity": "logits"}, "`propensity` must be 'logit' or 'probit'; got 'logits'."),
        ({"arguments.units_digest": "0" * 64}, "The JSON at `arguments.units_digest` must be the `units_digest` of "),
        ({"counts.short": -1}, "The JSON at `counts.short` must hold whole numbers of at least 0. Use it as "),
        ({"counts.unmatched": 1}, "The JSON at `counts.unmatched` must be `treated` less `matched`; got 1. Use it "),
        ({"counts.controls": 1}, "The JSON at `counts.controls_used` must be at most `controls`; got 8. Use it as "),
        ({"counts.discarded": 1}, "The JSON at `counts.discarded` must be 0 of a match without `discard`; got 1."),
        ({"caliper_width": None}, "The JSON at `caliper_width` must be a number where `caliper` is one, and else null"),
        ({"units_digest": "x"}, "The JSON at `units_digest` must be 64 hexadecimal digits, of a sealed match after "),
        ({"counts.short": 1}, "`counts.short` must be that of the units, 0; got 1. Use the match as it was written."),
        (
            {"counts.by_order": 9},
            "`counts.by_order` must be 0 to 8, by the units; got 9. Use the match as it was written.",
        ),
        ({"caliper_width": 1e-9}, "`text` must be what `units_to_json` returned; a `distance` exceeds the caliper."),
    ],
)
def test_what_is_altered_is_refused_in_one_sentence(change, sentence):
    def alter(plain):
        for path, value in change.items():
            *above, last = path.split(".")
            inner = plain
            for name in above:
                inner = inner[name]
            inner[last] = value

    found = refusal(made("nearest"), alter)
    assert found.startswith(sentence)
    assert found[-1] in ".?"


SPREAD = {"n_controls": 29000, "effective_controls": 29000.0, "max_share_controls": 0.00003}


@pytest.mark.parametrize("way", ["overlap", "supported"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda plain: plain.pop("spread"), "`spread` must be there where units are weighted, and nowhere else."),
        *(
            (
                lambda plain, n={name: value}: plain["spread"]["values"].update(n),
                f"`spread.values.{name}` must be that of the units, ",
            )
            for name, value in [
                *SPREAD.items(),
                ("n_treated", -1),
                ("effective_treated", None),
                ("max_share_treated", ""),
            ]
        ),
        (
            lambda plain: plain["spread"]["values"].pop("n_treated"),
            "`spread.values.n_treated` must be that of the units",
        ),
        (lambda plain: plain["spread"]["values"].update(more=1), "`spread` must be what its numbers say, and no more."),
        (lambda plain: plain["spread"].update(status="information"), "`spread` must be what its numbers say, and no "),
        (lambda plain: plain["spread"].update(table={"w": [1]}), "`spread` must be what its numbers say, and no more."),
        (
            lambda plain: plain["spread"]["statement"].update(en="The controls count as 29,000."),
            "`spread` must be what its numbers say, and no more.",
        ),
    ],
)
def test_a_spread_of_weights_that_is_not_theirs_is_refused(way, change, sentence):
    found = refusal(made(way), change)
    assert found.startswith(sentence)
    assert found.endswith(" Use the match as it was written.")


def test_of_rows_that_support_left_out_the_arm_is_read_within_their_number():
    match = made("supported")
    assert match.counts.discarded > 1
    own, kept = match.spread.values, match.unit_table().treated
    assert own["n_treated"] > kept.sum()
    assert own["n_controls"] > (~kept).sum()

    def moved(by):
        return lambda plain: plain["spread"]["values"].update(
            n_treated=own["n_treated"] + by, n_controls=own["n_controls"] - by
        )

    assert read(match, moved(-1)).spread.values["n_treated"] == own["n_treated"] - 1
    assert "`spread.values.n_treated` must be" in refusal(match, moved(1))
    assert "`spread.values.n_treated` must be" in refusal(match, moved(int(kept.sum()) - own["n_treated"] - 1))


@pytest.mark.parametrize("method", ["nearest", "coarsened_exact"])
def test_a_spread_where_nobody_is_weighted_is_refused(method):
    spread = json.loads(made("overlap").to_json())["spread"]
    match = effekt.match_controls(PEOPLE, **ROLES, method=method)
    found = refusal(match, lambda plain: plain.update(spread=spread))
    assert found == (
        "`spread` must be there where units are weighted, and nowhere else. Use the match as it was written."
    )


TIES = {**PEOPLE, "x": [float(i // 3 % 3) for i in range(N)]}
"""People among whom several are as near."""


def by_order(n):
    return lambda plain: plain["counts"].update(by_order=n)


@pytest.mark.parametrize(
    ("options", "least", "most"),
    [
        ({"method": "full"}, None, None),
        ({"method": "optimal"}, 1, None),
        ({"method": "nearest"}, 0, None),
        ({"method": "nearest", "replace": True}, 0, 0),
        ({"method": "nearest", "replace": True, "reuse": 2}, 0, None),
        ({"method": "nearest", "distance": "mahalanobis"}, 0, None),
        ({"method": "coarsened_exact"}, 0, 0),
        ({"method": "overlap", "estimand": "ATO"}, 0, 0),
    ],
)
def test_pairs_that_the_keyed_order_decided_are_held_as_far_as_the_units_show(options, least, most):
    match = effekt.match_controls(TIES, **ROLES, **options)
    own = match.counts.by_order
    assert read(match, by_order(own)).counts == match.counts
    assert bool(own) == (most is None)
    least, most = own if least is None else least, own if options["method"] == "full" else most
    most = match.counts.pairs if most is None else most
    for n in range(most + 3):
        if least <= n <= most:
            assert read(match, by_order(n)).counts.by_order == n
        else:
            assert "`counts.by_order` must be" in refusal(match, by_order(n))


def test_no_pair_is_decided_by_order_where_no_order_was_kept():
    match = effekt.match_controls({**PEOPLE, "x": [float(i * i) for i in range(N)]}, **ROLES)
    assert match.counts.by_order == 0
    assert refusal(match, by_order(1)) == (
        "`counts.by_order` must be that of the units, 0; got 1. Use the match as it was written."
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("schema", "x", "its `schema` is not 'effekt/match-units/1'"),
        ("units", "p0", "its `units` is no list"),
        ("units", [1, 2], "its `units` are not all text"),
        ("units", ["\ud800"], "its `units` are not all text"),
        ("units", ["p0", "p0"], "one of its `units` stands twice"),
        ("treated", [1], "its `treated` is not as long as the other columns"),
        ("treated", 2, "its `treated` has a number out of range"),
        ("first", 99, "its `first` has a number out of range"),
        ("share", True, "its `share` has a number out of range"),
        ("distance", -1.0, "its `distance` has a number out of range"),
        ("distance", float("nan"), "its `distance` has a number out of range"),
        ("orders", [{}], "its `orders` hold more or less than ('removed', 'treated', 'control')"),
        ("orders", [{"removed": [], "treated": [0], "control": []}], "its `orders` have half a pair"),
        ("cutpoints", [], "its `cutpoints` are no object"),
        ("more", 1, "it has the unknown key 'more'"),
    ],
)
def test_units_of_another_form_are_refused(name, value, why):
    match = made("nearest")
    units = json.loads(match.units_to_json())
    put(units, {name: value})
    assert refusal(match, lambda plain: None, json.dumps(units)) == (
        f"`text` must be what `units_to_json` returned; {why}. Use it as it was written."
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x", "it is not JSON"),
        ("[" * 10**5, "it is not JSON"),
        ("[]", "it is no object"),
        ("{}", "it lacks the key 'schema'"),
    ],
)
def test_a_text_that_is_no_table_of_units_is_refused(text, why):
    found = refusal(made("nearest"), lambda plain: None, text)
    assert found == f"`text` must be what `units_to_json` returned; {why}. Use it as it was written."


def swap(units):
    units["first"], units["second"] = units["second"], units["first"]


@pytest.mark.parametrize(
    ("way", "change", "why"),
    [
        ("nearest", {"weight": 2.0}, "its `weight` is not that of its sets and pairs"),
        ("nearest", {"share": 0.5}, "its `share` is not that of its pairs"),
        ("nearest", {"distance": 1e9}, "a `distance` exceeds the caliper"),
        ("nearest", swap, "a pair is not of a treated and a control"),
        ("nearest", {"sets": None}, "method 'nearest' has sets, or it has none"),
        ("nearest", {"sets": 0}, "its `weight` is not that of its sets and pairs"),
        ("full", PAIRLESS, "method 'full' has pairs, or it has none"),
        ("everyone", {"of_treated": ...}, "its `of_treated` is for both arms, matched in turn"),
        ("coarsened", {"treated": 1}, "one of its `sets` lacks an arm"),
        ("full", {"cutpoints": {"x": [1.5]}}, "its `cutpoints` are for 'coarsened_exact'"),
        ("coarsened", {"orders": [EMPTY]}, "its `orders` are of pairs, and it has none"),
        ("overlap", {"weight": 0.0}, "an arm has no weight"),
    ],
)
def test_units_that_disagree_with_themselves_are_refused_whatever_their_digest(way, change, why):
    with pytest.raises(ArgumentError) as found:
        forged(made(way), change if callable(change) else lambda units: put(units, change))
    assert str(found.value) == f"`text` must be what `units_to_json` returned; {why}. Use it as it was written."


def test_a_last_digit_of_a_distance_is_no_other_match():
    match = made("nearest")
    moved = json.loads(match.units_to_json())
    moved["distance"] = [one * (1 + 2**-50) for one in moved["distance"]]
    assert moved["distance"] != json.loads(match.units_to_json())["distance"]
    assert read(match, lambda plain: None, json.dumps(moved)).units_digest == match.units_digest


def test_a_choice_that_changes_nothing_has_no_part_in_the_digest():
    plain = effekt.match_controls(PEOPLE, **ROLES)
    named = effekt.match_controls(PEOPLE, **ROLES, propensity="logit", order="largest")
    assert named.units_digest == plain.units_digest
    assert effekt.match_controls(PEOPLE, **ROLES, propensity="probit").units_digest != plain.units_digest


def test_the_arguments_of_a_match_are_those_of_the_call():
    assert {*STATED, *CHOICES} == {*inspect.signature(effekt.match_controls).parameters} - {"data"}
