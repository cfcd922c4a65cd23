"""Who hears of whom: models, engines and what is remembered, joined into one workspace.

Owns no state of its own beyond what is under way between two parts. Refuses Qt: `viewer.window` shows a workspace.
"""

from viewer.wiring.workspace import Workspace

__all__ = ["Workspace"]
