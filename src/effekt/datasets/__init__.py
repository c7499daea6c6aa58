"""Synthetic cohorts with known truth, and small real data with source and terms of use.

A synthetic cohort is a `Cohort`: a table as an estimator reads it, and the true effect the table was made with. All
chance comes from `rng`, a seed or a `numpy.random.Generator`; the same seed gives the same table, digit for digit, with
the same version of NumPy.
"""

from effekt.datasets.cohort import Cohort
from effekt.datasets.confounded import observational
from effekt.datasets.panels import two_group_panel
from effekt.datasets.published import helsingborg, nsw, nsw_cps
from effekt.datasets.sick_leave import sick_leave_panel
from effekt.datasets.staggered import staggered_panel
from effekt.datasets.trials import trial

__all__ = [
    "Cohort",
    "helsingborg",
    "names",
    "nsw",
    "nsw_cps",
    "observational",
    "sick_leave_panel",
    "staggered_panel",
    "trial",
    "two_group_panel",
]


def names() -> tuple[str, ...]:
    """The data sets, each a function of this module; `helsingborg`, `nsw` and `nsw_cps` are real, the others synthetic.

    Examples
    --------
    >>> print(*names())
    helsingborg nsw nsw_cps observational sick_leave_panel staggered_panel trial two_group_panel
    """
    return tuple(name for name in __all__ if name not in ("Cohort", "names"))
