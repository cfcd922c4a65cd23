"""A picture of which photographs see the same: photographs on a circle by name, a line for every pair that matches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recon.io.pictures import write_picture
from recon.poses.report import CameraReport

if TYPE_CHECKING:
    from PIL import ImageDraw

SIZE, MARGIN, HEADER = 1200, 130, 70
BACKGROUND, TEXT, FAINT = (22, 24, 28), (232, 234, 238), (142, 148, 158)
PLACED, ELSEWHERE, FAILED = (96, 176, 255), (255, 186, 82), (255, 96, 96)
LINE = np.array([110, 200, 150])
WEAK, STRONG = 15, 500  # matches: a hardly seen line, and a bright one
MOST_LABELS = 120


def draw_pairs(report: CameraReport, path: Path) -> None:
    """Write the picture as a PNG; the brighter a line, the more features its two photographs share."""
    from PIL import Image, ImageDraw, ImageFont

    names = sorted({*report.registered, *(photo.name for photo in report.failed)})
    angles = 2 * np.pi * np.arange(len(names)) / max(len(names), 1) - np.pi / 2
    middle, radius = np.array([SIZE / 2, HEADER + SIZE / 2]), SIZE / 2 - MARGIN
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places = dict(zip(names, middle + radius * around, strict=True))
    image = Image.new("RGB", (SIZE, SIZE + HEADER), BACKGROUND)
    draw = ImageDraw.Draw(image)
    for first, second, count in sorted(report.pairs, key=lambda pair: pair[2]):
        if first in places and second in places:
            draw.line([*places[first], *places[second]], fill=_line_color(count), width=1 + (count > STRONG))
    for name, direction in zip(names, around, strict=True):
        _draw_photo(draw, report, name, (places[name], direction), len(names))
    said = f"{len(report.registered)} of {report.photos} photographs placed, {len(report.pairs)} pairs see the same"
    draw.text((28, 20), said, fill=TEXT, font=ImageFont.load_default(24))
    legend = (("placed", PLACED), ("in another group", ELSEWHERE), ("not placed", FAILED))
    for index, (word, color) in enumerate(legend):
        draw.ellipse([32 + 210 * index, 62, 44 + 210 * index, 74], fill=color)
        draw.text((52 + 210 * index, 58), word, fill=FAINT, font=ImageFont.load_default(16))
    write_picture(path, np.asarray(image))


def _line_color(count: int) -> tuple[int, int, int]:
    share = np.clip(np.log(count / WEAK) / np.log(STRONG / WEAK), 0, 1)
    red, green, blue = (np.array(BACKGROUND) + (0.1 + 0.9 * share) * (LINE - BACKGROUND)).astype(int).tolist()
    return red, green, blue


def _draw_photo(
    draw: ImageDraw.ImageDraw, report: CameraReport, name: str, place: tuple[np.ndarray, np.ndarray], count: int
) -> None:
    from PIL import ImageFont

    (x, y), (right, down) = place
    grouped = any(name in model for model in report.models[1:])
    color = PLACED if name in report.registered else ELSEWHERE if grouped else FAILED
    draw.ellipse([x - 5, y - 5, x + 5, y + 5], fill=color)
    if count <= MOST_LABELS or color != PLACED:
        anchor = ("l" if right > 0.02 else "r" if right < -0.02 else "m") + "m"
        text = name if len(name) < 22 else f"...{name[-18:]}"
        draw.text((x + 14 * right, y + 14 * down), text, fill=FAINT, font=ImageFont.load_default(12), anchor=anchor)
