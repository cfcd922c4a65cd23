"""The table of commands and how it is searched, without a display."""

from __future__ import annotations

import time

import pytest

from viewer.model.commands import Command, Commands
from viewer.model.fuzzy import match


def command(name: str, title: str, menu: str = "File", **more) -> Command:
    return Command(name, title, menu, more.pop("run", lambda: None), **more)


def table() -> Commands:
    return Commands(
        [
            command("file.open", "Open…", shortcut="Ctrl+O"),
            command("file.save", "Save screenshot…"),
            command("view.grid", "Grid", "View", shortcut="G", checked=lambda: True),
            command("view.top", "Top", "View/Look from", shortcut="Num+7"),
            command("run.start", "Start", "Run", enabled=lambda: False, needs="Open a capture first."),
            command("compare.three", "Three panes in a grid", "Compare"),
        ]
    )


def ids(commands: Commands, query: str) -> list[str]:
    return [hit.command.id for hit in commands.search(query)]


def test_menus_come_in_the_order_of_their_first_command():
    commands = table()
    assert commands.menus == ("File", "View", "View/Look from", "Run", "Compare")
    assert [each.id for each in commands.in_menu("View")] == ["view.grid"]
    assert commands["view.top"].label == "View: Look from: Top"
    assert "run.start" not in [each.id for each in commands.enabled]


def test_two_commands_share_neither_id_nor_shortcut():
    commands = table()
    with pytest.raises(ValueError, match="already"):
        commands.add(command("file.open", "Open again"))
    with pytest.raises(ValueError, match=r"shortcut of 'view\.grid'"):
        commands.add(command("edit.grow", "Grow", shortcut="g"))
    commands.add(command("edit.none", "No shortcut"), command("edit.none2", "None either"))
    assert len(commands) == 8


def test_what_cannot_be_done_is_not_run():
    done = []
    commands = Commands(
        [
            command("a", "A", run=lambda: done.append("a")),
            command("b", "B", run=lambda: done.append("b"), enabled=lambda: False),
        ]
    )
    used, refused = [], []
    commands.used.connect(used.append)
    commands.refused.connect(refused.append)
    assert [commands.run(name) for name in ("a", "b", "gone")] == [True, False, False]
    assert done == used == ["a"]
    assert refused == ["b"]
    assert commands.recent == ("a",)


def test_the_better_match_comes_first():
    commands = table()
    assert ids(commands, "grid") == ["view.grid", "compare.three"]
    assert ids(commands, "lft")[0] == "view.top"  # by its menu alone
    assert ids(commands, "sc") == ["file.save"]
    assert ids(commands, "scr sav") == ["file.save"]
    assert ids(commands, "xyz") == []


def test_titles_count_more_than_menus():
    commands = Commands([command("a", "Reset", "View"), command("b", "View table", "Compare")])
    assert ids(commands, "view") == ["b", "a"]


def test_what_cannot_be_done_comes_last():
    commands = table()
    commands.recent = ("run.start",)
    assert ids(commands, "")[-1] == "run.start"
    commands.add(command("x", "Such a thing as"))
    assert ids(commands, "sta") == ["x", "run.start"]
    assert [hit.enabled for hit in commands.search("sta")] == [True, False]


def test_what_was_used_lately_comes_first_among_equals():
    commands = Commands([command("a", "Show points"), command("b", "Show grid"), command("c", "Shower")])
    assert ids(commands, "show g") == ["b"]
    commands.run("b")
    assert ids(commands, "")[0] == "b"
    assert ids(commands, "show")[0] == "b"
    commands.run("a")
    assert ids(commands, "") == ["a", "b", "c"]
    assert commands.recent == ("a", "b")


def test_what_was_used_lately_does_not_beat_what_was_typed():
    commands = Commands([command("a", "Grid"), command("b", "Go to the right edge")])
    commands.recent = ("b",)
    assert ids(commands, "grid")[0] == "a"


def test_letters_that_were_meant_are_told():
    hit = table().search("oen")[0]
    assert "".join(hit.command.label[letter] for letter in hit.match.letters) == "Oen"
    assert match("grow sel", "Grow the selection").letters == (0, 1, 2, 3, 9, 10, 11)


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("sa", "Select all", "Usual area"),
        ("open", "Open…", "Go open-ended"),
        ("tp", "Top", "Stop"),
        ("ex", "Export…", "Next"),
        ("unf", "Undo of fork", "Sun of"),
    ],
)
def test_starts_of_words_and_neighbours_win(query, better, worse):
    assert match(query, better).score > (match(query, worse).score if match(query, worse) else 0)


def test_letters_of_any_script_and_case_are_found():
    assert match("Maßstab", "Maßstab setzen").letters == tuple(range(7))
    assert match("É", "été").letters == (0,)
    assert match("", "anything").letters == ()


def test_a_list_that_changes_keeps_its_place():
    commands = table()
    heard = []
    commands.changed.connect(lambda: heard.append(1))
    commands.replace_menu("View", [command("recent.1", "One", "View"), command("recent.2", "Two", "View")])
    assert [each.id for each in commands][:5] == ["file.open", "file.save", "recent.1", "recent.2", "view.top"]
    commands.replace_menu("View", [])
    assert "View" not in commands.menus
    assert len(heard) == 2


def test_three_hundred_commands_are_searched_as_one_types():
    commands = Commands(command(str(n), f"Some long title of the command number {n}") for n in range(300))
    begun = time.process_time()
    assert len(commands.search("lonumb 7"))
    assert time.process_time() - begun < 0.3  # some 30 ms on an idle core
