"""What became of each photograph, in words, as JSON and as a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from recon.errors import UnreadableFile
from recon.io import atomic_write

# Fewer than this share of the photographs is no result that anybody wants to train on unwarned.
ENOUGH = 0.5
NAMES_SHOWN = 5


@dataclass(frozen=True)
class FailedPhoto:
    """A photograph without a camera, and the likely reason, as part of a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class CameraReport:
    """What came of finding cameras.

    Parameters
    ----------
    photos : int
        How many there were.
    registered : tuple of str
        Those that have a camera in the capture.
    failed : tuple of FailedPhoto
    models : tuple of tuple of str
        Photographs of each model that was found, the largest, which became the capture, first.
    reprojection_error : float
        Mean distance in pixels between where a point was seen and where its cameras see it.
    points : int
    cameras : int
        Different calibrations.
    matching, mapper : str
        What was done; never "auto".
    pairs : tuple of (str, str, int)
        Photographs that see the same, and in how many features.
    up : str
        The world axis that points up, and how that was told.
    """

    photos: int
    registered: tuple[str, ...]
    failed: tuple[FailedPhoto, ...]
    models: tuple[tuple[str, ...], ...]
    reprojection_error: float
    points: int
    cameras: int
    matching: str
    mapper: str
    pairs: tuple[tuple[str, str, int], ...] = ()
    up: str = "-y, as the photographs are held"

    def warnings(self) -> list[str]:
        """What a person should know before anything is trained."""
        found = []
        count, total = len(self.registered), self.photos
        if count < ENOUGH * total:
            found.append(
                f"Only {count} of {total} photographs could be placed; most of what was photographed will be missing. "
                f"{common_reason(self.failed)}"
            )
        elif self.failed:
            found.append(f"{len(self.failed)} of {total} photographs could not be placed. {common_reason(self.failed)}")
        if len(self.models) > 1:
            others = "; ".join(_listed(names) for names in self.models[1:])
            found.append(
                f"The photographs fall into {len(self.models)} groups that do not join. The largest, of {count}, was "
                f"taken; left aside: {others}. Photographs that show both sides would join them."
            )
        return found

    def lines(self) -> list[str]:
        """The report for a person, line by line."""
        calibrations = f"{self.cameras} calibration{'s' * (self.cameras != 1)}"
        error = f"Mean reprojection error {self.reprojection_error:.2f} px"
        said = [
            f"{len(self.registered)} of {self.photos} photographs have a camera.",
            f"{error}; {self.points:,} points; {calibrations}; up is {self.up}.",
            f"{len(self.pairs)} pairs of photographs see the same (matching {self.matching}, mapper {self.mapper}).",
        ]
        return said + self.warnings() + [f"{photo.name} {photo.reason}." for photo in self.failed]

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        with atomic_write(path) as file:
            file.write(json.dumps({**asdict(self), "text": self.lines()}, indent=1).encode())


def common_reason(failed: Sequence[FailedPhoto]) -> str:
    """Why most of them failed, as a sentence; nothing where none did."""
    reasons = [photo.reason for photo in failed]
    if not reasons:
        return ""
    common = max(reasons, key=reasons.count)
    return f"Most often, one {common}." if len(set(reasons)) > 1 else f"Each {common}."


def load_report(path: Path) -> CameraReport:
    """Read a report back.

    Raises
    ------
    UnreadableFile
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        values = {field.name: record[field.name] for field in fields(CameraReport)}
        values["failed"] = tuple(FailedPhoto(**photo) for photo in values["failed"])
        values["models"] = tuple(tuple(names) for names in values["models"])
        values["pairs"] = tuple((str(a), str(b), int(count)) for a, b, count in values["pairs"])
        return CameraReport(**values | {"registered": tuple(values["registered"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(
            f"{path} is not a report of found cameras ({error}). Delete it to find them anew."
        ) from error


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{', '.join(names[:NAMES_SHOWN])}{more}"
