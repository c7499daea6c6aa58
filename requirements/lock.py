"""Write core.txt and dev.txt: the exact versions that CI installs, resolved from pyproject.toml in fresh environments."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent


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


if __name__ == "__main__":
    core = freeze("")
    (HERE / "core.txt").write_text("\n".join(core) + "\n")
    both = freeze("[dev]")
    moved = [line for line in core if line not in both]
    if moved:
        sys.exit(f"dev resolves other versions of core packages: {moved}")
    (HERE / "dev.txt").write_text("-r core.txt\n" + "\n".join(line for line in both if line not in core) + "\n")
