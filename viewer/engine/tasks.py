"""Work beside the window, each piece in a process of its own: videos, exports, cameras from photographs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from recon.errors import TriptychError
from viewer.model.task_list import Failure, Task, TaskListModel, TaskProgress

Post = Callable[[Callable[[], None]], None]
Work = Callable[..., Generator[TaskProgress, None, Any]]

SECONDS_TO_CLEAN_UP = 5.0
NICENESS = 10  # the window and a running reconstruction go first


@dataclass(frozen=True)
class _Done:
    result: Any


class Tasks:
    """Starts work and tells how it goes.

    Parameters
    ----------
    post : callable
        Runs a function later on the window's thread.

    Attributes
    ----------
    list : TaskListModel
        What has been started, for the status bar.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._tasks: dict[_Process, Task] = {}
        self.list = TaskListModel()

    def run(self, title: str, function: Work, *arguments: Any) -> Task:
        """Start work in a process of its own.

        Parameters
        ----------
        title : str
            Such as "Rendering orbit.mp4".
        function : callable
            A generator function, importable by name: yields `TaskProgress`, returns the result. When it is cancelled,
            `SystemExit` is raised in it, so that what it has half written is removed.
        *arguments
            Its arguments; they and the result are pickled.

        Returns
        -------
        Task
        """
        task = self._start(title, function, arguments)
        self.list.add(task)
        return task

    def run_quietly(self, title: str, function: Work, *arguments: Any) -> Task:
        """Start work as `run` does, without showing it to the user: an estimate, say."""
        return self._start(title, function, arguments)

    def _start(self, title: str, function: Work, arguments: tuple[Any, ...]) -> Task:
        process = _Process(function, arguments)
        task = Task(title, process.stop)
        self._tasks[process] = task
        process.listen(_Newest(self._post, lambda news: self._deliver(process, task, news)))
        return task

    def close(self) -> None:
        """Cancel everything and wait until it has cleaned up."""
        for task in self._tasks.values():
            task.cancel()
        for process in self._tasks:
            process.join()
        self._tasks.clear()

    def _deliver(self, process: _Process, task: Task, news: object) -> None:
        match news:
            case TaskProgress():
                task.advance(news)
            case _Done():
                task.finish(news.result)
            case Failure():
                task.fail(news)
            case None:
                self._tasks.pop(process, None)


class _Process:
    """One piece of work: the process, and the thread that waits for its news."""

    def __init__(self, function: Work, arguments: tuple[Any, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, far_end = context.Pipe(duplex=False)
        self._process = context.Process(target=work, args=(far_end, function, arguments), name="task", daemon=True)
        self._process.start()
        far_end.close()  # else its end would never be noticed here
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def listen(self, deliver: Callable[[object], None]) -> None:
        """Deliver all news from a thread: progress, then `_Done` or `Failure`, then None."""
        self._thread = threading.Thread(target=self._listen, args=(deliver,), name="task", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask it to clean up and end; one that does not is killed."""
        if not self._ended.is_set():
            self._process.terminate()
            threading.Thread(target=self._insist, name="end of a task", daemon=True).start()

    def join(self) -> None:
        """Wait for its end."""
        self._ended.wait(2 * SECONDS_TO_CLEAN_UP)

    def _insist(self) -> None:
        if not self._ended.wait(SECONDS_TO_CLEAN_UP):
            self._process.kill()

    def _listen(self, deliver: Callable[[object], None]) -> None:
        last: object = None
        while (news := self._receive()) is not None:
            last = news
            deliver(news)
        self._process.join()
        self._ended.set()
        if not isinstance(last, (_Done, Failure)):
            deliver(Failure(_cause(self._process.exitcode)))
        deliver(None)
        self._connection.close()

    def _receive(self) -> object:
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            return None


class _Newest:
    """Delivers to the window's thread; of progress it has not had time to look at, only the newest."""

    def __init__(self, post: Post, deliver: Callable[[object], None]) -> None:
        self._post = post
        self._deliver = deliver
        self._lock = threading.Lock()
        self._progress: TaskProgress | None = None

    def __call__(self, news: object) -> None:
        if not isinstance(news, TaskProgress):
            self._post(lambda: self._deliver(news))
            return
        with self._lock:
            waiting, self._progress = self._progress, news
        if waiting is None:
            self._post(self._deliver_progress)

    def _deliver_progress(self) -> None:
        with self._lock:
            progress, self._progress = self._progress, None
        self._deliver(progress)


def _cause(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "The system ended it, most likely for want of memory. Close other programs, then try again."
    how = f"exit code {exit_code}" if exit_code is None or exit_code >= 0 else signal.Signals(-exit_code).name
    return f"It stopped unexpectedly ({how}); the terminal may say why. Try again."


def work(connection: Connection, function: Work, arguments: tuple[Any, ...]) -> None:
    """Do the work and tell of it. Runs in the process of its own."""
    # Ctrl-C in a terminal reaches every process of the group; the window decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        connection.send(_Done(_told(connection, function(*arguments))))
    except BrokenPipeError:
        return  # the window is gone
    except Exception as error:  # noqa: BLE001  whatever it is, the window must hear of it
        connection.send(_explained(error))


def _told(connection: Connection, generator: Generator[TaskProgress, None, Any]) -> Any:
    with closing(generator):
        while True:
            try:
                connection.send(next(generator))
            except StopIteration as end:
                return end.value


def _end(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not disturb the cleaning up
    raise SystemExit(0)


def _explained(error: Exception) -> Failure:
    from recon.runs.resources import as_triptych_error

    known = as_triptych_error(error)
    if isinstance(known, TriptychError):
        return Failure(str(known))
    report = "".join(traceback.format_exception(error))
    return Failure(f"This is a bug in Triptych: {error!r}. Please report it.", report)
