"""With what a certificate was computed, and what of a machine it does not record and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.reports.document import Block, Items, Subheading

_SEEDS = ("rng", "salt")


def environment_blocks(certificate: Certificate) -> Iterator[Block]:
    """Versions, seeds and tolerance; and that nothing else of the machine reaches a certificate.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Block
    """
    terms = certificate.contract.model
    software = ", ".join(f"{name} {one}" for name, one in sorted(certificate.software.items()) if name != "code")
    told = [
        Text(en=f"Computed with {software}.", sv=f"Beräknat med {software}."),
        Text(
            en="The tables are fixed by digests above, and so is effekt's own code: the contract can pin it and these "
            "versions under software. What reads files and writes pages is not recorded: a table read otherwise has "
            "another digest, and a page is written anew when it is verified.",
            sv="Tabellerna är fastställda av kontrollsummor ovan, och så är effekts egen kod: avtalet kan låsa den och "
            "dessa versioner under software. Vad som läser filer och skriver sidor antecknas inte: en tabell som läses "
            "annorlunda har en annan kontrollsumma, och en sida skrivs på nytt när den prövas.",
        ),
    ]
    seeds = [f"{id}.{key} {value}" for id, one in terms.analysis.items() for key, value in _seeds("", one.arguments)]
    seeds += [] if terms.dry_run is None else [f"dry_run.seed {terms.dry_run.seed}"]
    chance = ", ".join(seeds)
    told.append(
        Text(en=f"Seeds, from the contract: {chance}.", sv=f"Frön, ur avtalet: {chance}.")
        if seeds
        else Text(en="Nothing in it is drawn by chance.", sv="Inget i det är draget av slumpen.")
    )
    tolerance = terms.tolerance or "0.000000001"
    told.append(
        Text(
            en=f"A number computed again may differ by the share {tolerance} of itself; figures and amounts may not.",
            sv=f"Ett tal som räknas om får skilja sig med andelen {tolerance} av sig självt; siffror och belopp får "
            "det inte.",
        )
    )
    told.append(
        Text(
            en="Machine, processor, number of threads, linear algebra library, operating system, language and time "
            "zone are not recorded, since a certificate may depend on none of them; whoever computes it anew shows "
            "that it does not.",
            sv="Maskin, processor, antal trådar, bibliotek för linjär algebra, operativsystem, språk och tidszon "
            "antecknas inte, eftersom ett intyg inte får bero på något av dem; den som räknar om det visar att det "
            "inte gör det.",
        )
    )
    yield Subheading(text=Text(en="Environment", sv="Miljö"))
    yield Items(items=tuple(told))


def _seeds(place: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every seed of an analysis, those of what it nests too."""
    for key, value in arguments.items():
        if isinstance(value, Mapping):
            yield from _seeds(f"{place}{key}.", value)
        elif key in _SEEDS and value not in ("", "none"):
            yield f"{place}{key}", str(value)
