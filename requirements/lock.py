"""Write core.txt, dev.txt and docs.txt: exact versions, resolved from pyproject.toml in fresh environments."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
EXTRAS = ("dev", "docs")


def freeze(extra: str) -> list[str]:
    """Versions that pip resolves for effekt with an extra, without effekt itself."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"{HERE.parent}{extra}"], check=True)
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--format=freeze", "--exclude=pip", "--exclude=setuptools"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
    return sorted(line for line in listed if not line.startswith("effekt=="))


def check_agreement(resolved: dict[str, list[str]]) -> None:
    """Exit when two lists have one package at two versions: both are installed into one environment."""
    versions: dict[str, set[str]] = {}
    for lines in resolved.values():
        for line in lines:
            versions.setdefault(line.partition("==")[0].lower(), set()).add(line)
    moved = sorted(line for found in versions.values() if len(found) > 1 for line in found)
    if moved:
        sys.exit(f"the extras resolve one package to several versions: {moved}")


def main() -> None:
    """Resolve, check, write."""
    core = freeze("")
    extras = {extra: freeze(f"[{extra}]") for extra in EXTRAS}
    check_agreement({"core": core, **extras})
    (HERE / "core.txt").write_text("\n".join(core) + "\n")
    for extra, lines in extras.items():
        own = ["-r core.txt", *(line for line in lines if line not in core)]
        (HERE / f"{extra}.txt").write_text("\n".join(own) + "\n")


if __name__ == "__main__":
    main()
