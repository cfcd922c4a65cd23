"""What lies in the docks: one panel for each, made from the models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from viewer.panels.blocks import BlocksPanel
from viewer.panels.capture_page import CapturePage
from viewer.panels.curves import CurvesPanel
from viewer.panels.edit import EditPanel
from viewer.panels.export import ExportPanel
from viewer.panels.find_cameras import FindCamerasPage
from viewer.panels.log import LogPanel
from viewer.panels.mesh_edit import MeshEditPanel
from viewer.panels.photo_panel import PhotoPanel
from viewer.panels.run_tree import RunTreePanel
from viewer.panels.timeline import Timeline
from viewer.panels.tune import TunePanel
from viewer.panels.views_table import ViewsPanel

if TYPE_CHECKING:
    from viewer.window import Window
    from viewer.wiring import Workspace


def panels_of(window: Window, work: Workspace) -> dict[str, QWidget]:
    """The panels by the ids of their docks."""
    views = ViewsPanel(work.views)
    views.picture_wanted.connect(window.save_picture)
    return {
        "capture": _capture(work),
        "runs": _runs(window, work),
        "tune": TunePanel(work.tune),
        "photo": PhotoPanel(work.model),
        "edit": _edit(work),
        "blocks": _blocks(work),
        "export": ExportPanel(work.export),
        "curves": CurvesPanel(work.board),
        "views": views,
        "timeline": Timeline(work.filming),
        "log": LogPanel(work.log),
    }


def _capture(work: Workspace) -> QWidget:
    """The capture, or the photographs for which cameras are still to be found."""
    pages = QStackedWidget()
    pages.addWidget(CapturePage(work.model, work.capture, work.photos))
    cameras = FindCamerasPage(work.cameras)
    cameras.open_wanted.connect(lambda path: work.open([path]))
    pages.addWidget(cameras)

    def turn(*_: object) -> None:
        pages.setCurrentIndex(int(work.cameras.photographs is not None))

    work.cameras.events.photographs.connect(turn)
    turn()
    return pages


def _edit(work: Workspace) -> QWidget:
    """Editing splats, or a mesh where one is in the active pane."""
    pages = QStackedWidget()
    splats, mesh = EditPanel(work.edit), MeshEditPanel(work.mesh)
    splats.whole.surface_wanted.connect(lambda: work.surfacing.make(work.active.result))
    for wanted in (splats.whole.register_wanted, mesh.register_wanted):
        wanted.connect(work.register.begin)
    pages.addWidget(splats)
    pages.addWidget(mesh)

    def turn(*_: object) -> None:
        pages.setCurrentIndex(int(work.mesh.target is not None))

    work.mesh.events.target.connect(turn)
    turn()
    return pages


def _blocks(work: Workspace) -> BlocksPanel:
    panel = BlocksPanel(work.blocks)
    panel.fit_wanted.connect(work.fit_on)

    def allow(*_: object) -> None:
        panel.allow_fit(work.can_fit_on)

    work.run.changed.connect(allow)
    work.blocks.events.target.connect(allow)
    allow()
    return panel


def _runs(window: Window, work: Workspace) -> QWidget:
    def branch_off(path: Path) -> None:
        work.tune.branch_off(path)
        window.docks.show("tune")

    def show_curves(path: Path) -> None:
        work.board.add_run(path)
        window.docks.show("curves")

    runs = RunTreePanel(work.tree)
    runs.open_requested.connect(lambda path: work.open([path]))
    runs.compare_requested.connect(work.compare_run)
    runs.fork_requested.connect(branch_off)
    runs.resume_requested.connect(work.tune.resume)
    runs.curves_requested.connect(show_curves)
    return runs
