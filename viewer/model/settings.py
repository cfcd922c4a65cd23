"""What a person has chosen once and for all: look and folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from psygnal import SignalGroupDescriptor

from viewer.model.autosave import Autosave, read_document

Theme = Literal["dark", "light", "system"]
CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("dark", "light", "system"),
}
FILE = "settings.json"


@dataclass(eq=False)
class Settings:
    """The settings. Assigning a field announces it through `events`.

    Parameters
    ----------
    theme : {"dark", "light", "system"}
    runs_folder : str
        Where new runs are made; empty for the folder `runs` beside where Triptych was started.
    folders : mapping of str to str
        The folder last used for each purpose: "open", "export".
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    theme: Theme = "system"
    runs_folder: str = ""
    folders: Mapping[str, str] = field(default_factory=dict)

    def folder_for(self, purpose: str) -> Path:
        """Where a file dialog should begin: where the last one of its kind ended, else at home."""
        return Path(self.folders.get(purpose) or Path.home())

    def remember_folder(self, purpose: str, folder: Path) -> None:
        """Begin there next time."""
        self.folders = {**self.folders, purpose: str(folder)}

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "theme": self.theme,
            "runs_folder": self.runs_folder,
            "folders": dict(self.folders),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Settings:
        """Read back what `to_json` gave; whatever is missing or unknown is as it was at first."""
        settings = cls()
        for name, choices in CHOICES.items():
            if values.get(name) in choices:
                setattr(settings, name, values[name])
        if isinstance(values.get("runs_folder"), str):
            settings.runs_folder = values["runs_folder"]
        folders = values.get("folders")
        if isinstance(folders, dict):
            settings.folders = {key: value for key, value in folders.items() if isinstance(value, str)}
        return settings


def kept_settings(folder: Path, autosave: Autosave) -> Settings:
    """Read the settings of a folder, and write them there whenever they change."""
    settings = Settings.from_json(read_document(folder / FILE))
    settings.events.connect(lambda _: autosave.save(folder / FILE, settings.to_json()))
    return settings
