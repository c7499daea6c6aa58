"""Two-stage least squares by linearmodels on the tables beside this file. Needs linearmodels and pandas."""

import json
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from linearmodels.iv import IV2SLS

FOLDER = Path(__file__).parent


def fitted(name: str, covariates: list[str]) -> dict[str, dict[str, float]]:
    """Estimate and standard errors without factor, with n/(n - k), and by cluster where there are clusters."""
    data = pd.read_csv(FOLDER / f"{name}.csv").assign(constant=1.0)
    model = IV2SLS(data["y"], data[["constant", *covariates]], data["d"], data["z"])
    fits = {"HC0": model.fit(cov_type="robust"), "HC1": model.fit(cov_type="robust", debiased=True)}
    if "cluster" in data:
        fits = {"CR0": model.fit(cov_type="clustered", clusters=data["cluster"].astype("category").cat.codes)}
    return {
        key: {"estimate": float(fit.params["d"]), "std_error": float(fit.std_errors["d"])} for key, fit in fits.items()
    }


if __name__ == "__main__":
    found: dict[str, object] = {"linearmodels": version("linearmodels"), "pandas": version("pandas")}
    for table in ("individual", "weak", "clustered"):
        found[table] = {"none": fitted(table, []), "additive": fitted(table, ["x"])}
    (FOLDER / "linearmodels.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
