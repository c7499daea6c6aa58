"""How far assignment moved what was received: the complier share against its uncertainty."""

from __future__ import annotations

from effekt._text import LANGUAGES, Text, format_number
from effekt._validation import check_number
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

RULE_OF_THUMB = 10.0  # Staiger & Stock 1997
T_INTERVAL = 104.7  # Lee, McCrary, Moreira & Porter 2022: F from which ±1.96 standard errors hold 95 %


def first_stage(*, treated: float, control: float, std_error: float | None) -> Diagnostic:
    """Whether enough units followed their assignment for an effect on compliers to be told apart.

    Parameters
    ----------
    treated, control : float
        Share that received the treatment among those assigned to it and among the controls.
    std_error : float or None
        Robust standard error of their difference, the share of compliers; None where nothing varies within the arms.

    Returns
    -------
    Diagnostic
        Values: `compliers`, `always_takers` (share received in the control arm), `never_takers` (share not received in
        the treated arm), `effective_f` = (compliers / standard error)² and `rule_of_thumb` = 10. With one instrument
        the effective F is the robust F (Montiel Olea & Pflueger 2013, section 3).

        "warning" when the effective F is below 10 (Staiger & Stock 1997), or when no larger share of those assigned
        received the treatment, so that there are no compliers; else "ok". It warns about the estimate and
        its standard error: Anderson–Rubin intervals hold their level whatever it is, so nothing is decided by it. An
        interval of ±1.96 standard errors would need 104.7 (Lee et al. 2022), which the sentence says below that.

    Raises
    ------
    ArgumentError
        For a share or a standard error that is no finite number, and a standard error below 0.

    References
    ----------
    Lee, D. S., McCrary, J., Moreira, M. J. & Porter, J. (2022). Valid t-ratio inference for IV. *American Economic
    Review* 112(10), 3260–3290. doi:10.1257/aer.20211063

    Montiel Olea, J. L. & Pflueger, C. (2013). A robust test for weak instruments. *Journal of Business & Economic
    Statistics* 31(3), 358–369. doi:10.1080/00401706.2013.806694

    Staiger, D. & Stock, J. H. (1997). Instrumental variables regression with weak instruments. *Econometrica* 65(3),
    557–586. doi:10.2307/2171753

    Examples
    --------
    >>> found = first_stage(treated=0.62, control=0.02, std_error=0.05)
    >>> found.status, round(found.values["effective_f"], 1)
    ('ok', 144.0)
    """
    treated, control = check_number("treated", treated), check_number("control", control)
    if std_error is not None and check_number("std_error", std_error) < 0:
        raise ArgumentError(f"`std_error` must be 0 or above, or None; got {std_error!r}.")
    share = treated - control
    effective = None if not std_error else (share / std_error) ** 2
    weak = effective is not None and effective < RULE_OF_THUMB
    return Diagnostic(
        name="first_stage",
        status="warning" if weak or share <= 0 else "ok",
        statement=_statement(share, effective, weak=weak),
        values={
            "compliers": share,
            "always_takers": control,
            "never_takers": 1 - treated,
            "effective_f": effective,
            "rule_of_thumb": RULE_OF_THUMB,
        },
    )


def _statement(share: float, effective: float | None, *, weak: bool) -> Text:
    if share <= 0:
        return Text(
            en="No larger share of those assigned to the treatment than of the others received it, so that there are "
            "no compliers; check which column is assignment and which is receipt.",
            sv="Ingen större andel av dem som lottades till insatsen än av de andra fick den, så det finns inga "
            "följsamma; kontrollera vilken kolumn som är lottningen och vilken som är vad de fick.",
        )
    points = {lang: format_number(100 * share, lang, 1) for lang in LANGUAGES}
    en = f"Assignment raised the share that received the treatment by {points['en']} percentage points"
    sv = f"Lottningen höjde andelen som fick insatsen med {points['sv']} procentenheter"
    if effective is None:
        return Text(
            en=f"{en}, without any variation within the arms, so that there is no F to judge it by.",
            sv=f"{sv}, utan någon variation inom grupperna, så det finns inget F-värde att bedöma den med.",
        )
    en = f"{en}; the effective F is {format_number(effective, 'en', 1)}"
    sv = f"{sv}; det effektiva F-värdet är {format_number(effective, 'sv', 1)}"
    if weak:
        return Text(
            en=f"{en}, below the rule of thumb of 10 (Staiger and Stock 1997): the estimate for compliers and its "
            "standard error may mislead. The Anderson–Rubin interval holds its level all the same, and may be "
            "unbounded.",
            sv=f"{sv}, under tumregeln 10 (Staiger och Stock 1997): skattningen för följsamma och dess medelfel kan "
            "vilseleda. Anderson–Rubin-intervallet håller sin nivå ändå, och kan vara obegränsat.",
        )
    if effective < T_INTERVAL:
        return Text(
            en=f"{en}, not below the rule of thumb of 10 (Staiger and Stock 1997) but below 104.7, from which an "
            "interval of ±1.96 standard errors would hold its level (Lee and others 2022); the Anderson–Rubin interval "
            "does not need that.",
            sv=f"{sv}, inte under tumregeln 10 (Staiger och Stock 1997) men under 104,7, från vilket ett intervall på "
            "±1,96 medelfel skulle hålla sin nivå (Lee m.fl. 2022); Anderson–Rubin-intervallet kräver inte det.",
        )
    return Text(
        en=f"{en}, not below 104.7 (Lee and others 2022), nor the rule of thumb of 10.",
        sv=f"{sv}, inte under 104,7 (Lee m.fl. 2022) och inte heller under tumregeln 10.",
    )
