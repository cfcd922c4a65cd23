"""Why a photograph has no camera, from what the database and the photographs say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recon.errors import UnreadableFile
from recon.io.images import ImageFile, read_header
from recon.poses.database import image_numbers, opened
from recon.poses.report import CameraReport, FailedPhoto
from recon.poses.workspace import Workspace

FEWEST_MATCHES = 15
# Shares of what is usual among the photographs, below which one is blurred, or shows too little.
BLURRED, FEW_FEATURES = 0.35, 0.3
SIDE_LOOKED_AT = 800
MOST_COMPARED = 40


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of placing photographs: names of each model, features of each photograph, and matches of each pair."""

    workspace: Workspace
    names: tuple[str, ...]
    models: tuple[tuple[str, ...], ...]
    largest: Any
    features: dict[str, int]
    pairs: tuple[tuple[str, str, int], ...]

    @classmethod
    def of(cls, workspace: Workspace, models: Sequence[Any], names: Sequence[str]) -> Outcome:
        """Gather it, of models sorted by size and the names of all photographs."""
        with opened(workspace) as database:
            by_number = {image.image_id: image.name for image in database.read_all_images()}
            features = {name: database.num_keypoints_for_image(number) for number, name in by_number.items()}
            pairs = _pairs(database, by_number)
        placed = tuple(
            tuple(sorted(image.name for image in model.images.values() if image.has_pose)) for model in models
        )
        return cls(workspace, tuple(names), placed, models[0] if models else None, features, pairs)

    def failures(self) -> list[FailedPhoto]:
        """The photographs without a camera in the largest model, each with its likely reason."""
        placed = set(self.models[0]) if self.models else set()
        failed = [name for name in self.names if name not in placed]
        if not failed:
            return []
        partners: dict[str, int] = defaultdict(int)
        for first, second, _ in self.pairs:
            partners[first] += 1
            partners[second] += 1
        usual = float(np.median([self._sharpness(name) for name in _spread(self.names)]))
        return [FailedPhoto(name, self._reason(name, partners[name], usual)) for name in failed]

    def _reason(self, name: str, partners: int, usual_sharpness: float) -> str:
        for model in self.models[1:]:
            if name in model:
                return f"belongs to a group of {len(model)} that does not join the rest"
        if self._sharpness(name) < BLURRED * usual_sharpness:
            return "is blurred"
        if self.features.get(name, 0) < FEW_FEATURES * float(np.median(list(self.features.values()))):
            return "shows too little texture"
        if partners == 0:
            return "overlaps with no other photograph"
        return "shows too little that others see from another place"

    def _sharpness(self, name: str) -> float:
        """Energy of fine detail against that of all detail, on a copy of modest size."""
        import cv2

        path = self.workspace.photos / name
        try:
            header = read_header(path)
            scale = min(1.0, SIDE_LOOKED_AT / max(header.width, header.height))
            size = max(1, round(header.width * scale)), max(1, round(header.height * scale))
            grey = cv2.cvtColor(ImageFile(path).read(*size), cv2.COLOR_RGB2GRAY).astype(np.float32)
        except UnreadableFile:
            return 0.0
        return float(cv2.Laplacian(grey, cv2.CV_32F).var() / max(float(grey.var()), 1.0))

    def report(self, failed: Sequence[FailedPhoto], photos: int, matching: str, mapper: str) -> CameraReport:
        """The report of a capture made of the largest model."""
        return CameraReport(
            photos=photos,
            registered=self.models[0],
            failed=tuple(failed),
            models=self.models,
            reprojection_error=float(self.largest.compute_mean_reprojection_error()),
            points=int(self.largest.num_points3D()),
            cameras=len({image.camera_id for image in self.largest.images.values() if image.has_pose}),
            matching=matching,
            mapper=mapper,
            pairs=self.pairs,
        )


def _pairs(database: Any, names: dict[int, str]) -> tuple[tuple[str, str, int], ...]:
    pairs, counts = database.read_two_view_geometry_num_inliers()
    found = []
    for pair, count in zip(pairs, counts, strict=True):
        first, second = image_numbers(pair)
        if count >= FEWEST_MATCHES:
            found.append((*sorted((names[first], names[second])), int(count)))
    return tuple(sorted(found))


def _spread(names: Sequence[str]) -> Sequence[str]:
    return names[:: max(1, len(names) // MOST_COMPARED)]
