"""What a reader is told where the outcome does not vary in one of the two arms."""

from __future__ import annotations

import numpy as np

from effekt._inference import Inference, StudentT
from effekt._text import Text
from effekt._types import FloatArray
from effekt.result import Note

ROUNDING = 1e-20  # a variance this small beside the other is rounding


def constant_arm_notes(inference: Inference, outcomes: tuple[FloatArray, FloatArray] | None = None) -> tuple[Note, ...]:
    """The note of a standard error that rests on one arm alone; none where both vary.

    `outcomes` of the treated and the controls, where a model common to both may give a variance to an arm without any.
    """
    if not isinstance(inference, StudentT) or inference.scale != "linear":
        return ()
    treated, _, control = inference.covariance
    nothing = min(treated, control) <= ROUNDING * max(treated, control)
    constant = [np.ptp(values) == 0 for values in outcomes or ()]
    if not (nothing or any(constant)):
        return ()
    arm = (
        Text(en="treated", sv="behandlade")
        if (treated < control if nothing else constant[0])
        else Text(en="controls", sv="jämförda")
    )
    text = Text(
        en=f"Among the {arm.en} the outcome has no variation that the standard error could count; it rests on that of "
        "the other arm and is too small. In a randomised trial of an outcome that is 0 or 1, inference='newcombe' and "
        "'miettinen_nurminen' count both.",
        sv=f"Bland de {arm.sv} har utfallet ingen variation som medelfelet kan räkna med; det vilar på den andra "
        "gruppens och är för litet. I ett randomiserat försök med ett utfall som är 0 eller 1 räknar "
        "inference='newcombe' och 'miettinen_nurminen' båda.",
    )
    return (Note(code="arm_without_variation", text=text),)
