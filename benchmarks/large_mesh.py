"""A mesh of a million faces in the window: how long it holds the window up to open it and to draw it in every way.

    python -m benchmarks.large_mesh [--faces 1000000] [--format glb]

Needs a display. What is told is the longest that the window's thread was held up, less what one picture takes: where
OpenGL is drawn by the CPU, that of so many faces takes long. The first of each kind also sends the mesh, its colours or
its wires to the graphics card.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from benchmarks.training_in_window import Stalls
from benchmarks.window_stage import live, tell, wait
from recon.io import write_geometry
from recon.scene import Mesh
from viewer.app import Window, application
from viewer.model.mesh_style import MESH_STYLES

PATIENCE = 300.0  # seconds
BAR = "0.20 s"


def bumpy_ball(faces: int) -> Mesh:
    """A ball with bumps and one hole, of about so many faces."""
    rows = round((faces / 4) ** 0.5)
    columns = 2 * rows
    azimuth, polar = np.arange(columns) * 2 * np.pi / columns, np.linspace(0.05, np.pi - 0.001, rows + 1)
    across, down = np.meshgrid(azimuth, polar)
    radius = 1 + 0.05 * np.sin(20 * across) * np.sin(15 * down)
    points = radius[..., None] * np.stack(
        [np.sin(down) * np.cos(across), np.sin(down) * np.sin(across), np.cos(down)], 2
    )
    grid = np.arange((rows + 1) * columns).reshape(rows + 1, columns)
    a, b, c, d = grid[:-1], np.roll(grid, -1, 1)[:-1], grid[1:], np.roll(grid, -1, 1)[1:]
    corners = [np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)]
    return Mesh(points.reshape(-1, 3).astype(np.float32), np.concatenate(corners).astype(np.int32))


def tell_stall(window: Window, what: str, do: Callable[[], object], bar: str) -> None:
    """Tell how long the window's thread was held up at most, from doing something until all is there."""
    held, picture = stall(window, do), picture_seconds(window)
    tell(what, f"{max(0.0, held - picture):.2f} s", bar)
    print(f"  held up for {held:.2f} s, of which a picture takes {picture:.2f} s", flush=True)


def stall(window: Window, do: Callable[[], object], seconds: float = 0.3) -> float:
    """The longest that the window's thread was held up, from doing something until all is there."""
    stalls = Stalls()
    do()
    deadline = time.monotonic() + PATIENCE
    while not window.settled and time.monotonic() < deadline:
        live(0.05)
    live(seconds)
    return stalls.longest


def picture_seconds(window: Window) -> float:
    """How long one picture takes that sends nothing."""
    viewport = window.panes.active
    viewport._interactor.ren_win.Render()
    before = time.perf_counter()
    viewport._interactor.ren_win.Render()
    return time.perf_counter() - before


def measure(folder: Path, faces: int, form: str) -> None:
    paths = [folder / f"ball {number}.{form}" for number in (1, 2)]
    for number, path in enumerate(paths):
        mesh = bumpy_ball(faces)
        write_geometry(path, Mesh(mesh.vertices * np.float32(1 + 0.01 * number), mesh.faces))
    window = Window(folder=folder)
    window.show()
    window.build_viewport()
    window.director.start_engine()
    wait(lambda: window.model.engine.condition == "ready", PATIENCE)
    tell_stall(window, f"opening {len(mesh):,} faces, .{form}", lambda: window.open(paths[:1]), BAR)
    window.open(paths[1:])
    wait(lambda: window.settled, PATIENCE)
    window.model.compare.close(1)
    for turn in ("first", "again"):
        for style in MESH_STYLES:
            change = partial(window.model.compare.set_style, style, 0)
            tell_stall(window, f"drawing {style}, {turn}", change, BAR if turn == "again" else "none")
    viewport = window.panes.active
    for turn in ("first", "second"):
        before = time.perf_counter()
        viewport.point_at(viewport.camera().cx, viewport.camera().cy)
        tell(f"{turn} point under the pointer", f"{time.perf_counter() - before:.2f} s", BAR)
    window.leave()
    QApplication.processEvents()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--format", default="glb")
    chosen = parser.parse_args()
    application()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), chosen.faces, chosen.format)


if __name__ == "__main__":
    main()
