"""What the photographs and their cameras say about the scene before any method runs.

Owns seed points (features, matching along epipolar lines, triangulation) and the measures of a camera arrangement.
Refuses to change a camera, and refuses to look at a test view.
"""

from recon.poses.frustum import random_points, scene_focus, scene_radius
from recon.poses.seed import seed_points, seeding

__all__ = ["random_points", "scene_focus", "scene_radius", "seed_points", "seeding"]
