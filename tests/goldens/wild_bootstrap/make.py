"""Reference p-values of the wild cluster bootstrap; see README.md. Writes output.json beside itself."""

import csv
import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from wildboottest.wildboottest import WildboottestCL

HERE = Path(__file__).parent
TIE = 1e-9
SHIFT = 4.0  # added to the outcome where ratios are tested, so that means are above zero
warnings.simplefilter("ignore")


def table(name):
    with (HERE.parent / "randomized" / name).open() as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


def design(data, adjusted):
    """Constant, treatment, block indicators and covariate: the additive regression."""
    columns = [np.ones(len(data["y"])), np.array(data["d"], float)]
    if "block" in data:
        columns += [np.array(data["block"]) == name for name in sorted(set(data["block"]))[1:]]
    if adjusted:
        columns.append(np.array(data["x"], float))
    return np.column_stack(columns).astype(float)


def p_values(x, y, clusters, contrast, weights):
    """The statistic and the shares of all combinations that are as extreme; the package itself counts no ties."""
    codes = np.unique(clusters, return_inverse=True)[1]
    test = WildboottestCL(X=x, Y=y, cluster=codes, R=contrast, B=10**6, seed=1, parallel=False)
    test.get_scores(bootstrap_type="11", impose_null=True)
    test.get_weights(weights_type=weights)
    test.get_numer()
    test.get_denom()
    test.get_tboot()
    test.get_vcov()
    test.get_tstat()
    test.get_pvalue()
    t, drawn = float(np.ravel(test.t_stat)[0]), np.ravel(test.t_boot)
    slack = TIE * abs(t)
    return {
        "clusters": int(codes.max()) + 1,
        "t": t,
        "combinations": len(drawn),
        "two-sided": int(np.sum(np.abs(drawn) >= abs(t) - slack)),
        "greater": int(np.sum(drawn >= t - slack)),
        "less": int(np.sum(drawn <= t + slack)),
    }


def main():
    found = []
    for name, adjusted in (("clustered.csv", False), ("clustered.csv", True), ("blocked_clustered.csv", True)):
        data = table(name)
        x, y, d = design(data, adjusted), np.array(data["y"], float), np.array(data["d"], float)
        contrast = np.eye(x.shape[1])[1]
        for null in (0.0, 0.5, -1.0):
            entry = p_values(x, y - null * d, data["cluster"], contrast, "rademacher")
            found.append({"file": name, "adjusted": adjusted, "contrast": "difference", "null": null, **entry})
    data = table("clustered.csv")
    y, d = np.array(data["y"], float) + SHIFT, np.array(data["d"], float)
    for null in (1.0, 1.2, 0.8):
        entry = p_values(np.column_stack([d, 1 - d]), y, data["cluster"], np.array([1.0, -null]), "rademacher")
        found.append({"file": "clustered.csv", "adjusted": False, "contrast": "ratio", "null": null, **entry})
    versions = {package: version(package) for package in ("wildboottest", "numpy", "numba", "pandas")}
    (HERE / "output.json").write_text(json.dumps({"versions": versions, "cases": found}, indent=1) + "\n")


main()
