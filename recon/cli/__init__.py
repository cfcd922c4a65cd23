"""The command line: one file per group of commands, each of which says in words what `recon.runs` does.

Owns flags, progress on a terminal, and exit codes.
Refuses any work of its own. `triptych --help` loads neither torch nor a method.
"""

from recon.cli.app import main

__all__ = ["main"]
