"""The arrows of docs/architecture.md: who may import whom, and what stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("recon", "viewer", "shaders", "sample_scenes")

# room: the rooms it may import, besides itself; the longest matching prefix of a module's name is its room
ROOMS = {
    "recon": {"recon.errors", "recon.evaluate", "recon.io", "recon.render", "recon.runs"},  # lazily: public names
    "recon.errors": set(),
    "recon.parameters": set(),
    "recon.scene": set(),
    "recon.io": {"recon.scene"},
    "recon.editing": {"recon.io", "recon.meshes", "recon.scene"},
    "recon.meshes": {"recon.scene"},
    "recon.shapes": {"recon.meshes", "recon.scene"},
    "recon.families": {"recon.io", "recon.scene", "recon.shapes"},
    "recon.points": {"recon.meshes", "recon.scene"},
    "recon.poses": {"recon.io", "recon.scene"},
    "recon.render": {"recon.scene"},
    "recon.evaluate": {"recon.meshes", "recon.render", "recon.io", "recon.scene"},
    "recon.fields": {"recon.render", "recon.scene"},
    "recon.methods": {
        *("recon.fields", "recon.render", "recon.evaluate", "recon.meshes", "recon.poses", "recon.io", "recon.scene"),
    },
    "recon.runs": {
        *("recon", "recon.editing", "recon.scene", "recon.io"),
        *("recon.methods", "recon.evaluate", "recon.meshes", "recon.points", "recon.render", "recon.poses"),
    },
    "recon.cli": {
        *("recon", "recon.runs", "recon.methods", "recon.evaluate", "recon.meshes", "recon.poses"),
        *("recon.io", "recon.editing", "recon.families", "recon.points", "recon.scene", "recon.shapes"),
    },
    "recon.__main__": {"recon.cli"},
    "viewer.model": {
        *("recon", "recon.editing", "recon.meshes", "recon.scene", "recon.io", "recon.runs", "recon.methods"),
    },
    "viewer.engine": {
        *("viewer.model", "recon", "recon.editing", "recon.meshes", "recon.scene", "recon.io"),
        *("recon.render", "recon.evaluate", "recon.methods", "recon.points", "recon.poses", "recon.runs"),
    },
    "viewer.viewport": {"viewer.model", "shaders", "recon", "recon.scene"},
    "viewer.panels": {"viewer.model", "recon", "recon.scene", "recon.io"},
    "viewer.wiring": {"viewer.model", "viewer.engine", "recon", "recon.scene", "recon.methods", "recon.runs"},
    "viewer": {"viewer.model", "viewer.engine", "viewer.wiring", "viewer.viewport", "viewer.panels", "recon"},
    "shaders": set(),
    "sample_scenes": {"recon.scene", "recon.io"},
}
OUTSIDE_ONLY_IN = {
    "pyvista": {"viewer.viewport"},
    "pyvistaqt": {"viewer.viewport"},
    "vtkmodules": {"viewer.viewport"},
    "vtk": {"viewer.viewport"},
    "PySide6": {"viewer", "viewer.viewport", "viewer.panels", "viewer.engine"},
    "torch": {"recon.families", "recon.render", "recon.evaluate", "recon.methods", "recon.runs", "viewer.engine"},
    "gsplat": {"recon.render"},
    "pycolmap": {"recon.poses"},
    "open3d": {"recon.points"},
}
NO_TORCH_AT_MODULE_LEVEL = (
    "recon.scene",
    "recon.io",
    "recon.runs",
    "recon.cli",
    "recon.points",
    "recon.shapes",
    "recon.methods.splats",
    "recon.methods.blocks",
    "recon.methods.primitives",
    "viewer",
)
ENGINE_PROCESS = ("viewer.engine.process", "viewer.engine.backend")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def room_of(module: str) -> str:
    return max((room for room in ROOMS if module == room or module.startswith(room + ".")), key=len, default="")


def imported(tree: ast.AST, module: str) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} uses a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_every_import_follows_an_arrow(path: Path) -> None:
    module = module_name(path)
    room = room_of(module)
    for name in imported(ast.parse(path.read_text()), module):
        top = name.partition(".")[0]
        if top in PACKAGES:
            target = room_of(name)
            assert target in {room, "recon.errors", "recon.parameters"} or target in ROOMS[room], (
                f"{module} ({room}) must not import {name} ({target})"
            )
        elif top in OUTSIDE_ONLY_IN:
            assert room in OUTSIDE_ONLY_IN[top], f"{module} must not import {top}"


LIGHT_SOURCES = [
    path
    for path in SOURCES
    if module_name(path).startswith(NO_TORCH_AT_MODULE_LEVEL) and module_name(path) not in ENGINE_PROCESS
]


@pytest.mark.parametrize("path", LIGHT_SOURCES, ids=module_name)
def test_light_rooms_import_no_torch_at_module_level(path: Path) -> None:
    module = module_name(path)
    top_level = [node for node in ast.parse(path.read_text()).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = set().union(*(imported(node, module) for node in top_level), set())
    assert not {name for name in names if name.startswith(("torch", "recon.render", "open3d"))}


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout


@pytest.mark.parametrize(
    "module",
    [
        "recon",
        "recon.scene",
        "recon.io",
        "recon.points",
        "recon.runs",
        "recon.cli",
        "recon.methods.splats",
        "recon.methods.blocks",
    ],
)
def test_importing_loads_neither_torch_nor_open3d_nor_qt(module: str) -> None:
    loaded = run_python(f"import sys, {module}; print(*sorted(m for m in sys.modules if '.' not in m))").split()
    assert not {"torch", "open3d", "PySide6", "vtkmodules", "pyvista", "viewer"} & set(loaded)


def test_the_public_names_are_there() -> None:
    code = "import recon; print(*(n for n in recon.__all__ if not hasattr(recon, n)))"
    assert run_python(code).strip() == ""
