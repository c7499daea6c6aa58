"""What a reader is told where the outcome does not vary in one of the two arms."""

from __future__ import annotations

import numpy as np

from effekt._inference import Inference, Randomization, StudentT, WildBootstrap
from effekt._text import Text
from effekt._types import FloatArray
from effekt.result import Note

ROUNDING = 1e-20  # a variance this small beside the other is rounding
ARMS = (Text(en="treated", sv="behandlade"), Text(en="controls", sv="jämförda"))


def constant_arm_notes(
    inference: Inference,
    outcomes: tuple[FloatArray, FloatArray] | None = None,
    *,
    instead: Text | None = None,
) -> tuple[Note, ...]:
    """The note of inference that rests on the variation of one arm alone; none where both vary.

    `outcomes` of the treated and the controls, where a model common to both may give a variance to an arm without any,
    or where inference has no variance of each. `instead`: what the design can take that counts both.
    """
    arm = _constant(inference, outcomes)
    if arm is None:
        return ()
    text = _WORDS[type(inference)](arm)
    if instead is not None and not isinstance(inference, Randomization):
        text = Text(en=f"{text.en} {instead.en}", sv=f"{text.sv} {instead.sv}")
    return (Note(code="arm_without_variation", text=text),)


def _constant(inference: Inference, outcomes: tuple[FloatArray, FloatArray] | None) -> Text | None:
    """The arm without variation, where one of the two has some."""
    if isinstance(inference, StudentT) and inference.scale == "linear":
        variances = inference.covariance[0], inference.covariance[2]
    elif isinstance(inference, WildBootstrap):
        scores = np.array(inference.errors) @ np.array(inference.loadings).T
        variances = float(np.sum(scores[:, 0] ** 2)), float(np.sum(scores[:, 1] ** 2))
    elif isinstance(inference, Randomization):
        variances = 1.0, 1.0  # it has none: the outcomes tell
    else:
        return None
    if min(variances) <= ROUNDING * max(variances):
        return ARMS[0] if variances[0] < variances[1] else ARMS[1]
    constant = [np.ptp(values) == 0 for values in outcomes or ()]
    if not any(constant) or (all(constant) and isinstance(inference, Randomization)):
        return None
    return ARMS[0] if constant[0] else ARMS[1]


def _by_variance(arm: Text) -> Text:
    return Text(
        en=f"Among the {arm.en} the outcome has no variation that the standard error could count; it rests on that of "
        "the other arm and is too small.",
        sv=f"Bland de {arm.sv} har utfallet ingen variation som medelfelet kan räkna med; det vilar på den andra "
        "gruppens och är för litet.",
    )


def _by_signs(arm: Text) -> Text:
    return Text(
        en=f"Among the {arm.en} the outcome has no variation of which the wild bootstrap could turn the signs; p and "
        "interval rest on that of the other arm, and on how far a null lies from what was seen.",
        sv=f"Bland de {arm.sv} har utfallet ingen variation vars tecken wild bootstrap kan vända; p-värde och "
        "intervall vilar på den andra gruppens, och på hur långt en nollhypotes ligger från det som sågs.",
    )


def _by_lot(arm: Text) -> Text:
    return Text(
        en=f"Among the {arm.en} the outcome has no variation, but in the other arm it has. The p of no effect is exact "
        "all the same; the confidence set rests on an effect that is the same for everyone, which fits that badly.",
        sv=f"Bland de {arm.sv} har utfallet ingen variation, men i den andra gruppen har det variation. P-värdet för "
        "ingen effekt är ändå exakt; konfidensmängden vilar på att effekten är densamma för alla, vilket stämmer "
        "dåligt med det.",
    )


_WORDS = {StudentT: _by_variance, WildBootstrap: _by_signs, Randomization: _by_lot}
