"""Write the published JSON Schemas beside this file; a test compares them with the code."""

import json
from pathlib import Path

from effekt._serialize import json_schema
from effekt.certificates.predicate import certificate_json_schema
from effekt.certificates.release import public_json_schema
from effekt.contracts import contract_json_schema
from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure
from effekt.simulation import StudyRows

RESULTS = (EffectEstimate, EffectSet, OutcomeMeasure, Diagnostic, StudyRows)


def schemas() -> dict[str, dict[str, object]]:
    """Every published schema by file name: effekt/effect/1 is effect-1.json."""
    found = [json_schema(kind, kind.SCHEMA) for kind in RESULTS]
    found += [contract_json_schema(), certificate_json_schema(), public_json_schema()]
    return {"-".join(str(schema["title"]).split("/")[1:]) + ".json": schema for schema in found}


if __name__ == "__main__":
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        (Path(__file__).parent / name).write_text(text, encoding="utf-8")
