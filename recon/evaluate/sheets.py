"""Pictures for people: contact sheets of photo, render and error, and the preview of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recon.evaluate.comparison import Comparison, compare
from recon.evaluate.metrics import ViewMetrics, measure_view
from recon.io.files import atomic_write
from recon.io.pictures import eight_bits
from recon.render.draw import ViewDrawer
from recon.render.draw_mesh import drawer_of
from recon.scene import Geometry, View
from recon.scene.paths import focus_point

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

MOST_VIEWS = 24
CELL = 300  # longest side of a picture, in pixels
PREVIEW = 960
LARGEST_ERROR = 0.2  # of the colour scale: mean absolute difference of the channels
SHAPE = 1.5  # width by height of a sheet that suits a screen

BACKGROUND, TEXT, FAINT = (22, 24, 28), (232, 234, 238), (142, 148, 158)
MARGIN, GAP, GUTTER, CAPTION = 28, 4, 28, 30
HEADER, FOOTER = 74, 64
COLUMNS = ("Photo", "Render", "Error")


@dataclass(frozen=True, eq=False)
class _Row:
    """One view, small enough to keep: three pictures and their numbers."""

    metrics: ViewMetrics
    pictures: tuple[Image.Image, Image.Image, Image.Image]


def contact_sheet(
    path: Path,
    geometry: Geometry,
    views: Sequence[View],
    *,
    columns: int | None = None,
    device: str = "auto",
    drawer: ViewDrawer | None = None,
) -> None:
    """Write a PNG of photo, render and error side by side, each view with its PSNR and SSIM.

    Views are drawn and measured at full size and kept small, one at a time. Of more than 24 views, 24 are shown, evenly
    chosen. The error is the mean absolute difference of the channels, on the same colour scale in every sheet.

    Parameters
    ----------
    path : Path
    geometry : Splats, Mesh or Blocks
    views : sequence of View
        At least one.
    columns : int, optional
        How many views stand beside each other; by default what suits a screen.
    device : {"auto", "cpu", "cuda"}
    drawer : ViewDrawer, optional
        What draws instead of the geometry, such as a method's own.

    Raises
    ------
    ValueError
        If there is no view.
    DiskFull, InputError
        If the file cannot be written.
    """
    if not views:
        raise ValueError("a contact sheet needs at least one view")
    drawer = drawer or drawer_of(geometry, device)
    rows = [_row(view, compare(drawer, view)) for view in _spread(views, MOST_VIEWS)]
    _save(path, _lay_out(rows, _title(views, len(rows)), columns))


def preview(
    path: Path,
    geometry: Geometry,
    views: Sequence[View],
    *,
    device: str = "auto",
    drawer: ViewDrawer | None = None,
) -> None:
    """Write a PNG of the geometry from the camera that looks most nearly at what all cameras look at.

    Parameters
    ----------
    path : Path
    geometry : Splats, Mesh or Blocks
    views : sequence of View
        At least one.
    device : {"auto", "cpu", "cuda"}
    drawer : ViewDrawer, optional
        What draws instead of the geometry, such as a method's own.

    Raises
    ------
    ValueError
        If there is no view.
    DiskFull, InputError
        If the file cannot be written.
    """
    from PIL import Image

    if not views:
        raise ValueError("a preview needs at least one view")
    view = most_central(views)
    size = _fit(view.camera.width, view.camera.height, PREVIEW, enlarge=False)
    _save(path, Image.fromarray(eight_bits(compare(drawer or drawer_of(geometry, device), view, size).render)))


def most_central(views: Sequence[View]) -> View:
    """The view whose axis passes nearest, in angle, to what all views look at."""
    focus = focus_point([view.camera for view in views])

    def alignment(view: View) -> float:
        toward = focus - view.camera.center
        return float(toward @ view.camera.world_from_camera[:3, 2] / max(np.linalg.norm(toward), 1e-12))

    return max(views, key=alignment)


def error_colors(error: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Show an error of (H, W): black where there is none, through purple and orange to pale at `LARGEST_ERROR`."""
    import cv2

    levels = eight_bits(np.asarray(error / LARGEST_ERROR, np.float32))
    return np.ascontiguousarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1])


def _spread(views: Sequence[View], most: int) -> list[View]:
    if len(views) <= most:
        return list(views)
    return [views[index] for index in np.linspace(0, len(views) - 1, most).round().astype(int)]


def _row(view: View, comparison: Comparison) -> _Row:
    from PIL import Image

    height, width = comparison.photo.shape[:2]
    size = _fit(width, height, CELL)
    photo, render = eight_bits(comparison.photo), eight_bits(comparison.render)
    if comparison.mask is not None:
        photo, render = (np.where(comparison.mask[..., None], picture, picture // 4) for picture in (photo, render))
    arrays = photo, render, error_colors(comparison.error)
    pictures = tuple(Image.fromarray(array).resize(size, Image.Resampling.LANCZOS) for array in arrays)
    return _Row(measure_view(view.name, comparison), pictures)


def _fit(width: int, height: int, longest: int, *, enlarge: bool = True) -> tuple[int, int]:
    factor = longest / max(width, height)
    factor = factor if enlarge else min(factor, 1.0)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _title(views: Sequence[View], shown: int) -> str:
    kinds = {view.split for view in views}
    kind = "test views" if kinds == {"test"} else "training views" if kinds == {"train"} else "views"
    return f"{shown} of {len(views)} {kind}" if shown < len(views) else f"{shown} {kind if shown > 1 else kind[:-1]}"


def _lay_out(rows: Sequence[_Row], title: str, columns: int | None) -> Image.Image:
    from PIL import Image, ImageDraw

    cell = tuple(max(row.pictures[0].size[axis] for row in rows) for axis in (0, 1))
    block = 3 * cell[0] + 2 * GAP, cell[1] + CAPTION + GAP
    columns = min(columns or _columns(len(rows), block), len(rows))
    lines = -(-len(rows) // columns)
    width = 2 * MARGIN + columns * block[0] + (columns - 1) * GUTTER
    height = HEADER + lines * block[1] + FOOTER
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    pen = ImageDraw.Draw(sheet)
    _draw_header(pen, rows, title, width)
    for index, row in enumerate(rows):
        left = MARGIN + (index % columns) * (block[0] + GUTTER)
        _draw_block(sheet, pen, row, (left, HEADER + (index // columns) * block[1]), cell)
    _draw_scale(sheet, pen, (MARGIN, height - FOOTER + 22))
    return sheet


def _columns(count: int, block: tuple[int, int]) -> int:
    def distance(columns: int) -> float:
        width, height = columns * (block[0] + GUTTER), -(-count // columns) * block[1] + HEADER + FOOTER
        return abs(float(np.log(width / height / SHAPE)))

    return min(range(1, count + 1), key=distance)


def _draw_header(pen: ImageDraw.ImageDraw, rows: Sequence[_Row], title: str, width: int) -> None:
    psnr, ssim = (np.mean([getattr(row.metrics, name) for row in rows]) for name in ("psnr", "ssim"))
    pen.text((MARGIN, 24), title, TEXT, _font(22))
    pen.text((width - MARGIN, 24), f"mean {psnr:.2f} dB   SSIM {ssim:.4f}", TEXT, _font(22), anchor="ra")


def _draw_block(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, row: _Row, corner: tuple[int, int], cell: tuple[int, ...]
) -> None:
    """Three pictures with a caption above: the view's name on the left, its numbers on the right."""
    left, top = corner
    numbers = f"{row.metrics.psnr:.2f} dB   SSIM {row.metrics.ssim:.4f}"
    right = left + 3 * cell[0] + 2 * GAP
    pen.text((right, top + 6), numbers, TEXT, _font(15), anchor="ra")
    room = right - left - pen.textlength(numbers, _font(15)) - 12
    pen.text((left, top + 6), _shortened(pen, row.metrics.name, room), FAINT, _font(15))
    for k, (label, picture) in enumerate(zip(COLUMNS, row.pictures, strict=True)):
        place = left + k * (cell[0] + GAP), top + CAPTION
        sheet.paste(picture, place)
        pen.text((place[0] + 8, place[1] + 6), label, TEXT, _font(12), stroke_width=2, stroke_fill=BACKGROUND)


def _shortened(pen: ImageDraw.ImageDraw, text: str, room: float) -> str:
    """The end of a text that is too long: names differ at their ends."""
    short = text
    while pen.textlength(short, _font(15)) > room and len(text) > 1:
        text = text[1:]
        short = "..." + text
    return short


def _draw_scale(sheet: Image.Image, pen: ImageDraw.ImageDraw, corner: tuple[int, int]) -> None:
    from PIL import Image

    ramp = error_colors(np.tile(np.linspace(0, LARGEST_ERROR, 240, dtype=np.float32), (14, 1)))
    left, top = corner
    pen.text((left, top), "Error  0", FAINT, _font(13))
    start = left + round(pen.textlength("Error  0", _font(13))) + 8
    sheet.paste(Image.fromarray(ramp), (start, top + 1))
    pen.text((start + 248, top), f"{LARGEST_ERROR:g} and more (mean absolute difference)", FAINT, _font(13))


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _save(path: Path, picture: Image.Image) -> None:
    with atomic_write(path) as file:
        picture.save(file, "PNG")
