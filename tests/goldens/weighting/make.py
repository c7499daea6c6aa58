"""Reference numbers for weighting and doubly robust estimation; see README.md. Writes output.json beside itself."""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from causaldata import nsw_mixtape
from delicatessen import MEstimator
from delicatessen.estimating_equations import ee_aipw, ee_ipw, ee_ipw_cbps
from doubleml import DoubleMLData, DoubleMLIRM
from econml.dr import LinearDRLearner
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.discrete.discrete_model import Logit
from statsmodels.regression.linear_model import OLS
from statsmodels.treatment.treatment_effects import TreatmentEffect

HERE = Path(__file__).parent
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
PACKAGES = ("causaldata", "delicatessen", "doubleml", "econml", "numpy", "scikit-learn", "scipy", "statsmodels")
SETTINGS = {"n_estimators": 100, "learning_rate": 0.1, "max_depth": 2, "min_samples_leaf": 20, "random_state": 7}

warnings.simplefilter("ignore")
data = nsw_mixtape.load_pandas().data
y, d, x = data.re78.to_numpy(float), data.treat.to_numpy(float), data[COVARIATES].to_numpy(float)
z = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / x.std(axis=0)])
k = z.shape[1]
logit = Logit(d, z).fit(method="newton", tol=1e-14, maxiter=100, disp=False)


def m_estimate(psi, start):
    """Means (treated, control) and their covariance by delicatessen, derivatives by its automatic differentiation."""
    found = MEstimator(psi, init=start)
    found.estimate(solver="lm", tolerance=1e-13, maxiter=20_000, deriv_method="exact")
    return {"means": found.theta[1:3].tolist(), "covariance": found.variance[1:3, 1:3].tolist()}


def stacks():
    """Inverse probability (Hájek), covariate balancing propensity and AIPW, all for the ATE."""
    thousands = y / 1000  # near 1, where the solver works best; scaled back below
    start = [0.0, thousands[d == 1].mean(), thousands[d == 0].mean()]
    design = np.column_stack([z, z * d[:, None]])
    ones, zeros = np.column_stack([z, z]), np.column_stack([z, 0 * z])
    slopes = np.linalg.lstsq(design, thousands, rcond=None)[0]
    found = {
        "inverse_probability": m_estimate(
            lambda theta: ee_ipw(theta, y=thousands, A=d, W=z, weight_type="hajek"), [*start, *logit.params]
        ),
        "covariate_balancing_propensity": m_estimate(
            lambda theta: ee_ipw_cbps(theta, y=thousands, A=d, W=z, weight_type="hajek"), [*start, *logit.params]
        ),
        "aipw": m_estimate(
            lambda theta: ee_aipw(theta, y=thousands, A=d, W=z, X=design, X1=ones, X0=zeros),
            [*start, *logit.params, *slopes],
        ),
    }
    return {
        name: {
            "means": [1000 * mean for mean in one["means"]],
            "covariance": [[1e6 * v for v in row] for row in one["covariance"]],
        }
        for name, one in found.items()
    }


def treatment_effects():
    """statsmodels: estimate and standard error by GMM, which differentiates numerically."""
    effects = TreatmentEffect(OLS(y, z), d.astype(int), results_select=logit)
    found = {}
    for name, options in {
        "ipw_ate": {},
        "ipw_att": {"effect_group": 1},
        "ipw_atc": {"effect_group": 0},
        "aipw_ate": {},
    }.items():
        method = getattr(effects, name.partition("_")[0])
        whole = method(return_results=True, **options)
        found[name] = {
            "estimate": float(method(return_results=False, **options)[0]),
            "se": float(whole.results_gmm.bse[0]),
        }
    return found


class ByArm(BaseEstimator):
    """An outcome model for econml, whose design ends with the treatment: one model in each arm."""

    def __init__(self, model):
        self.model = model

    def fit(self, features, outcome):
        self.models_ = [
            clone(self.model).fit(features[features[:, -1] == arm, :-1], outcome[features[:, -1] == arm])
            for arm in (0, 1)
        ]
        return self

    def predict(self, features):
        first, second = (model.predict(features[:, :-1]) for model in self.models_)
        return np.where(features[:, -1] == 1, second, first)


def cross_fitted():
    """DoubleML (ATE and ATT with standard errors) and econml (ATE) on the same folds and learners."""
    fold = np.empty(len(d), int)
    for arm in (0, 1):
        rows = np.flatnonzero(d == arm)
        fold[np.random.default_rng(11).permutation(rows)] = np.arange(len(rows)) % 5
    cuts = [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(5)]
    learners = {"ml_g": GradientBoostingRegressor(**SETTINGS), "ml_m": GradientBoostingClassifier(**SETTINGS)}
    table = DoubleMLData.from_arrays(x, y, d)
    found = {"fold": "".join(map(str, fold.tolist())), "seed": SETTINGS["random_state"]}
    for name, score in (("ate", "ATE"), ("att", "ATTE")):
        model = DoubleMLIRM(table, **learners, n_folds=5, score=score, draw_sample_splitting=False)
        model.set_sample_splitting([cuts])
        model.fit()
        found[name] = {"estimate": float(model.coef[0]), "se": float(model.se[0])}
    smooth = (
        make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky", tol=1e-12)),
        make_pipeline(StandardScaler(), Ridge()),
    )
    pairs = {"econml_ate": (learners["ml_m"], learners["ml_g"]), "econml_ate_smooth": smooth}
    for name, (classifier, regressor) in pairs.items():
        model = LinearDRLearner(
            model_propensity=classifier,
            model_regression=ByArm(regressor),
            min_propensity=0.01,
            cv=cuts,
            random_state=1,
        )
        model.fit(y, d, X=x)
        found[name] = float(model.ate(x))
    return found


versions = {name: version(name) for name in PACKAGES}
output = {"versions": versions, "stacks": stacks(), "statsmodels": treatment_effects(), "cross_fitted": cross_fitted()}
(HERE / "output.json").write_text(json.dumps(output, indent=1) + "\n", encoding="utf-8")
