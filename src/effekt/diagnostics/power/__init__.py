"""How small an effect a plan can be expected to find, and how often a true one reaches the contract's threshold.

One file for each kind of plan, all of them a `Design`; `detectable` asks any of them for its smallest effect.
"""

from effekt.diagnostics.power.clusters import BlockClusteredDesign, ClusteredDesign
from effekt.diagnostics.power.compliers import ComplierDesign
from effekt.diagnostics.power.detectable import Rule, Scale, minimum_detectable_effect
from effekt.diagnostics.power.events import RatesDesign, SharesDesign
from effekt.diagnostics.power.periods import PanelDesign
from effekt.diagnostics.power.placebos import KnownPrecision, PlaceboDesign
from effekt.diagnostics.power.plan import Design, Sided
from effekt.diagnostics.power.units import BlockedDesign, IndividualDesign, PairedDesign, ProbabilityDesign

__all__ = [
    "BlockClusteredDesign",
    "BlockedDesign",
    "ClusteredDesign",
    "ComplierDesign",
    "Design",
    "IndividualDesign",
    "KnownPrecision",
    "PairedDesign",
    "PanelDesign",
    "PlaceboDesign",
    "ProbabilityDesign",
    "RatesDesign",
    "Rule",
    "Scale",
    "SharesDesign",
    "Sided",
    "minimum_detectable_effect",
]
