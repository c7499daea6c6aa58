"""Currencies and the decimals of their least unit, by ISO 4217.

References
----------
ISO 4217:2015, *Codes for the representation of currencies*, List One (current currencies and funds), kept by SIX
Financial Information, https://www.six-group.com/en/products-services/financial-information/data-standards.html, as
published on 2026-01-01: all 165 codes that have a least unit. Codes and decimals were held against that list as the
Python package iso4217 1.16.20260101 carries it, and the codes against pycountry 26.2.16. Metals, most units of account
and codes for testing have no least unit and are not here.
"""

from __future__ import annotations

from fractions import Fraction

from effekt.contracts.model import Contract
from effekt.contracts.money import decimal_text
from effekt.exceptions import ContractError

_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD "
    "RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH "
    "USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
)
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITHDRAWN = {"ANG": ("2025", "XCG"), "BGN": ("2026", "EUR"), "CUC": ("2021", "CUP"), "HRK": ("2023", "EUR")}

DECIMALS: dict[str, int] = {
    code: digits for codes, digits in ((_TWO, 2), (_NONE, 0), (_THREE, 3)) for code in codes.split()
} | {"CLF": 4, "UYW": 4}
"""By code, the decimals of the least unit: 2 is a hundredth."""


def check_current(contract: Contract) -> None:
    """Refuse a currency that is withdrawn.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, for a code that ISO 4217 has no longer.

    Notes
    -----
    A contract in a currency that is withdrawn can be read, settled and verified as it was signed; `check` and `lock`,
    before anyone signs, refuse it, as nobody can pay it.
    """
    payment = contract.model.payment
    if payment.currency in _WITHDRAWN:
        year, successor = _WITHDRAWN[payment.currency]
        raise ContractError(
            f"line {contract.line('payment', 'currency')}: payment.currency must be a code that ISO 4217 still has; "
            f"{payment.currency} was withdrawn in {year}. Write the amounts in {successor}, which took its place."
        )


def check_least_unit(contract: Contract) -> None:
    """Refuse a currency that never was one, and amounts of which nobody can pay the last decimal.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, for a code that is not in ISO 4217, or a quantum that is no whole number of the currency's
        least units.
    """
    payment = contract.model.payment
    if payment.currency in _WITHDRAWN:
        return
    if payment.currency not in DECIMALS:
        raise ContractError(
            f"line {contract.line('payment', 'currency')}: payment.currency must be a code of ISO 4217 with a least "
            f"unit, such as SEK; got {payment.currency}."
        )
    digits = DECIMALS[payment.currency]
    unit = Fraction(1, 10**digits)
    if (Fraction(payment.quantum) / unit).denominator != 1:
        raise ContractError(
            f"line {contract.line('payment', 'quantum')}: payment.quantum must be a whole multiple of the least unit "
            f"of {payment.currency}, {decimal_text(unit, digits)}, of which nobody can pay a part; got "
            f"{payment.quantum}."
        )
