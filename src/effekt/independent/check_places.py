"""Where the checks of a figure stand, a second time: the file and the result in JSON go in, and nothing else."""

from collections.abc import Mapping
from typing import Any


def places_of(file: Mapping[str, Any], figure: str, result: Mapping[str, Any]) -> list[set[str]]:
    """Of each effect that a figure is taken from, the places in which a check of it may stand.

    Parameters
    ----------
    file : mapping
        The contract, as `effekt.independent.payments.contract_file.read_contract` reads it.
    figure : str
        An estimated or a measured figure.
    result : mapping
        Of its analysis, in JSON.

    Returns
    -------
    list of set of str
        "" is the result itself; a member of a set is its label, and the effect in all of it "overall". What a trial
        says of its compliers rests on all of its effects.
    """
    if "effects" not in result:
        return [{""}]
    term = file["figures"][figure]
    if file["analysis"][term["estimate"]].get("method") == "complier_effect":
        return [{"", *map(str, result["labels"])}]
    labels = [term["member"]] if "member" in term else term["combine"]
    return [{"", str(label)} for label in labels]
