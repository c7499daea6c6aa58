"""The second route for trials against R (1e-8) and published figures."""

from fractions import Fraction
from math import sqrt
from random import Random
from statistics import linear_regression, mean, variance

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.trials.randomized_trial import randomized_trial

HC = ("HC0", "HC1", "HC2", "HC3")
CR = ("CR0", "CR1", "CR1S", "CR2", "CR3")
NSW = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
TABLES = {
    "individual": {"covariates": ("x1", "x2")},
    "blocked": {"covariates": ("x",), "block": "block"},
    "clustered": {"covariates": ("x",), "cluster": "cluster"},
    "vcov_table": {"covariates": ("x",), "cluster": "cluster"},
    "blocked_clustered": {"covariates": ("x",), "block": "block", "cluster": "cluster"},
}
CASES = [
    (table, adjustment, estimand, name)
    for table, design in TABLES.items()
    for adjustment in ("none", "additive", "lin", "lin_by_block")
    for estimand in ("ATE", "ATT")
    for name in (CR if "cluster" in design else HC)
    if adjustment != "lin_by_block" or "block" in design
]


def run(columns, design, adjustment, **arguments):
    design = {**design, "covariates": () if adjustment == "none" else design["covariates"]}
    given = {"outcome": "y", "treatment": "d", "population": "finite"} | arguments
    return randomized_trial(columns, adjustment=adjustment, **design, **given)


def contrast_df(result, a, b):
    """Return quadratic² / quartic of the stored forms."""
    q, r = result["df_quadratic"], result["df_quartic"]
    square = q[0] * a * a + q[1] * a * b + q[2] * b * b
    return square**2 / sum(r[i] * a ** (4 - i) * b**i for i in range(5))


def close(value):
    return pytest.approx(value, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(("table", "adjustment", "estimand", "name"), CASES)
def test_against_r(trials, trial_goldens, table, adjustment, estimand, name):
    golden = trial_goldens[table][adjustment][estimand]
    result = run(trials[table], TABLES[table], adjustment, estimand=estimand, variance=name)
    spread = golden[name]
    assert float(result["treated_mean"]) == close(golden["treated_mean"])
    assert float(result["counterfactual_mean"]) == close(golden["counterfactual_mean"])
    (v11, v10), (v01, v00) = result["covariance"]
    assert (v11, v10, v01, v00) == tuple(close(spread[key]) for key in ("v11", "v10", "v10", "v00"))
    assert result["std_error"] == close(spread["std_error"])
    assert v11 - 2 * v10 + v00 == pytest.approx(result["std_error"] ** 2, rel=1e-12)
    if name in ("HC2", "CR1", "CR2", "CR3"):
        wanted = [close(value) for value in spread["df"]]
        assert [result["df_treated_mean"], result["df_counterfactual_mean"], result["df"]] == wanted[:3]
        assert contrast_df(result, 1, -1.1) == wanted[3]
    elif name in HC:
        assert result["df"] == golden["n"] - golden["k"]
    else:
        assert result["df"] == len(set(trials[table]["cluster"])) - 1


@pytest.mark.parametrize("adjustment", ["none", "additive"])
@pytest.mark.parametrize("name", HC)
def test_individual_against_estimatr(trials, trial_goldens, adjustment, name):
    golden = trial_goldens["individual"]["estimatr"][adjustment][name]
    result = run(trials["individual"], TABLES["individual"], adjustment, variance=name)
    assert (float(result["estimate"]), result["std_error"]) == (
        close(golden["estimate"]),
        close(golden["std_error"]),
    )


@pytest.mark.parametrize("name", ["HC2", "HC3"])
def test_lin_against_estimatr(trials, trial_goldens, name):
    golden = trial_goldens["individual"]["estimatr"][f"lin_{name}"]
    result = run(trials["individual"], TABLES["individual"], "lin", variance=name)
    assert (float(result["estimate"]), result["std_error"]) == (
        close(golden["estimate"]),
        close(golden["std_error"]),
    )


@pytest.mark.parametrize("table", ["clustered", "vcov_table"])
@pytest.mark.parametrize("adjustment", ["none", "additive"])
@pytest.mark.parametrize(("name", "theirs"), [("CR0", "CR0"), ("CR1S", "stata"), ("CR2", "CR2")])
def test_clusters_against_estimatr(trials, trial_goldens, table, adjustment, name, theirs):
    golden = trial_goldens[table]["estimatr"][adjustment][theirs]
    result = run(trials[table], TABLES[table], adjustment, variance=name)
    numbers = [float(result["estimate"]), result["std_error"], result["df"]]
    assert numbers == [close(golden[key]) for key in ("estimate", "std_error", "df")]


@pytest.mark.parametrize("table", ["clustered", "vcov_table"])
def test_clustered_lin_against_estimatr(trials, trial_goldens, table):
    golden = trial_goldens[table]["estimatr"]["lin_CR2"]
    result = run(trials[table], TABLES[table], "lin")
    numbers = [float(result["estimate"]), result["std_error"], result["df"]]
    assert numbers == [close(golden[key]) for key in ("estimate", "std_error", "df")]


def test_difference_in_means_against_estimatr(trials, trial_goldens):
    welch = randomized_trial(trials["individual"], outcome="y", treatment="d", variance="welch")
    golden = trial_goldens["individual"]["estimatr"]["welch"]
    assert [welch["std_error"], welch["df"]] == [close(golden["std_error"]), close(golden["df"])]
    for table in ("blocked", "blocked_clustered"):
        result = run(trials[table], TABLES[table], "none")
        golden = trial_goldens[table]["estimatr"]
        assert [float(result["estimate"]), result["std_error"]] == [close(golden[k]) for k in ("estimate", "std_error")]
    pairs = randomized_trial(trials["pairs"], outcome="y", treatment="d", pairs="pair")
    golden = trial_goldens["pairs"]["estimatr"]
    numbers = [float(pairs["estimate"]), pairs["std_error"], pairs["df"]]
    assert numbers == [close(golden[key]) for key in ("estimate", "std_error", "df")]
    (v11, v10), (_, v00) = pairs["covariance"]
    assert v11 - 2 * v10 + v00 == pytest.approx(pairs["std_error"] ** 2, rel=1e-12)


def test_blocked_additive_without_covariates(trials, trial_goldens):
    result = randomized_trial(trials["blocked"], outcome="y", treatment="d", block="block", adjustment="additive")
    golden = trial_goldens["blocked"]["additive_blocks_only"]["ATE"]
    assert result["std_error"] == close(golden["HC2"]["std_error"])
    assert float(result["treated_mean"]) == close(golden["treated_mean"])


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_blocks_by_hand(trials, estimand):
    """Weights n_b/N or n₁b/N₁; variance Σ w² (s₁²/n₁ + s₀²/n₀), within blocks."""
    columns = trials["blocked"]
    cells = {}
    for block, d, y in zip(columns["block"], columns["d"], columns["y"], strict=True):
        cells.setdefault(block, {"0": [], "1": []})[d].append(Fraction(y))
    size = {block: len(arms["1"]) + (len(arms["0"]) if estimand == "ATE" else 0) for block, arms in cells.items()}
    weight = {block: Fraction(own, sum(size.values())) for block, own in size.items()}
    wanted = sum(weight[block] * (mean(arms["1"]) - mean(arms["0"])) for block, arms in cells.items())
    neyman = sum(
        weight[block] ** 2 * sum(variance(values) / len(values) for values in arms.values())
        for block, arms in cells.items()
    )
    result = run(columns, TABLES["blocked"], "none", estimand=estimand)
    assert result["estimate"] == wanted
    assert result["std_error"] == pytest.approx(sqrt(neyman), rel=1e-12)


TWELVE_CLUSTERS = {
    "CR0": (0.24677, 11, 0.7617),
    "CR1": (0.25775, 9.995, 0.7721),
    "CR1S": (0.25920, 11, 0.7728),
    "CR2": (0.26985, 9.997, 0.7820),
    "CR3": (0.29529, 9.999, 0.8003),
}


@pytest.mark.parametrize("name", TWELVE_CLUSTERS)
def test_twelve_clusters(trials, name):
    std_error, df, p = TWELVE_CLUSTERS[name]
    result = run(trials["vcov_table"], TABLES["vcov_table"], "additive", variance=name)
    assert float(result["estimate"]) == pytest.approx(0.07671, abs=1e-5)
    assert result["std_error"] == pytest.approx(std_error, abs=1e-5)
    assert result["df"] == pytest.approx(df, abs=1e-3)
    assert result["p_value"] == pytest.approx(p, abs=1e-4)


def test_national_supported_work(nsw, trial_goldens):
    welch = randomized_trial(nsw, outcome="re78", treatment="treat", variance="welch")
    assert float(welch["estimate"]) == pytest.approx(1794.34, abs=0.005)
    assert (welch["std_error"], welch["df"]) == (
        pytest.approx(671.00, abs=0.005),
        pytest.approx(307.13, abs=0.005),
    )
    golden = trial_goldens["nsw"]["estimatr"]["welch"]
    assert (welch["std_error"], welch["df"]) == (close(golden["std_error"]), close(golden["df"]))
    hc2 = randomized_trial(nsw, outcome="re78", treatment="treat")
    assert (hc2["std_error"], hc2["df"]) == (
        pytest.approx(671.00, abs=0.005),
        pytest.approx(396.42, abs=0.005),
    )
    assert hc2["df"] == close(trial_goldens["nsw"]["none"]["ATE"]["HC2"]["df"][2])


def test_national_supported_work_lin(nsw, trial_goldens):
    result = randomized_trial(nsw, outcome="re78", treatment="treat", covariates=NSW, population="finite")
    golden = trial_goldens["nsw"]["estimatr"]["lin_HC2"]
    assert float(result["estimate"]) == close(golden["estimate"])
    assert result["std_error"] == close(golden["std_error"])
    assert result["df"] == close(trial_goldens["nsw"]["lin"]["ATE"]["HC2"]["df"][2])


def test_superpopulation_adds_the_variance_of_the_covariate_mean():
    """One covariate by hand: β_a S²_x/n β_b on top of the finite-population covariance."""
    random = Random(5)
    d = [1] * 9 + [0] * 14
    x = [round(random.gauss(0, 2), 3) for _ in d]
    y = [round(a + (1.5 - a) * own + random.gauss(0, 1), 3) for a, own in zip(x, d, strict=True)]
    columns = {"y": y, "d": d, "x": x}
    given = {"outcome": "y", "treatment": "d", "covariates": ("x",)}
    finite, wide = (randomized_trial(columns, **given, population=kind) for kind in ("finite", "super"))
    slope = [
        linear_regression(*zip(*[(a, b) for a, b, own in zip(x, y, d, strict=True) if own == arm], strict=True)).slope
        for arm in (1, 0)
    ]
    for a in (0, 1):
        for b in (0, 1):
            extra = wide["covariance"][a][b] - finite["covariance"][a][b]
            assert extra == pytest.approx(slope[a] * slope[b] * variance(x) / len(x), rel=1e-9)
    assert wide["df"] == finite["df"]
    assert wide["estimate"] == finite["estimate"]


def test_superpopulation_term_by_blocks_and_clusters(trials):
    """Whole clusters move together, blocks' shares are fixed: the term is a between-cluster variance."""
    columns = trials["blocked_clustered"]
    finite, wide = (run(columns, TABLES["blocked_clustered"], "lin", population=kind) for kind in ("finite", "super"))
    extra = [[wide["covariance"][a][b] - finite["covariance"][a][b] for b in (0, 1)] for a in (0, 1)]
    x = [float(cell) for cell in columns["x"]]
    moved = 0.0
    for block in set(columns["block"]):
        inside = [i for i, own in enumerate(columns["block"]) if own == block]
        centre = mean(x[i] for i in inside)
        sums = {}
        for i in inside:
            sums[columns["cluster"][i]] = sums.get(columns["cluster"][i], 0.0) + x[i] - centre
        moved += len(sums) / (len(sums) - 1) * sum(value**2 for value in sums.values()) / len(x) ** 2
    assert extra[0][1] ** 2 == pytest.approx(extra[0][0] * extra[1][1], rel=1e-9)
    slopes = sqrt(extra[0][0] / moved), sqrt(extra[1][1] / moved)
    assert abs(extra[0][1]) == pytest.approx(slopes[0] * slopes[1] * moved, rel=1e-9)
    given = {"outcome": "y", "treatment": "d", "covariates": ("x",), "block": "block"}
    shifted = {**columns, "x": [cell + 1 for cell in x]}
    moved_mean = randomized_trial(shifted, **given)["treated_mean"]
    assert float(moved_mean) == pytest.approx(float(randomized_trial(columns, **given)["treated_mean"]), rel=1e-12)


def test_row_order_does_not_matter(trials):
    columns = trials["clustered"]
    order = list(range(len(columns["y"])))
    Random(3).shuffle(order)
    shuffled = {name: [cells[i] for i in order] for name, cells in columns.items()}
    first, second = (run(table, TABLES["clustered"], "lin") for table in (columns, shuffled))
    assert first["treated_mean"] == second["treated_mean"]
    assert first["counterfactual_mean"] == second["counterfactual_mean"]
    assert first["std_error"] == pytest.approx(second["std_error"], rel=1e-12)


def small_clusters(treated, control, size=3):
    random = Random(1)
    rows = [(f"g{g}", int(g < treated), random.gauss(0, 1)) for g in range(treated + control) for _ in range(size)]
    return dict(zip(("g", "d", "y"), map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize("name", CR)
@pytest.mark.parametrize(
    ("treated", "control", "reason"),
    [(1, 9, "fewer than two clusters in one arm"), (3, 2, "fewer than six clusters in all")],
)
def test_too_few_clusters_have_no_inference(treated, control, reason, name):
    columns = small_clusters(treated, control)
    result = randomized_trial(columns, outcome="y", treatment="d", cluster="g", variance=name)
    assert result["unavailable"] == reason
    assert (result["std_error"], result["p_value"], result["df"]) == (None, None, None)
    assert isinstance(result["estimate"], Fraction)


@pytest.mark.parametrize("name", ["CR0", "CR1S", "CR2"])
@pytest.mark.parametrize(("treated", "there_is"), [(2, False), (3, False), (4, True)])
def test_small_degrees_of_freedom_have_no_inference(treated, there_is, name):
    """With equal clusters the treated arm alone gives about its number of clusters less one."""
    columns = small_clusters(treated, 30)
    result = randomized_trial(columns, outcome="y", treatment="d", cluster="g", variance=name)
    assert result["unavailable"] == (None if there_is else "Satterthwaite degrees of freedom below 3")
    assert (result["std_error"] is not None) == there_is


def test_no_variation_and_single_units_have_no_inference():
    flat = {"y": [2, 2, 2, 1, 1, 1], "d": [1, 1, 1, 0, 0, 0]}
    result = randomized_trial(flat, outcome="y", treatment="d")
    assert (result["unavailable"], result["estimate"]) == ("no within-arm variation", 1)
    single = {"y": [2, 3, 2, 1, 1, 4], "d": [1, 0, 0, 0, 0, 0]}
    for name in ("HC2", "welch"):
        result = randomized_trial(single, outcome="y", treatment="d", variance=name)
        assert result["unavailable"] == "an arm, of the trial or of a block, holds a single unit"
    blocks = {"y": [2, 3, 2, 1, 1, 4, 9], "d": [1, 0, 0, 1, 1, 0, 0], "b": list("aaabbbb")}
    result = randomized_trial(blocks, outcome="y", treatment="d", block="b")
    assert result["unavailable"] == "an arm, of the trial or of a block, holds a single unit"
    alone = {"y": [2, 3, 2, 1, 1, 4, 9], "d": [1, 1, 1, 0, 0, 0, 0], "x": [0, 0, 0, 0, 0, 0, 1]}
    result = randomized_trial(alone, outcome="y", treatment="d", covariates=("x",), adjustment="additive")
    assert result["unavailable"] == "one unit or cluster alone determines a coefficient"


LONE = {"y": [0.8, 0.7, 0.5, 0.3, 0.3, 0.5, 0.9, 0.1], "c": list("abcdefgh"), "e": [1, 2, 3, 1, 2, 3, 1, 2]}
ALONE = "one unit or cluster alone determines a coefficient"


@pytest.mark.parametrize("name", ["CR0", "CR1S", "CR2", "CR3"])
@pytest.mark.parametrize("counts", [{"cluster_weighted": True}, {"exposure": "e"}, {}])
@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"d": [0, 0, 1, 0, 0, 0, 0, 0]}, "fewer than two clusters in one arm"),
        (
            {"d": [0, 0, 1, 0, 1, 1, 0, 0], "b": list("aaaabbbb")},
            "an arm, of the trial or of a block, holds a single unit",
        ),
        ({"d": [0, 0, 1, 1, 1, 0, 1, 0], "x": [0, 0, 0, 0, 0, 0, 1, 0]}, ALONE),
    ],
    ids=["arm", "block", "covariate"],
)
def test_what_a_lone_cluster_determines_has_no_inference(more, reason, counts, name):
    columns, given = LONE | more, {"outcome": "y", "treatment": "d", "cluster": "c", "variance": name, **counts}
    given |= {"block": "b"} if "b" in more else {}
    given |= {"covariates": ["x"], "adjustment": "additive"} if "x" in more else {}
    found = randomized_trial(columns, **given)
    assert found["std_error"] is None
    assert found["unavailable"] in (reason, "Satterthwaite degrees of freedom below 3")
    assert effekt.randomized_trial(columns, **given).std_error is None


@pytest.mark.parametrize("weights", [None, {"column": "w", "kind": "precision"}])
@pytest.mark.parametrize("variance", [None, "HC0"])
def test_a_unit_that_alone_determines_a_coefficient_leaves_no_inference(variance, weights):
    columns = {
        "y": [2, 3, 2, 1, 1, 4, 9],
        "d": [1, 1, 1, 0, 0, 0, 0],
        "x": [0, 0, 0, 0, 0, 0, 1],
        "w": [1, 2, 1, 2, 1, 1, 3],
    }
    given = {"covariates": ("x",), "adjustment": "additive", "variance": variance, "weights": weights}
    given = {"outcome": "y", "treatment": "d"} | given
    assert randomized_trial(columns, **given)["unavailable"] == ALONE
    assert effekt.randomized_trial(columns, **given).std_error is None


@pytest.mark.parametrize("counts", [{}, {"weights": {"column": "w", "kind": "sampling"}}, {"cluster": "c"}])
def test_the_level_of_a_covariate_moves_nothing(counts):
    """An exact inverse turned into floats had df 0 and a standard error half as large at a level of 10⁹."""
    draw = Random(417)
    rows = range(24)
    columns = {"d": [i % 2 for i in rows], "c": [f"{i // 4}{i % 2}" for i in rows], "w": [1 + i % 3 for i in rows]}
    columns |= {"y": [draw.randrange(40) / 8 for _ in rows], "x": [draw.choice([0, 0.5, 1]) for _ in rows]}
    given = {"outcome": "y", "treatment": "d", "covariates": ["x"], "adjustment": "additive", **counts}
    near = randomized_trial(columns, **given)
    far = randomized_trial(columns | {"x": [10**9 + value for value in columns["x"]]}, **given)
    for name in ("treated_mean", "counterfactual_mean"):
        assert far[name] == near[name]
    for name in ("std_error", "df", "p_value"):
        assert far[name] == pytest.approx(near[name], rel=1e-12)
    assert near["df"] > 3


def test_observed_means_stand_beside_the_adjusted_ones(trials):
    columns = trials["individual"]
    result = run(columns, TABLES["individual"], "lin")
    raw = [mean(Fraction(y) for y, d in zip(columns["y"], columns["d"], strict=True) if d == a) for a in ("1", "0")]
    assert [result["observed_treated_mean"], result["observed_control_mean"]] == raw
    assert result["treated_mean"] != raw[0]


@pytest.mark.parametrize(
    "arguments",
    [
        {"adjustment": "none", "covariates": ("x",)},
        {"adjustment": "lasso"},
        {"estimand": "ATC"},
        {"population": "finitely"},
        {"variance": "CR2"},
        {"variance": "welch", "covariates": ("x",)},
        {"variance": "HC2", "cluster": "block"},
        {"variance": "HC9"},
        {"pairs": "block", "weights": {"column": "x", "kind": "sampling"}},
        {"weights": "x"},
        {"inference": "randomization"},
        {"cluster_weighted": True},
    ],
)
def test_arguments_that_do_not_fit_are_refused(trials, arguments):
    with pytest.raises(ArgumentError):
        randomized_trial(trials["blocked"], outcome="y", treatment="d", **arguments)


def test_arms_and_pairs_must_be_there():
    few = {"y": [1, 2, 3], "d": [1, 0, 0], "x": [1, 2, 4]}
    with pytest.raises(DataError, match="as many rows as regressors"):
        randomized_trial(few, outcome="y", treatment="d", covariates=("x",))
    with pytest.raises(DataError, match="treated and control"):
        randomized_trial({"y": [1, 2], "d": [1, 1]}, outcome="y", treatment="d")
    columns = {"y": [1, 2, 3, 5], "d": [1, 0, 1, 0], "b": ["a", "a", "b", "c"]}
    with pytest.raises(DataError, match="every block must hold"):
        randomized_trial(columns, outcome="y", treatment="d", block="b")
    with pytest.raises(DataError, match="every pair must hold"):
        randomized_trial(columns, outcome="y", treatment="d", pairs="b")
    with pytest.raises(DataError, match="every pair must hold"):
        randomized_trial({**columns, "b": ["a", "b", "a", "b"]}, outcome="y", treatment="d", pairs="b")


# --- rows that count differently -------------------------------------------------------------------

COUNTING = {
    "sampling": {"weights": {"column": "w", "kind": "sampling"}},
    "precision": {"weights": {"column": "w", "kind": "precision"}},
    "probability": {"probability": "p"},
    "probability_att": {"probability": "p", "estimand": "ATT"},
    "exposure": {"outcome": "events", "exposure": "m"},
    "cluster_weighted": {"cluster": "cluster", "cluster_weighted": True},
}
COUNTED = [
    (table, counting, model)
    for table in ("weighted", "weighted_clustered")
    for counting in COUNTING
    for model in ("none", "additive", "lin")
    if (table, counting) != ("weighted", "cluster_weighted")
]


@pytest.mark.parametrize(("table", "counting", "model"), COUNTED)
def test_where_rows_count_differently(trials, trial_goldens, table, counting, model):
    golden = trial_goldens[table][counting][model]
    given = {"outcome": "y", "treatment": "d", "covariates": () if model == "none" else ("x",)} | COUNTING[counting]
    result = randomized_trial(trials[table], adjustment="additive" if model == "additive" else "lin", **given)
    assert float(result["treated_mean"]) == close(golden["treated_mean"])
    assert float(result["counterfactual_mean"]) == close(golden["counterfactual_mean"])
    for name in HC if table == "weighted" else CR:
        by_name = randomized_trial(
            trials[table],
            adjustment="additive" if model == "additive" else "lin",
            population="finite",
            variance=name,
            **{**given, "cluster": "cluster"} if table == "weighted_clustered" else given,
        )
        (v11, v10), (v01, v00) = by_name["covariance"]
        assert (v11, v10, v01, v00) == tuple(close(golden[name][key]) for key in ("v11", "v10", "v10", "v00"))
        if name in ("HC2", "CR1", "CR2", "CR3") and "df" in golden[name]:
            wanted = [close(value) for value in golden[name]["df"]]
            assert [by_name["df_treated_mean"], by_name["df_counterfactual_mean"], by_name["df"]] == wanted


def test_pairs_of_clusters_against_estimatr(trials, trial_goldens):
    given = {"outcome": "y", "treatment": "d", "pairs": "pair", "cluster": "cluster", "variance": "between_pair"}
    result = randomized_trial(trials["paired_clusters"], **given)
    golden = trial_goldens["paired_clusters"]["estimatr"]
    numbers = [float(result["estimate"]), result["std_error"], result["df"]]
    assert numbers == [close(golden[key]) for key in ("estimate", "std_error", "df")]


@pytest.mark.parametrize("table", ["weighted", "weighted_clustered"])
def test_horvitz_thompson_and_frequencies_against_estimatr(trials, trial_goldens, table):
    golden = trial_goldens[table]["estimatr"]
    result = randomized_trial(trials[table], outcome="y", treatment="d", probability="p", adjustment="none")
    assert float(result["estimate"]) == close(golden["horvitz_thompson"]["estimate"])
    if table == "weighted":
        often = {"weights": {"column": "f", "kind": "frequency"}, "covariates": ("x",), "population": "finite"}
        result = randomized_trial(trials[table], outcome="y", treatment="d", **often)
        numbers = [float(result["estimate"]), result["std_error"]]
        assert numbers == [close(golden["frequency_lin"][key]) for key in ("estimate", "std_error")]


@pytest.mark.parametrize(
    ("table", "options"),
    [
        ("weighted", {"weights": {"column": "w", "kind": "sampling"}, "block": "block", "covariates": "x"}),
        ("weighted", {"outcome": "events", "exposure": "m", "probability": "p", "block": "block"}),
        (
            "weighted",
            {
                "outcome": "events",
                "exposure": "m",
                "probability": "p",
                "weights": {"column": "w", "kind": "sampling"},
                "covariates": "x",
                "adjustment": "additive",
            },
        ),
        (
            "weighted_clustered",
            {
                "cluster": "cluster",
                "cluster_weighted": True,
                "weights": {"column": "w", "kind": "sampling"},
                "block": "block",
                "estimand": "ATT",
            },
        ),
        ("weighted", {"probability": "p", "adjustment": "none"}),
        (
            "weighted",
            {
                "weights": {"column": "w", "kind": "sampling"},
                "block": "block",
                "covariates": "x",
                "adjustment": "lin_by_block",
            },
        ),
        ("weighted_clustered", {"probability": "p", "adjustment": "none", "cluster": "cluster"}),
        ("weighted", {"weights": {"column": "w", "kind": "precision"}, "block": "block", "covariates": "x"}),
        ("weighted", {"probability": "p", "block": "block", "covariates": "x", "estimand": "ATT"}),
        (
            "weighted_clustered",
            {"outcome": "events", "exposure": "m", "cluster": "cluster", "covariates": "x", "variance": "CR1S"},
        ),
        ("weighted_clustered", {"probability": "p", "cluster": "cluster", "covariates": "x", "variance": "CR3"}),
        ("paired_clusters", {"pairs": "pair", "cluster": "cluster", "cluster_weighted": True}),
        ("paired_clusters", {"pairs": "pair", "cluster": "cluster", "estimand": "ATT"}),
    ],
)
def test_combinations_against_the_first_route(trials, table, options):
    words = ("block", "cluster", "pair")
    plain = {name: cells if name in words else [float(c) for c in cells] for name, cells in trials[table].items()}
    first = effekt.randomized_trial(plain, **{"outcome": "y", "treatment": "d"} | options)
    names = (options["covariates"],) if "covariates" in options else ()
    second = randomized_trial(trials[table], **{"outcome": "y", "treatment": "d"} | options | {"covariates": names})
    (v11, v10), (_, v00) = second["covariance"]
    assert first.inference.covariance == pytest.approx((v11, v10, v00), rel=1e-9)
    assert (first.std_error, first.df) == pytest.approx((second["std_error"], second["df"]), rel=1e-9)
    assert first.p_value() == pytest.approx(second["p_value"], rel=1e-8)
    assert first.treated_mean == pytest.approx(float(second["treated_mean"]), rel=1e-12)
    assert first.counterfactual_mean == pytest.approx(float(second["counterfactual_mean"]), rel=1e-12)
    assert first.observed.treated == pytest.approx(float(second["observed_treated_mean"]), rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"weights": {"column": "w", "kind": "odd"}}, ArgumentError),
        ({"weights": {"column": "d", "kind": "sampling"}}, DataError),
        ({"weights": {"column": "w", "kind": "frequency"}}, DataError),
        ({"probability": "m"}, DataError),
        ({"probability": "p", "adjustment": "none", "block": "block"}, ArgumentError),
        ({"exposure": "m", "cluster": "block", "cluster_weighted": True}, ArgumentError),
    ],
)
def test_what_does_not_fit_is_refused(trials, arguments, error):
    with pytest.raises(error):
        randomized_trial(trials["weighted"], outcome="y", treatment="d", **arguments)


@pytest.mark.parametrize(
    "options",
    [
        {"covariates": ["x"], "block": "block"},
        {"covariates": ["x"], "weights": {"column": "w", "kind": "sampling"}},
        {"pairs": "pair"},
    ],
)
def test_rows_blocks_and_pairs_that_are_not_whole_are_left_out(trials, options):
    table = trials["pairs" if "pairs" in options else "weighted"]
    words = ("block", "pair")
    columns = {name: cells if name in words else [float(c) for c in cells] for name, cells in table.items()}
    columns["y"] = [None if i % 7 == 3 else value for i, value in enumerate(columns["y"])]
    if "block" in options:  # a block that loses an arm
        lost = columns["block"][0]
        columns["y"] = [
            None if (name, arm) == (lost, 1) else value
            for value, name, arm in zip(columns["y"], columns["block"], columns["d"], strict=True)
        ]
    given = {"outcome": "y", "treatment": "d", **options}
    first, second = (route(columns, **given, missing="drop") for route in (effekt.randomized_trial, randomized_trial))
    assert first.treated_mean == pytest.approx(float(second["treated_mean"]), rel=1e-12)
    assert (first.std_error, first.df) == pytest.approx((second["std_error"], second["df"]), rel=1e-9)
    with pytest.raises(DataError, match="must hold a value in every row, which row 4"):
        randomized_trial({**columns, "y": [None if i == 3 else 1.0 for i in range(len(columns["y"]))]}, **given)


@pytest.mark.parametrize(("inference", "left"), [("asymptotic", "super"), ("randomization", "finite")])
def test_a_population_that_is_not_named_is_that_of_the_first_route(trials, inference, left):
    columns = {name: values[:12] for name, values in trials["individual"].items()}
    given = {"outcome": "y", "treatment": "d", "covariates": ("x1",), "inference": inference}
    found, wanted = (randomized_trial(columns, **given, population=one) for one in (None, left))
    functions = {"test": None, "test_of_ends": None}
    assert {**found, **functions} == {**wanted, **functions}
