"""Everything a person can do, as one table: menus, toolbar, shortcuts and command palette derive from it.

A new command is one row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from viewer.docks import PLACES
from viewer.model.commands import Command, Commands
from viewer.model.compare import MODE_TITLES, MODES, MOST_PANES, NOTHING, PHOTO, Content
from viewer.model.gizmo import KINDS
from viewer.model.mesh_style import ALL_STYLES, STYLE_HINTS, STYLE_TITLES
from viewer.model.orbit import Side

if TYPE_CHECKING:
    from viewer.model import WindowModel
    from viewer.window import Window
    from viewer.wiring import Workspace

OPEN_FIRST = "Open something first."
CAPTURE_FIRST = "Open a capture first."
SPLATS_FIRST = "Show finished splats in the active pane first."
RESULT_FIRST = "Show something finished in the active pane first."
SELECT_FIRST = "Select some splats or blocks first."
BLOCKS_FIRST = "Show finished blocks in the active pane first."
MESH_FIRST = "Show a finished mesh in the active pane first."
BLOCK_FIRST = "Select a block first, one that is not locked."
TWO_FIRST = "Open a second pane first."
RUN_FIRST = "Start a run first."
SIDES: tuple[tuple[Side, str, str], ...] = (
    ("front", "Front", "Num+1"),
    ("back", "Back", "Ctrl+Num+1"),
    ("right", "Right", "Num+3"),
    ("left", "Left", "Ctrl+Num+3"),
    ("top", "Top", "Num+7"),
    ("bottom", "Bottom", "Ctrl+Num+7"),
)
NUMBERED = 9  # saved views with a shortcut
TOOLS = (
    ("navigate", "Look around", "Q"),
    ("rectangle", "Rectangle", "R"),
    ("lasso", "Lasso", "L"),
    ("brush", "Brush", "B"),
    ("sphere", "Sphere", "S"),
    ("box", "Box", "X"),
    ("transform", "Move, turn and resize", "T"),
)


def commands_of(window: Window) -> Commands:
    """The table for a window."""
    work = window.workspace
    return Commands(
        [
            *_file(window),
            *_edit(window, work),
            *_blocks(work),
            *_mesh(window, work),
            *_points(work),
            *_select(work),
            *_view(work),
            *_compare(work),
            *_run(window, work),
            *_panels(window),
            *_help(window),
        ]
    )


def _file(window: Window) -> Iterator[Command]:
    work = window.workspace
    yield Command("file.open", "Open files …", "File", window.open_files, "Ctrl+O")
    yield Command("file.open_folder", "Open folder …", "File", window.open_folder, "Ctrl+Shift+O")
    yield Command("file.sample", "Open the sample scene", "File", window.open_sample)
    yield Command(
        "file.continue",
        "Go on where the last session ended",
        "File",
        work.continue_last,
        enabled=lambda: work.session.previous is not None,
        needs="There is no last session.",
    )
    has_result = partial(_is_finished, work)
    show_export = partial(window.docks.show, "export")
    yield Command("file.export", "Export …", "File", show_export, "Ctrl+E", has_result, needs=RESULT_FIRST, group="out")
    yield Command(
        "file.screenshot",
        "Screenshot …",
        "File",
        window.show_screenshot,
        "F12",
        has_result,
        needs=RESULT_FIRST,
        group="out",
    )
    yield Command(
        "file.copy_view",
        "Copy view",
        "File",
        window.copy_view,
        "Ctrl+Shift+C",
        partial(_is_open, work),
        hint="Put the panes as they stand on the clipboard.",
        needs=OPEN_FIRST,
        group="out",
    )
    yield Command("file.quit", "Quit", "File", window.close, "Ctrl+Q", group="quit")


def _edit(window: Window, work: Workspace) -> Iterator[Command]:
    edit = work.edit

    either = work.either

    def has_target() -> bool:
        return edit.target is not None

    yield Command(
        "edit.undo",
        "Undo",
        "Edit",
        window.undo,
        "Ctrl+Z",
        lambda: window.history.can_undo,
        needs="There is no step to take back.",
    )
    yield Command(
        "edit.redo",
        "Redo",
        "Edit",
        window.redo,
        "Ctrl+Shift+Z",
        lambda: window.history.can_redo,
        needs="There is no step to take again.",
    )
    changes: tuple[tuple[str, str, Callable[[], Any], str, Callable[[], bool], str], ...] = (
        ("delete", "Delete", either.delete, "Del", either.has_selection, SELECT_FIRST),
        ("hide", "Hide", either.hide, "Shift+H", either.has_selection, SELECT_FIRST),
        ("show_all", "Show all that is hidden", either.show_all, "Alt+H", either.has_target, RESULT_FIRST),
        ("crop", "Crop to the box", edit.crop, "", lambda: edit.tool == "box", "Take the box first."),
        ("clean_up", "Mark likely floaters", edit.clean_up, "", has_target, SPLATS_FIRST),
    )
    for name, title, run, shortcut, enabled, needs in changes:
        yield Command(f"edit.{name}", title, "Edit", run, shortcut, enabled, needs=needs, group="change")
    for tool, title, shortcut in TOOLS:
        yield Command(
            f"tool.{tool}",
            title,
            "Edit/Tool",
            partial(edit.take, tool),
            shortcut,
            has_target,
            checked=lambda tool=tool: edit.tool == tool,
            needs=SPLATS_FIRST,
        )


def _blocks(work: Workspace) -> Iterator[Command]:
    blocks = work.blocks

    def has_target() -> bool:
        return blocks.target is not None

    def has_free() -> bool:
        return bool(blocks.free)

    def has_selection() -> bool:
        return bool(blocks.selection)

    rows: tuple[tuple[str, str, Callable[[], Any], str, Callable[[], bool], str], ...] = (
        ("add", "Add a block", blocks.add, "", has_target, BLOCKS_FIRST),
        ("duplicate", "Duplicate", blocks.duplicate, "Shift+D", has_selection, BLOCK_FIRST),
        ("split", "Split across the longest axis", blocks.split, "", lambda: len(blocks.free) == 1, BLOCK_FIRST),
        ("merge", "Merge", blocks.merge, "Ctrl+J", lambda: blocks.can_merge, "Select two blocks first."),
        ("lock", "Lock, or let go", partial(blocks.toggle, "locked"), "Shift+L", has_selection, BLOCK_FIRST),
    )
    for name, title, run, shortcut, enabled, needs in rows:
        yield Command(f"block.{name}", title, "Edit/Blocks", run, shortcut, enabled, needs=needs)
    yield Command(
        "block.fit_on",
        "Fit on from here",
        "Edit/Blocks",
        work.fit_on,
        "",
        lambda: work.can_fit_on,
        hint="Go on fitting to the photographs from the blocks as they are now; locked ones stay as they are.",
        needs="Show the blocks of a run in the active pane, and let no run go on.",
        group="fit",
    )
    for kind in KINDS:
        yield Command(
            f"block.{kind}",
            f"{kind.capitalize()} by the gizmo",
            "Edit/Blocks",
            partial(setattr, blocks, "gizmo_kind", kind),
            "",
            has_free,
            checked=lambda kind=kind: blocks.gizmo_kind == kind,
            needs=BLOCK_FIRST,
            group="gizmo",
        )


def _mesh(window: Window, work: Workspace) -> Iterator[Command]:
    mesh = work.mesh

    def has_target() -> bool:
        return mesh.target is not None

    def show() -> None:
        window.docks.show("edit")

    rows: tuple[tuple[str, str, Callable[[], Any], Callable[[], bool], str], ...] = (
        ("edit", "Simplify, smooth, close, clean …", show, has_target, MESH_FIRST),
        ("box", "Box to crop to", partial(mesh.take, "box"), has_target, MESH_FIRST),
        ("crop", "Crop to the box", mesh.crop, lambda: mesh.tool == "box", "Take the box to crop to first."),
    )
    for name, title, run, enabled, needs in rows:
        yield Command(f"surface.{name}", title, "Edit/Mesh", run, "", enabled, needs=needs)


def _points(work: Workspace) -> Iterator[Command]:
    """What is worked out of the points of results."""
    active, surfacing, registering = work.active, work.surfacing, work.register
    yield Command(
        "surface.poisson",
        "Surface through the splats",
        "Edit/Mesh",
        lambda: surfacing.make(active.result),
        "",
        lambda: surfacing.can_make(active.result),
        hint="Make a mesh of the splats alone, by Poisson reconstruction; it is opened beside them.",
        needs=SPLATS_FIRST,
        group="points",
    )
    yield Command(
        "edit.register",
        "Move onto another result …",
        "Edit",
        registering.begin,
        "",
        lambda: registering.can_begin,
        hint="Pick the same points on both, or go by their shapes; it is moved until both lie on each other.",
        needs="Open two finished results first.",
        group="register",
    )


def _select(work: Workspace) -> Iterator[Command]:
    edit = work.edit

    def has_target() -> bool:
        return edit.target is not None

    either = work.either
    yield Command("select.all", "Everything", "Select", either.select_all, "Ctrl+A", either.has_target)
    yield Command("select.none", "Nothing", "Select", either.select_nothing, "Ctrl+Shift+A", either.has_target)
    rows = (
        ("invert", "Invert", edit.invert, "Ctrl+I"),
        ("grow", "Grow", edit.grow, "Ctrl++"),
        ("volume", "Within the sphere or box", edit.select_volume, ""),
    )
    for name, title, run, shortcut in rows:
        yield Command(f"select.{name}", title, "Select", run, shortcut, has_target, needs=SPLATS_FIRST)


def _view(work: Workspace) -> Iterator[Command]:
    model, is_open = work.model, partial(_is_open, work)

    def has_photos() -> bool:
        return bool(model.views)

    def has_points() -> bool:
        return has_photos() and model.scene.capture.points is not None

    rows: tuple[tuple[str, str, Callable[[], Any], str], ...] = (
        ("home", "Whole scene", model.go_home, "H"),
        ("frame", "Frame what is shown", model.frame_all, "F"),
        ("up", "Another axis up", work.turn_up, "U"),
    )
    for name, title, run, shortcut in rows:
        yield Command(f"view.{name}", title, "View", run, shortcut, is_open, needs=OPEN_FIRST)
    yield _toggle(model, "show_cameras", "Cameras", "C", has_photos, CAPTURE_FIRST)
    yield _toggle(model, "show_points", "Points", "P", has_points, "Open a capture that brings points first.")
    yield _toggle(model, "show_grid", "Grid", "G", is_open, OPEN_FIRST)
    yield _toggle(model, "show_meshes", "Meshes among splats", "M", is_open, OPEN_FIRST)
    for mode in MODES:
        yield Command(
            f"mode.{mode}",
            MODE_TITLES[mode],
            "View/Draw as",
            partial(model.compare.set_mode, mode),
            "",
            is_open,
            checked=lambda mode=mode: model.compare.pane.mode == mode,
            needs=OPEN_FIRST,
        )
    yield Command("mode.next", "Next way to draw", "View/Draw as", model.compare.next_mode, "D", is_open, group="next")
    for style in ALL_STYLES:
        yield Command(
            f"mesh.{style}",
            STYLE_TITLES[style],
            "View/Meshes",
            partial(model.compare.set_style, style),
            "",
            is_open,
            checked=lambda style=style: model.compare.pane.style == style,
            hint=STYLE_HINTS[style],
            needs=OPEN_FIRST,
        )
    yield from _places(work)


def _places(work: Workspace) -> Iterator[Command]:
    """Where to look from."""
    model, is_open = work.model, partial(_is_open, work)
    for side, title, shortcut in SIDES:
        yield Command(f"from.{side}", title, "View/Look from", partial(model.face, side), shortcut, is_open)
    yield Command(
        "from.parallel",
        "Parallel",
        "View/Look from",
        model.toggle_parallel,
        "Num+5",
        is_open,
        checked=lambda: model.orbit.parallel,
        group="how",
    )
    yield Command(
        "from.fly",
        "Fly",
        "View/Look from",
        model.toggle_steering,
        "Shift+F",
        is_open,
        checked=lambda: model.steering == "fly",
        hint="Steer with W, A, S, D, Q, E; the wheel changes the speed.",
        group="how",
    )
    yield from _photographs(model)
    yield Command("place.save", "Save this view", "View/Saved views", model.save_view, "Ctrl+D", is_open)
    for number in range(1, NUMBERED + 1):
        yield Command(
            f"place.{number}",
            f"Saved view {number}",
            "View/Saved views",
            partial(model.recall_view, number),
            f"Alt+{number}",
            lambda number=number: model.saved.find(number) is not None,
            needs="Save a view first.",
            group="saved",
        )


def _photographs(model: WindowModel) -> Iterator[Command]:
    def has_photos() -> bool:
        return bool(model.views)

    for name, title, by, shortcut in (("next", "Next", 1, "PgDown"), ("previous", "Previous", -1, "PgUp")):
        yield Command(
            f"from.{name}_photo",
            f"{title} photograph",
            "View/Look from",
            partial(model.stand_at_next, by),
            shortcut,
            has_photos,
            needs=CAPTURE_FIRST,
            group="photo",
        )


def _compare(work: Workspace) -> Iterator[Command]:
    compare, model = work.model.compare, work.model

    def two() -> bool:
        return len(compare.panes) > 1

    def room() -> bool:
        return _is_open(work) and len(compare.panes) < MOST_PANES

    def add_photo() -> None:
        compare.add(PHOTO)

    def add_difference() -> None:
        compare.add(Content.difference(compare.pane.content.key))

    def photos() -> bool:
        return bool(model.views) and room()

    def result() -> bool:
        return compare.pane.content.kind == "result" and photos()

    yield Command("pane.add", "Add a pane", "Compare", partial(compare.add, NOTHING), "Ctrl+T", room)
    yield Command("pane.photo", "Add the photograph", "Compare", add_photo, "Ctrl+P", photos, needs=CAPTURE_FIRST)
    yield Command("pane.difference", "Add the difference", "Compare", add_difference, "", result, needs=CAPTURE_FIRST)
    yield Command("pane.close", "Close the pane", "Compare", compare.close, "Ctrl+W", two, needs=TWO_FIRST)
    yield Command("pane.next", "Next pane", "Compare", compare.activate_next, "Ctrl+Tab", two, needs=TWO_FIRST)
    titles = {"panes": ("Side by side", "1"), "wipe": ("Wipe", "2"), "blink": ("Blink", "3")}
    for arrangement, (title, shortcut) in titles.items():
        yield Command(
            f"arrange.{arrangement}",
            title,
            "Compare",
            partial(compare.arrange, arrangement),
            shortcut,
            two,
            checked=lambda arrangement=arrangement: compare.arrangement == arrangement,
            needs=TWO_FIRST,
            group="arrangement",
        )
    yield Command(
        "arrange.flip",
        "Show the other one",
        "Compare",
        compare.flip,
        "Space",
        lambda: compare.arrangement == "blink",
        needs="Blink first.",
        group="arrangement",
    )
    yield Command(
        "arrange.link",
        "Linked cameras",
        "Compare",
        lambda: compare.link(not compare.linked),
        "K",
        two,
        checked=lambda: compare.linked,
        needs=TWO_FIRST,
        group="link",
    )


def _run(window: Window, work: Workspace) -> Iterator[Command]:
    tune, run = work.tune, work.run

    def start() -> None:
        window.docks.show("tune")
        tune.start()

    yield Command("run.start", "Start", "Run", start, "Ctrl+Return", lambda: tune.can_start, needs=CAPTURE_FIRST)
    yield Command("run.pause", "Pause", "Run", run.pause, "", lambda: run.can_pause, needs=RUN_FIRST)
    yield Command("run.resume", "Resume", "Run", run.resume, "", lambda: run.can_resume, needs="No run stands still.")
    yield Command(
        "run.stop",
        "Stop and keep",
        "Run",
        run.stop,
        "",
        lambda: run.can_stop,
        hint="End now; what there is becomes the result.",
        needs=RUN_FIRST,
    )
    yield Command(
        "run.cancel",
        "Cancel",
        "Run",
        run.cancel,
        "",
        lambda: run.can_cancel,
        hint="End without a result; the last checkpoint stays.",
        needs=RUN_FIRST,
    )
    yield Command("run.save", "Save a checkpoint", "Run", run.save, "Ctrl+S", lambda: run.can_save, needs=RUN_FIRST)
    yield Command(
        "run.fork",
        "Branch off",
        "Run",
        tune.branch_off,
        "",
        lambda: tune.can_branch_off,
        hint="Make ready a run that goes on from this one with other parameters.",
        needs=RUN_FIRST,
        group="fork",
    )


def _panels(window: Window) -> Iterator[Command]:
    docks = window.docks
    for name, (title, _, _) in PLACES.items():
        yield Command(
            f"panel.{name}",
            title,
            "Window",
            partial(docks.toggle, name),
            "",
            partial(_is_open, window.workspace),
            checked=partial(docks.is_shown, name),
            needs=OPEN_FIRST,
        )
    yield Command("panel.none", "Only the panes", "Window", docks.toggle_all, "Ctrl+\\", group="all")
    yield Command("panel.reset", "Put panels back", "Window", docks.reset, group="all")
    settings = window.workspace.settings
    for theme, title in (("system", "As the system"), ("dark", "Dark"), ("light", "Light")):
        yield Command(
            f"theme.{theme}",
            title,
            "Window/Theme",
            partial(setattr, settings, "theme", theme),
            checked=lambda theme=theme: settings.theme == theme,
        )


def _help(window: Window) -> Iterator[Command]:
    yield Command("help.palette", "Find a command …", "Help", window.show_palette, "Ctrl+Shift+P")
    yield Command("help.shortcuts", "Shortcuts", "Help", window.show_shortcuts, "F1")


def _toggle(model: Any, field: str, title: str, shortcut: str, enabled: Callable[[], bool], needs: str) -> Command:
    def run() -> None:
        setattr(model, field, not getattr(model, field))

    return Command(
        f"view.{field}",
        title,
        "View",
        run,
        shortcut,
        enabled,
        checked=lambda: getattr(model, field),
        needs=needs,
        group="shown",
    )


def _is_open(work: Workspace) -> bool:
    return work.model.scene is not None


def _is_finished(work: Workspace) -> bool:
    return work.active.result is not None and not work.active.result.live
