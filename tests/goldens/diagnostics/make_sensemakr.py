"""Goldens for robustness values, from the Python port of sensemakr and its table of Darfur.

Usage: python make_sensemakr.py, in an environment with PySensemakr and statsmodels. The table is read, never copied.
"""

import json
from importlib.metadata import version
from pathlib import Path

import sensemakr
import statsmodels.formula.api as smf
from sensemakr.bias_functions import adjusted_estimate, adjusted_se
from sensemakr.sensitivity_statistics import partial_r2, robustness_value

REST = "age + farmer_dar + herder_dar + pastvoted + hhsize_darfur + female + C(village)"

table = sensemakr.load_darfur()
fit = smf.ols(f"peacefactor ~ directlyharmed + {REST}", table).fit()
of_treatment = smf.ols(f"directlyharmed ~ {REST}", table).fit()
estimate, error = float(fit.params["directlyharmed"]), float(fit.bse["directlyharmed"])
df = int(fit.df_resid)


def scalar(found):
    return float(found.iloc[0]) if hasattr(found, "iloc") else float(found)


t = estimate / error
out = {
    "estimate": float(estimate),
    "std_error": float(error),
    "df": df,
    "partial_r2": scalar(partial_r2(t_statistic=t, dof=df)),
    "robustness_value": scalar(robustness_value(t_statistic=t, dof=df, q=1)),
    "robustness_value_interval": scalar(robustness_value(t_statistic=t, dof=df, q=1, alpha=0.05)),
    "halved": {
        "threshold": float(estimate / 2),
        "robustness_value": scalar(robustness_value(t_statistic=t, dof=df, q=0.5)),
        "robustness_value_interval": scalar(robustness_value(t_statistic=t, dof=df, q=0.5, alpha=0.05)),
    },
    "female": {
        "r2_treatment": float(
            of_treatment.tvalues["female"] ** 2 / (of_treatment.tvalues["female"] ** 2 + of_treatment.df_resid)
        ),
        "r2_outcome": float(fit.tvalues["female"] ** 2 / (fit.tvalues["female"] ** 2 + fit.df_resid)),
        "bounds": [],
    },
}
for times in (1, 2, 3):
    bound = sensemakr.sensitivity_bounds.ovb_partial_r2_bound(
        r2dxj_x=out["female"]["r2_treatment"], r2yxj_dx=out["female"]["r2_outcome"], kd=times, ky=times
    )
    r2d, r2y = (scalar(bound[name]) for name in ("r2dz_x", "r2yz_dx"))
    out["female"]["bounds"].append(
        {
            "times": times,
            "r2_treatment": r2d,
            "r2_outcome": r2y,
            "estimate": scalar(adjusted_estimate(r2d, r2y, estimate=estimate, se=error, dof=df)),
            "std_error": scalar(adjusted_se(r2d, r2y, se=error, dof=df)),
        }
    )
folder = Path(__file__).parent
(folder / "sensemakr.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
versions = [f"{name} {version(name)}" for name in ("PySensemakr", "statsmodels", "pandas", "numpy")]
(folder / "SESSION-sensemakr.txt").write_text("\n".join(versions) + "\n", encoding="utf-8")
