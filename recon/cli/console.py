"""Where everything the command line says goes: results and progress to stdout, errors to stderr."""

from rich.console import Console

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(highlight=False, soft_wrap=True, emoji=False, stderr=True)


def say(text: str) -> None:
    """Print a line as it stands, without markup."""
    out.print(printable(text), markup=False)


def complain(text: str) -> None:
    """Print a line as it stands to stderr."""
    err.print(printable(text), markup=False)


def printable(text: str) -> str:
    """Text with a backslash for what is no UTF-8, such as bytes of a file's name from an older system."""
    return text.encode("utf-8", "backslashreplace").decode()


def clock(seconds: float) -> str:
    """Seconds as 1:02:03 or 2:03."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
