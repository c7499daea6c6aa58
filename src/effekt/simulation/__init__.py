"""Monte-Carlo studies: how methods perform on data whose true effect is known.

A study gives one row per replicate, method and view, so that rows can be kept and measured again; performance measures
come each with their own Monte-Carlo standard error. A `PowerStudy` finds power and the smallest detectable effect.
"""

from effekt.simulation.performance import Performance, PerformanceRow, measure_performance
from effekt.simulation.power import PowerStudy
from effekt.simulation.study import CohortLike, Study, StudyRow, StudyRows

__all__ = [
    "CohortLike",
    "Performance",
    "PerformanceRow",
    "PowerStudy",
    "Study",
    "StudyRow",
    "StudyRows",
    "measure_performance",
]
