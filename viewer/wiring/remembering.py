"""What is kept from one start to the next: what is open, and how it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from viewer.model import SavedView, WindowModel
from viewer.model.capture import CaptureModel
from viewer.model.kept_panes import panes_to_json, take_up_panes
from viewer.model.session import Session, SessionModel


class Remembering:
    """Keeps the session up to date, and takes the last one up again.

    Parameters
    ----------
    session : SessionModel
    model : WindowModel
    capture : CaptureModel
    """

    def __init__(self, session: SessionModel, model: WindowModel, capture: CaptureModel) -> None:
        self._session = session
        self._model = model
        self._capture = capture
        self._coming: Session | None = None

    def watch(self) -> None:
        """Keep the session from now on."""
        model = self._model
        for event in (model.events.results, model.events.scene, model.events.selected, model.saved.events.views):
            event.connect(self._keep)
        for event in (
            model.events.show_cameras,
            model.events.show_points,
            model.events.show_grid,
            model.events.show_meshes,
        ):
            event.connect(self._keep)
        model.compare.events.connect(self._keep)

    def take_up(self, open_paths: Callable[[list[Path]], None]) -> None:
        """Open again what was open last time; `come_back` follows once it is shown."""
        self._coming = self._session.take_up()
        if self._coming is not None:
            open_paths([Path(path) for path in self._coming.paths])

    def come_back(self) -> None:
        """Look at it as it was looked at, once it is shown."""
        session, self._coming = self._coming, None
        if session is None:
            return
        model = self._model
        if session.selected is not None and any(view.name == session.selected for view in model.views):
            model.selected = session.selected
        take_up_panes(model, session.panes)
        model.saved.views = tuple(_saved(session.cameras.get("saved")))

    def _keep(self, *_: Any) -> None:
        if self._coming is not None or self._model.scene is None:
            return
        source = self._capture.source
        paths = [source.path] if source else []
        paths += [str(result.run or result.path) for result in self._model.results]
        self._session.keep(
            paths=tuple(dict.fromkeys(str(Path(path).absolute()) for path in paths)),
            selected=self._model.selected,
            panes=panes_to_json(self._model),
            cameras={"saved": [view.to_json() for view in self._model.saved.views]},
        )


def _saved(documents: Any) -> list[SavedView]:
    views = []
    for document in documents if isinstance(documents, list) else ():
        try:
            views.append(SavedView.from_json(document))
        except (KeyError, TypeError, ValueError):
            continue
    return views
