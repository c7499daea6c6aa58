"""What computes: effekt with a digest of its own code, Python, and the libraries that numbers come from."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
from pathlib import Path

import effekt
from effekt.contracts import Contract

LIBRARIES = ("numpy", "scipy")
LEARNERS = "scikit-learn"


def software_of(contract: Contract) -> dict[str, str]:
    """The software with which this installation computes a contract's numbers.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict of name to version
        Effekt, the digest of its code, Python, numpy and scipy; scikit-learn where an analysis learns with it. What
        reads tables and writes pages is not there: tables have digests of their own, and pages are written again.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> sorted(software_of(contract))
    ['code', 'effekt', 'numpy', 'python', 'scipy']
    """
    return installed(used_by(contract))


def used_by(contract: Contract) -> tuple[str, ...]:
    """The libraries that a contract's numbers come from."""
    learned = [one.arguments.get("learner", "parametric") for one in contract.model.analysis.values()]
    return (*LIBRARIES, LEARNERS) if any(name != "parametric" for name in learned) else LIBRARIES


def not_installed(contract: Contract) -> list[str]:
    """Those of them that this installation lacks, without which the numbers cannot be computed."""
    return [name for name in used_by(contract) if _version(name) is None]


def installed(libraries: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """Versions of effekt, Python and the libraries, and the digest of effekt's code."""
    found = {"effekt": effekt.__version__, "code": code_digest(), "python": platform.python_version()}
    versions = {name: _version(name) for name in libraries}
    return found | {name: version for name, version in versions.items() if version is not None}


@functools.cache
def _version(library: str) -> str | None:
    """That of a library when first asked; None where it is not installed, and an analysis that needs it is refused."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


@functools.cache
def code_digest() -> str:
    """The SHA-256 of effekt's own code as it lies on this machine, the same wherever the same release lies.

    It is that of the lines ``<SHA-256 of the file>  effekt/<path>``, one for each file of Python, by rising path: what
    ``find effekt -name '*.py' | LC_ALL=C sort | xargs sha256sum | sha256sum`` gives beside the unpacked wheel.

    Returns
    -------
    str
        64 hexadecimal digits; of the files as they were when first asked.
    """
    package = Path(__file__).parent.parent
    files = {f"effekt/{path.relative_to(package).as_posix()}": path for path in package.rglob("*.py")}
    lines = (f"{hashlib.sha256(files[name].read_bytes()).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
