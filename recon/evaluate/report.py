"""Results beside each other and beside the photographs: one HTML page with everything in it, or a table as CSV."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.evaluate.comparison import Comparison, compare
from recon.evaluate.metrics import ViewMetrics, measure_view
from recon.evaluate.sheets import LARGEST_ERROR, error_colors
from recon.io.files import atomic_write
from recon.io.pictures import eight_bits
from recon.render.draw_mesh import drawer_of
from recon.scene import Geometry, View

LONGEST = 800  # pixels of a picture's longer side
QUALITY = 88
STYLE = """
:root { color-scheme: dark; --ground: #16181c; --raised: #1f2227; --line: #33373e; --text: #e8eaee; --quiet: #8e949e;
  --best: #7fbf6b; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1800px; padding: 32px 28px 64px; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 36px 0 8px; }
p, figcaption, .quiet { color: var(--quiet); margin: 0; }
table { border-collapse: collapse; margin: 20px 0; } th { color: var(--quiet); font-weight: 500; text-align: left; }
th, td { padding: 6px 18px 6px 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
td.number, th.number { text-align: right; } .best { color: var(--best); }
.row { display: grid; gap: 10px; } .under { grid-column: 2; }
figure { margin: 0; background: var(--raised); border-radius: 6px; overflow: hidden; }
figure img { display: block; width: 100%; } figcaption { padding: 6px 10px; font-size: 13px; }
figcaption b { color: var(--text); font-weight: 600; } a { color: inherit; text-decoration: none; }
a:hover { text-decoration: underline; }
.scale { display: inline-block; width: 160px; height: 10px; vertical-align: middle; border-radius: 2px; }
""".strip()


@dataclass(frozen=True, eq=False)
class Entry:
    """One result of a comparison.

    Parameters
    ----------
    title : str
    geometry : Splats, Mesh or Blocks
    facts : tuple of (str, str)
        What there is to tell of it, such as ("Time", "3 min").
    """

    title: str
    geometry: Geometry
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class ComparedView:
    """One view in all results, small enough to keep: pictures are files as bytes.

    Parameters
    ----------
    name, split : str
    photo : bytes
    renders, errors : tuple of bytes
        One for each result.
    metrics : tuple of ViewMetrics, one for each result
    """

    name: str
    split: str
    photo: bytes
    renders: tuple[bytes, ...]
    errors: tuple[bytes, ...]
    metrics: tuple[ViewMetrics, ...]


def compare_views(entries: Sequence[Entry], views: Sequence[View], *, device: str = "auto") -> Iterator[ComparedView]:
    """Draw all results into all views and measure them, one view at a time, by the protocol of metrics.json.

    A view whose mask leaves no pixel is left out.

    Parameters
    ----------
    entries : sequence of Entry
    views : sequence of View
    device : {"auto", "cpu", "cuda"}

    Yields
    ------
    ComparedView

    Raises
    ------
    UnreadableFile
        If a photograph cannot be read.
    """
    drawers = [drawer_of(entry.geometry, device) for entry in entries]
    for view in views:
        comparisons = [compare(drawer, view) for drawer in drawers]
        if any(each.mask is None or each.mask.any() for each in comparisons):
            yield _compared(view, comparisons)


def write_page(path: Path, title: str, entries: Sequence[Entry], views: Sequence[ComparedView]) -> None:
    """Write one HTML page that needs nothing else: a table of means, then each view, the worst first.

    Raises
    ------
    DiskFull, InputError
        If the file cannot be written.
    """
    ordered = worst_first(views)
    parts = [
        f"<h1>{escape(title)}</h1>",
        (
            f"<p>{len(views)} views, {_splits(views)}. PSNR and SSIM as in metrics.json. Error {_scale()} 0 to "
            f"{LARGEST_ERROR:g} and more, mean absolute difference of the channels.</p>"
        ),
        _table_of_means(entries, views),
        _table_of_views(entries, ordered),
        *(_section(entries, view) for view in ordered),
    ]
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body>\n{chr(10).join(parts)}\n</body></html>\n"
    )
    with atomic_write(path) as file:
        file.write(page.encode())


def write_table(path: Path, entries: Sequence[Entry], views: Sequence[ComparedView]) -> None:
    """Write a CSV file: a line for each view, with PSNR and SSIM of each result.

    Raises
    ------
    DiskFull, InputError
        If the file cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["view", "split", *(f"{entry.title} {name}" for entry in entries for name in ("psnr", "ssim"))])
    for view in views:
        table.writerow([view.name, view.split, *(value for each in view.metrics for value in (each.psnr, each.ssim))])
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())


def worst_first(views: Sequence[ComparedView]) -> list[ComparedView]:
    """Views by their mean PSNR over all results, the lowest first."""
    return sorted(views, key=lambda view: math.fsum(each.psnr for each in view.metrics))


def _compared(view: View, comparisons: Sequence[Comparison]) -> ComparedView:
    return ComparedView(
        view.name,
        view.split,
        _picture(eight_bits(comparisons[0].photo)),
        tuple(_picture(eight_bits(each.render)) for each in comparisons),
        tuple(_picture(error_colors(each.error)) for each in comparisons),
        tuple(measure_view(view.name, each) for each in comparisons),
    )


def _picture(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, subsampling=0)
    return file.getvalue()


def _splits(views: Sequence[ComparedView]) -> str:
    splits = {view.split for view in views}
    return "held out" if splits == {"test"} else "trained on" if splits == {"train"} else "held out and trained on"


def _scale() -> str:
    ramp = error_colors(np.linspace(0, LARGEST_ERROR, 16, dtype=np.float32)[None])[0]
    colors = ", ".join(f"rgb({r} {g} {b})" for r, g, b in ramp.tolist())
    return f'<span class="scale" style="background: linear-gradient(to right, {colors})"></span>'


def _mean(views: Sequence[ComparedView], index: int, name: str) -> float:
    return math.fsum(getattr(view.metrics[index], name) for view in views) / len(views)


def _table_of_means(entries: Sequence[Entry], views: Sequence[ComparedView]) -> str:
    labels = list(dict.fromkeys(label for entry in entries for label, _ in entry.facts))
    head = "".join(f"<th>{escape(label)}</th>" for label in ["Result", *labels])
    head += '<th class="number">PSNR (dB)</th><th class="number">SSIM</th>'
    rows = []
    means = [(_mean(views, index, "psnr"), _mean(views, index, "ssim")) for index in range(len(entries))]
    for entry, (psnr, ssim) in zip(entries, means, strict=True):
        facts = dict(entry.facts)
        cells = "".join(f"<td>{escape(text)}</td>" for text in [entry.title, *(facts.get(each, "") for each in labels)])
        best = [max(column) for column in zip(*means, strict=True)]
        rows.append(f"<tr>{cells}{_number(psnr, best[0], 2)}{_number(ssim, best[1], 4)}</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _table_of_views(entries: Sequence[Entry], views: Sequence[ComparedView]) -> str:
    head = "<th>View</th>" + "".join(
        f'<th class="number">{escape(entry.title)} (dB)</th><th class="number">SSIM</th>' for entry in entries
    )
    rows = []
    for view in views:
        best = max(each.psnr for each in view.metrics), max(each.ssim for each in view.metrics)
        numbers = "".join(_number(each.psnr, best[0], 2) + _number(each.ssim, best[1], 4) for each in view.metrics)
        rows.append(f'<tr><td><a href="#{escape(view.name)}">{escape(view.name)}</a></td>{numbers}</tr>')
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _number(value: float, best: float, digits: int) -> str:
    mark = " best" if value == best else ""
    return f'<td class="number{mark}">{value:.{digits}f}</td>'


def _section(entries: Sequence[Entry], view: ComparedView) -> str:
    figures = [_figure(view.photo, "<b>Photograph</b>")]
    for entry, render, metrics in zip(entries, view.renders, view.metrics, strict=True):
        numbers = f"{metrics.psnr:.2f} dB, SSIM {metrics.ssim:.4f}"
        figures.append(_figure(render, f"<b>{escape(entry.title)}</b> {numbers}"))
    errors = [
        _figure(error, f"Error of {escape(entry.title)}", under=number == 0)
        for number, (entry, error) in enumerate(zip(entries, view.errors, strict=True))
    ]
    heading = f'<h2 id="{escape(view.name)}">{escape(view.name)}</h2>'
    columns = f"grid-template-columns: repeat({len(figures)}, minmax(0, 1fr))"  # each error lies under its render
    return f'{heading}\n<div class="row" style="{columns}">\n{chr(10).join([*figures, *errors])}\n</div>'


def _figure(picture: bytes, caption: str, *, under: bool = False) -> str:
    data = base64.b64encode(picture).decode()
    image = f'<img alt="" src="data:image/jpeg;base64,{data}">'
    place = ' class="under"' if under else ""
    return f"<figure{place}>{image}<figcaption>{caption}</figcaption></figure>"
