"""Everything that can be done, in one table: menus, toolbar, shortcuts and the command palette are read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from psygnal import Signal

from viewer.model.fuzzy import Match, match

REMEMBERED = 12  # commands used lately
LATELY = 3.0  # score that the command used last has ahead of one never used
ELSEWHERE = 0.5  # part of the score where a menu's name had to help


def always() -> bool:
    """It can always be done."""
    return True


@dataclass(frozen=True)
class Command:
    """Something that can be done.

    Parameters
    ----------
    id : str
        Such as "file.open"; ids that end in "quit", "about" or "settings" find the place their system has for them.
    title : str
        As menus say it: "Open…".
    menu : str
        Where it stands: "File", or "View/Look from" for a menu in a menu; empty for a command without a menu.
    run : callable
        Does it.
    shortcut : str
        As Qt writes it on every system: "Ctrl+O", "Num+7"; empty for none.
    enabled : callable
        Says whether it can be done now.
    checked : callable, optional
        Says whether it is on, where it is something that can be on or off.
    hint : str
        One sentence more, where the title does not say all.
    needs : str
        What must come first, shown while it is not enabled: "Open a capture first."
    group : str
        Commands of a menu that follow each other with different groups are set apart by a line.
    """

    id: str
    title: str
    menu: str
    run: Callable[[], object]
    shortcut: str = ""
    enabled: Callable[[], bool] = always
    checked: Callable[[], bool] | None = None
    hint: str = ""
    needs: str = ""
    group: str = ""

    @property
    def label(self) -> str:
        """With the menus that lead to it: "View: Look from: Top"."""
        return ": ".join([*self.menu.split("/"), self.title] if self.menu else [self.title])


@dataclass(frozen=True)
class Hit:
    """A command that was searched for and found.

    Parameters
    ----------
    command : Command
    enabled : bool
        Whether it can be done now.
    match : Match
        Its letters are places in the command's `label`.
    """

    command: Command
    enabled: bool
    match: Match


class Commands:
    """The table, in the order in which menus show it.

    Attributes
    ----------
    changed : Signal
        Emitted when commands come or go.
    used : Signal
        Emitted with the id of a command that was run from the table.
    refused : Signal
        Emitted with the id of a command that was to be run and could not be; its `needs` says why.
    """

    changed = Signal()
    used = Signal(str)
    refused = Signal(str)

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self._table: dict[str, Command] = {}
        self._recent: tuple[str, ...] = ()
        self.add(*commands)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._table.values())

    def __len__(self) -> int:
        return len(self._table)

    def __contains__(self, id: object) -> bool:  # noqa: A002  it is the field's name
        return id in self._table

    def __getitem__(self, id: str) -> Command:  # noqa: A002  it is the field's name
        return self._table[id]

    def add(self, *commands: Command) -> None:
        """Append commands.

        Raises
        ------
        ValueError
            If an id or a shortcut is taken.
        """
        for command in commands:
            if command.id in self._table:
                raise ValueError(f"There is a command {command.id!r} already.")
            taken = self.with_shortcut(command.shortcut)
            if taken:
                raise ValueError(f"{command.shortcut} of {command.id!r} is the shortcut of {taken.id!r} already.")
            self._table[command.id] = command
        if commands:
            self.changed.emit()

    def replace_menu(self, menu: str, commands: Iterable[Command]) -> None:
        """Put other commands into a menu, in its place: for lists that change, such as files opened lately."""
        kept, fresh = [each for each in self if each.menu != menu], list(commands)
        first = next((place for place, each in enumerate(self) if each.menu == menu), len(kept))
        self._table = {}
        with self.changed.blocked():
            self.add(*kept[:first], *fresh, *kept[first:])
        self.changed.emit()

    def with_shortcut(self, shortcut: str) -> Command | None:
        """The command of a shortcut."""
        wanted = shortcut.casefold()
        return next((each for each in self if wanted and each.shortcut.casefold() == wanted), None)

    @property
    def menus(self) -> tuple[str, ...]:
        """All menus that hold commands, in order of their first one; menus in menus as "View/Look from"."""
        return tuple(dict.fromkeys(command.menu for command in self if command.menu))

    def in_menu(self, menu: str) -> tuple[Command, ...]:
        """What stands in a menu itself, in order."""
        return tuple(command for command in self if command.menu == menu)

    @property
    def enabled(self) -> tuple[Command, ...]:
        """What can be done now."""
        return tuple(command for command in self if command.enabled())

    @property
    def recent(self) -> tuple[str, ...]:
        """Ids of what was used lately, the latest first; also of commands that are not in the table now."""
        return self._recent

    @recent.setter
    def recent(self, ids: Iterable[str]) -> None:
        self._recent = tuple(dict.fromkeys(ids))[:REMEMBERED]

    def run(self, id: str) -> bool:  # noqa: A002  it is the field's name
        """Run a command, if it can be done now; says whether it was."""
        command = self._table.get(id)
        if command is None:
            return False
        if not command.enabled():
            self.refused.emit(id)
            return False
        self.recent = (id, *self._recent)
        command.run()
        self.used.emit(id)
        return True

    def search(self, query: str) -> list[Hit]:
        """Find commands by a few letters of their titles or menus.

        Parameters
        ----------
        query : str
            Empty for all commands: those used lately first, then in the order of the table.

        Returns
        -------
        list of Hit
            The best first; what cannot be done now comes last.
        """
        hits = [Hit(command, command.enabled(), found) for command in self if (found := _match(query, command))]
        rank = {hit.command.id: hit.match.score + self._lately(hit.command.id) for hit in hits}
        return sorted(hits, key=lambda hit: (not hit.enabled, -rank[hit.command.id]))

    def _lately(self, id: str) -> float:  # noqa: A002  it is the field's name
        return LATELY * (1 - self._recent.index(id) / REMEMBERED) if id in self._recent else 0.0


def _match(query: str, command: Command) -> Match | None:
    before = len(command.label) - len(command.title)
    inside = match(query, command.title)
    if inside:
        # Of two titles that hold the same letters, the one that holds less besides is meant.
        letters = tuple(before + letter for letter in inside.letters)
        return Match(inside.score - len(command.title) / 100 * bool(query), letters)
    anywhere = match(query, command.label)
    return Match(ELSEWHERE * anywhere.score, anywhere.letters) if anywhere else None
