"""The contract file, its figures, and what they pay.

>>> import effekt.contracts as contracts
>>> contracts.contract_json_schema()["title"]
'effekt/contract/1'
"""

from effekt.contracts.figures import Figure, quantise
from effekt.contracts.model import (
    Attestation,
    Contract,
    attested_figures,
    contract_json_schema,
    parse_attestation,
    parse_contract,
    read_attestation,
    read_contract,
)
from effekt.contracts.money import Step, format_money
from effekt.contracts.settlement import (
    SettledLine,
    Settlement,
    Share,
    complete_figures,
    line_terms,
    maximum,
    maximum_total,
    minimum_total,
    settle_figures,
)

__all__ = [
    "Attestation",
    "Contract",
    "Figure",
    "SettledLine",
    "Settlement",
    "Share",
    "Step",
    "attested_figures",
    "complete_figures",
    "contract_json_schema",
    "format_money",
    "line_terms",
    "maximum",
    "maximum_total",
    "minimum_total",
    "parse_attestation",
    "parse_contract",
    "quantise",
    "read_attestation",
    "read_contract",
    "settle_figures",
]
