"""The contract file, its figures, and what they pay.

>>> import effekt.contracts as contracts
>>> contracts.contract_json_schema()["title"]
'effekt/contract/1'
"""

from effekt.contracts.attestations import Attestation, attested_figures, parse_attestation, read_attestation
from effekt.contracts.declarations import (
    Declarations,
    check_declarations,
    parse_declarations,
    read_declarations,
    speaking_against,
)
from effekt.contracts.figures import Figure, quantise
from effekt.contracts.happened import Events, events_of
from effekt.contracts.liability import (
    maximum,
    maximum_by_year,
    maximum_over,
    maximum_total,
    minimum_total,
)
from effekt.contracts.liability_by_party import (
    guarantee_maxima,
    maximum_by_party,
    maximum_by_year_with_guarantees,
    maximum_with_guarantees,
)
from effekt.contracts.model import Contract, contract_json_schema, parse_contract, read_contract
from effekt.contracts.money import Step, format_money
from effekt.contracts.sentences import line_terms, payment_terms
from effekt.contracts.settled import Distribution, Receipt, SettledLine, Settlement, Share, Standing
from effekt.contracts.settlement import complete_figures, settle_figures
from effekt.contracts.true_up import paid_to_date

__all__ = [
    "Attestation",
    "Contract",
    "Declarations",
    "Distribution",
    "Events",
    "Figure",
    "Receipt",
    "SettledLine",
    "Settlement",
    "Share",
    "Standing",
    "Step",
    "attested_figures",
    "check_declarations",
    "complete_figures",
    "contract_json_schema",
    "events_of",
    "format_money",
    "guarantee_maxima",
    "line_terms",
    "maximum",
    "maximum_by_party",
    "maximum_by_year",
    "maximum_by_year_with_guarantees",
    "maximum_over",
    "maximum_total",
    "maximum_with_guarantees",
    "minimum_total",
    "paid_to_date",
    "parse_attestation",
    "parse_contract",
    "parse_declarations",
    "payment_terms",
    "quantise",
    "read_attestation",
    "read_contract",
    "read_declarations",
    "settle_figures",
    "speaking_against",
]
