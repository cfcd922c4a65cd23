"""The truth of the window: what is open, where one stands, what is selected and what the engine says.

Owns plain values and the maths of looking around; widgets and layers listen to `WindowModel` and write only to it.
Refuses Qt, VTK and torch: everything here runs and is tested without a display.
"""

from viewer.model.compare import ARRANGEMENTS, MODES, NOTHING, PHOTO, CompareModel, Content, Mode, Pane
from viewer.model.framing import home, up_direction
from viewer.model.orbit import Orbit
from viewer.model.photos import Photos
from viewer.model.saved_views import SavedView, SavedViews
from viewer.model.scene import Result, Scene, key_of, open_scene, result_of_file, result_of_run
from viewer.model.scores import Measurer, Score, ScoreBook
from viewer.model.window import Engine, Extent, Picture, WindowModel

__all__ = [
    "ARRANGEMENTS",
    "MODES",
    "NOTHING",
    "PHOTO",
    "CompareModel",
    "Content",
    "Engine",
    "Extent",
    "Measurer",
    "Mode",
    "Orbit",
    "Pane",
    "Photos",
    "Picture",
    "Result",
    "SavedView",
    "SavedViews",
    "Scene",
    "Score",
    "ScoreBook",
    "WindowModel",
    "home",
    "key_of",
    "open_scene",
    "result_of_file",
    "result_of_run",
    "up_direction",
]
