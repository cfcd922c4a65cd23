"""Work beside the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from recon.errors import TriptychError

Post = Callable[[Callable[[], None]], None]
Answer = TypeVar("Answer")


def in_background(
    post: Post, work: Callable[[], Answer], then: Callable[[Answer], None], refused: Callable[[str], None]
) -> None:
    """Do work on a thread of its own; what comes of it arrives on the window's thread.

    Parameters
    ----------
    post : callable
        Runs a function later on the window's thread.
    work : callable
    then : callable
        Given what `work` returns.
    refused : callable
        Given the sentence, where `work` raises an error meant for the user.
    """

    def run() -> None:
        try:
            answer = work()
        except (TriptychError, OSError) as error:
            sentence = str(error)
            post(lambda: refused(sentence))
        else:
            post(lambda: then(answer))

    threading.Thread(target=run, name="background", daemon=True).start()
