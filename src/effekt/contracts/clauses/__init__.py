"""What a contract pays: one file for each kind of way, joined by `clause`.

>>> from effekt.contracts.clauses import KINDS
>>> "milestones" in KINDS
True
"""

from effekt.contracts.clauses.clause import KINDS, Clause, GreaterOf, LesserOf, Several, Sum
from effekt.contracts.clauses.per_unit import Fixed, ShareOfSavings, UnitPrice
from effekt.contracts.clauses.schedules import Bands, Piecewise, Tiers

__all__ = [
    "KINDS",
    "Bands",
    "Clause",
    "Fixed",
    "GreaterOf",
    "LesserOf",
    "Piecewise",
    "Several",
    "ShareOfSavings",
    "Sum",
    "Tiers",
    "UnitPrice",
]
