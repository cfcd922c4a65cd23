"""What the photographs say about the scene before any method runs: where the cameras stood, and where points are.

Owns cameras from photographs alone (by pycolmap, loaded when it is needed), seed points (features, matching along
epipolar lines, triangulation) and the measures of a camera arrangement. Refuses to change a camera that a capture
brings, and seed points refuse to look at a test view.
"""

from recon.poses.cameras import CamerasFound, reconstruct_cameras
from recon.poses.frames import choose_frames, extract_frames
from recon.poses.frustum import random_points, scene_focus, scene_radius
from recon.poses.progress import Progress
from recon.poses.report import CameraReport, FailedPhoto, load_report
from recon.poses.seed import seed_points, seeding
from recon.poses.workspace import PosesOptions, capture_name

__all__ = [
    "CameraReport",
    "CamerasFound",
    "FailedPhoto",
    "PosesOptions",
    "Progress",
    "capture_name",
    "choose_frames",
    "extract_frames",
    "load_report",
    "random_points",
    "reconstruct_cameras",
    "scene_focus",
    "scene_radius",
    "seed_points",
    "seeding",
]
