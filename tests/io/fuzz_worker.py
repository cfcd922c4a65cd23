"""Opens damaged files one after another: `PYTHONPATH=.:tests python tests/io/fuzz_worker.py FORMAT COUNT SEED FOLDER`.

A process of its own, so that memory can be limited and measured, and an end of the process is a finding as well. Prints
one line of JSON; the file at hand stays in FOLDER.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from random import Random

from format_seeds import ascii_ply, gltf_of, random_splats, seeds_of, write_captures
from mutations import damaged

from recon.errors import TriptychError
from recon.io import FORMATS, CaptureOptions, load_capture, read_geometry, usd

SECONDS = 20
MEMORY = 1 << 30
CAPTURES = ("transforms", "colmap", "colmap-text", "nerf-synthetic")
MOST_FINDINGS = 5


class Hang(BaseException):
    """A file was not read in time."""


def on_alarm(*_):
    raise Hang


def sources(name: str, folder: Path):
    """What is opened, which file of it is damaged, and its whole content; for every seed."""
    if name in CAPTURES:
        opened, files = write_captures(folder / "captures")[name]
        return [(opened, file, file.read_bytes()) for file in files]
    form = next(form for form in FORMATS if form.name == name)
    seeds = seeds_of(form, folder)
    if name == "ply":
        seeds.append((".ply", ascii_ply(random_splats(5))))
    if name == "gltf-splats":
        seeds.append((".gltf", gltf_of(seeds[0][1])))
    return [(folder / f"damaged{suffix}", folder / f"damaged{suffix}", content) for suffix, content in seeds]


def opener(name: str, folder: Path):
    """The function that is put to the test."""
    if name in CAPTURES:
        options = CaptureOptions(cache=folder / "cache")
        return lambda path: load_capture(path, options)
    kind = next(form.kind for form in FORMATS if form.name == name)
    if name.startswith("usd"):
        usd._extract = forked_extract
    return lambda path: read_geometry(path, kind)


def forked_extract(path: Path, kind: str, out: Path) -> None:
    """What `usd._extract` does, by a fork of this process: a new interpreter for each file would take a day."""
    import pxr.Usd  # noqa: F401 - before the fork, so that no child has to

    from recon.errors import UnreadableFile
    from recon.io import usd_child

    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(SECONDS + 10)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        most = usd.MEMORY + usd.MEMORY_PER_BYTE * path.stat().st_size
        sys.argv = ["usd_child", kind, str(path), str(out), str(most)]
        status = 3
        try:
            status = usd_child.main()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if status:
        raise UnreadableFile(f"{path} is damaged: the USD library gave up on it ({status}).")


def hidden_memory_error(error: BaseException | None) -> bool:
    """Whether memory ran out somewhere below an error."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def attempt(open_it, path: Path) -> tuple[str, str]:
    """Open a damaged file: what came of it, and what is wrong with that, "" where nothing is."""
    signal.alarm(SECONDS)
    try:
        open_it(path)
    except TriptychError as error:
        wrong = (
            "memory ran out below" if hidden_memory_error(error) else "says too little" if len(str(error)) < 20 else ""
        )
        return "refused", wrong and f"{wrong}: {error}"
    except (Exception, Hang):  # noqa: BLE001 - any of them is a finding
        return "escaped", " | ".join(traceback.format_exc().strip().splitlines()[-5:])
    finally:
        signal.alarm(0)
    return "read", ""


def peak_memory() -> int:
    """The most bytes that this process has ever held."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(name: str, count: int, seed: int, folder: Path) -> dict:
    """Open `count` damaged files; what came of it."""
    seeds, open_it = sources(name, folder), opener(name, folder)
    contents = [content for *_, content in seeds]
    for path, file, content in seeds:
        file.write_bytes(content)
        open_it(path)  # whole files can be read, and everything is imported
    # A file that asks for far more than it may ends here, and not the machine.
    resource.setrlimit(resource.RLIMIT_DATA, (peak_memory() + 4 * MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    signal.signal(signal.SIGALRM, on_alarm)
    outcomes: Counter[str] = Counter()
    findings: list[str] = []
    slowest = 0.0
    for number in range(count):
        random = Random(seed * 1_000_003 + number)
        path, file, content = random.choice(seeds)
        file.write_bytes(damaged(content, random, contents))
        began = time.perf_counter()
        outcome, wrong = attempt(open_it, path)
        slowest = max(slowest, time.perf_counter() - began)
        outcomes[outcome] += 1
        if wrong or peak_memory() > MEMORY:
            findings.append(f"{number}: {wrong or f'{peak_memory() / 1e6:.0f} MB were taken'}")
        if name in CAPTURES:
            file.write_bytes(content)
        if len(findings) >= MOST_FINDINGS:
            break
    peak = round(peak_memory() / 1e6)
    return {"format": name, **outcomes, "slowest": round(slowest, 2), "peak_mb": peak, "findings": findings}


if __name__ == "__main__":
    warnings.simplefilter("error")
    sys.stdout.write(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))) + "\n")
