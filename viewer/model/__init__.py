"""The truth of the window: what is open, where one stands, what is selected and what the engine says.

Owns plain values and the maths of looking around; widgets and layers listen to `WindowModel` and write only to it.
Refuses Qt, VTK and torch: everything here runs and is tested without a display.
"""

from viewer.model.framing import home, up_direction
from viewer.model.orbit import Orbit
from viewer.model.photos import Photos
from viewer.model.scene import Scene, Score, open_scene
from viewer.model.window import Engine, Picture, WindowModel

__all__ = [
    "Engine",
    "Orbit",
    "Photos",
    "Picture",
    "Scene",
    "Score",
    "WindowModel",
    "home",
    "open_scene",
    "up_direction",
]
