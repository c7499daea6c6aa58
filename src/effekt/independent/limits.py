"""How much the second route computes: it is plain Python, slow and obvious, and says when that is not enough."""

from effekt.exceptions import ArgumentError

LARGEST = 10**8  # steps of an inner loop: about half a minute


class NotRepeatedError(ArgumentError):
    """What the second route has no computation for.

    Attributes
    ----------
    sv : str
        The reason in Swedish, for whoever reads a verification; the message itself is in English.
    """

    sv: str

    def __init__(self, message: str, sv: str) -> None:
        super().__init__(message)
        self.sv = sv

    def __reduce__(self) -> tuple[type["NotRepeatedError"], tuple[str, str]]:
        return type(self), (str(self), self.sv)


SEVERAL = NotRepeatedError(
    "by the second route the confidence set is not one interval, so that it has no single end.",
    "enligt den är konfidensmängden inte ett enda intervall, så den har ingen enskild gräns.",
)


class TooLargeError(ArgumentError):
    """What would take the second route minutes: it does not begin."""


def check_steps(steps: int) -> None:
    """Raise where a computation has more steps than plain Python does in about half a minute."""
    if steps > LARGEST:
        raise TooLargeError(
            f"the second route takes at most {LARGEST} steps, and this would be {steps}; rely on the recorded path."
        )
