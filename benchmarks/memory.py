"""Peak memory of training on many photographs: it must not grow with their number.

    python -m benchmarks.memory [--views 300] [--size 1600x1200] [--steps 60] [--gaussians 50000]

Writes a synthetic capture (noise photographs on a ring of cameras, with points) into a temporary folder, trains on it
on the CPU, and prints the peak resident size of this process. With steps >= views every photograph is read.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import tempfile
from pathlib import Path

import cv2
import numpy as np

import recon
from recon.methods.base import Step


def write_capture(folder: Path, views: int, width: int, height: int) -> None:
    """A ring of cameras around the origin, their photographs, and a ball of points."""
    generator = np.random.default_rng(0)
    frames = []
    (folder / "images").mkdir()
    for i in range(views):
        small = generator.integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"images/{i:04}.jpg"), cv2.resize(small, (width, height)))
        frames.append({"file_path": f"images/{i:04}.jpg", "transform_matrix": ring_pose(2 * math.pi * i / views)})
    points = generator.normal(0, 0.5, (50_000, 3))
    rows = "\n".join(f"{x:.5f} {y:.5f} {z:.5f} 128 128 128" for x, y, z in points)
    properties = "".join(f"property {kind}\n" for kind in ("float x", "float y", "float z"))
    properties += "".join(f"property uchar {color}\n" for color in ("red", "green", "blue"))
    header = f"ply\nformat ascii 1.0\nelement vertex {len(points)}\n{properties}end_header\n"
    (folder / "points.ply").write_text(header + rows + "\n")
    camera = {"w": width, "h": height, "fl_x": width, "fl_y": width, "cx": width / 2, "cy": height / 2}
    document = {**camera, "ply_file_path": "points.ply", "frames": frames}
    (folder / "transforms.json").write_text(json.dumps(document))


def ring_pose(angle: float) -> list[list[float]]:
    """world_from_camera, OpenGL axes, four units from the origin and looking at it."""
    back = np.array([math.cos(angle), math.sin(angle), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross(up, back), up, back], axis=1)
    pose[:3, 3] = 4 * back
    matrix: list[list[float]] = pose.tolist()
    return matrix


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--views", type=int, default=300)
    parser.add_argument("--size", default="1600x1200")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--gaussians", type=int, default=50_000)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    changes = {"steps": arguments.steps, "initial_points": arguments.gaussians, "coarse_until": 0.0, "evaluations": 0}
    with tempfile.TemporaryDirectory() as place:
        write_capture(Path(place), arguments.views, width, height)
        for event in recon.reconstruct(place, Path(place) / "run", changes=changes, device="cpu"):
            if isinstance(event, Step) and event.step % 20 == 0:
                print(f"step {event.step}: {peak_megabytes():.0f} MB")
    print(f"{arguments.views} synthetic views of {arguments.size}: peak resident size {peak_megabytes():.0f} MB")


def peak_megabytes() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
