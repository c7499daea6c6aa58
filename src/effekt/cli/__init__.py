"""The command line: it parses and prints; each command is one call to `effekt.workflow`.

Exit codes: 0 done, 1 a mismatch, 2 unusable input or usage, 3 referred or not yet determinable, 70 an internal error.
"""

from effekt.cli import certificates, evidence, keys, plans, publishing
from effekt.cli.group import INTERNAL, INTERRUPTED, MISMATCH, UNDETERMINED, UNUSABLE, cli, main

__all__ = [
    "INTERNAL",
    "INTERRUPTED",
    "MISMATCH",
    "UNDETERMINED",
    "UNUSABLE",
    "certificates",
    "cli",
    "evidence",
    "keys",
    "main",
    "plans",
    "publishing",
]
