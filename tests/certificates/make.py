"""Write the certificates of this version, once: later versions verify them and never write them again.

``python tests/certificates/make.py`` writes tests/certificates/<version>/ from the cases, signed with the published
demonstration key.
"""

from pathlib import Path

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY

CASES = {
    "sick-leave": "2022-03-15",
    "norrkoping": "2020-06-30",
    "rate-card": "2023-09-01",
    "peterborough": "2017-07-27",
}

if __name__ == "__main__":
    for name, date in CASES.items():
        folder = Path(__file__).parent / effekt.__version__ / name
        folder.mkdir(parents=True)
        contract = workflow.case_contract(name)
        attestations = list(workflow.case_attestations(name).values())[:1]
        locked = workflow.lock(contract, key=DEMO_KEY, date=contract.model.dates.signed)
        certificate = workflow.settle(contract, date=date, attestations=attestations, locked=locked).sign(DEMO_KEY)
        workflow.write_certificate(certificate, folder / "certificate.json")
        workflow.report(certificate, folder / "certificate.sv.html", lang="sv")
