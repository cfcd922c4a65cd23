"""How fast splat files are written and read, what that takes of memory, and what each format loses.

    python -m benchmarks.formats [--count 1000000] [--only ply spz] [--losses FILE ...]

Times a million random splats of degree 3, each reading and writing in a process of its own. Beside PLY stand gsply, and
numpy that moves the same bytes without looking at them: what the disk and the memory allow. Memory is the peak of the
process beyond what it held before it had splats, over the size of the splats in memory; it counts the splats as well.
With --losses it prints what a round trip changes in the splats of these files instead, and in random ones.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from recon.io import read_splats, readable, writable, write_splats
from recon.scene import Splats

FLOATS = 59  # of a splat of degree 3, in memory
RAW = ("numpy", "gsply")
GSPLY_ARRAYS = ("means", "scales", "quats", "opacities", "sh0", "shN")


def random_splats(count: int) -> Splats:
    """Splats in a cube with harmonics of noise, which no format can shrink by chance."""
    rng = np.random.default_rng(0)

    def normal(*shape: int, scale: float = 1.0) -> np.ndarray:
        return rng.standard_normal((count, *shape), np.float32) * np.float32(scale)

    quaternions = normal(4)
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    sh = normal(16, 3, scale=0.15)
    sh[:, 0] *= 5
    return Splats(
        rng.random((count, 3), np.float32) * 6 - 3,
        quaternions,
        np.exp(normal(3) - 4),
        rng.random(count, np.float32),
        sh,
    )


def rows_of(splats: Splats) -> np.ndarray:
    """The bytes of a PLY without its meaning: (N, 62) float32."""
    return np.zeros((len(splats), 62), np.float32)


def writer(name: str, splats: Splats) -> Callable[[Path], object]:
    """What writes splats to a path, ready to be timed."""
    if name == "numpy":
        rows = rows_of(splats)
        return lambda path: synced(path, rows)
    if name == "gsply":
        import gsply

        logits = np.log(splats.opacities / (1 - splats.opacities).clip(1e-7))
        data = (splats.means, np.log(splats.scales), splats.quaternions, logits, splats.sh[:, 0].copy())
        rest = splats.sh[:, 1:].copy()
        gsply.plywrite("/dev/null", *data, rest)  # compiled before it is timed

        def write(path: Path) -> None:
            gsply.plywrite(path, *data, rest)
            with path.open("rb+") as file:
                os.fsync(file.fileno())

        return write
    return lambda path: write_splats(path, splats)


def synced(path: Path, rows: np.ndarray) -> None:
    """Write bytes and wait until they are on the disk, as our writers do."""
    with path.open("wb") as file:
        file.write(rows.data)
        file.flush()
        os.fsync(file.fileno())


def reader(name: str) -> Callable[[Path], object]:
    """What reads splats from a path."""
    if name == "numpy":
        return lambda path: np.fromfile(path, np.float32)
    if name == "gsply":
        import gsply

        def in_arrays(path: Path) -> list[np.ndarray]:
            """Its views of the file, made into arrays of their own like ours; still logits and logarithms."""
            read = gsply.plyread(path)
            return [np.ascontiguousarray(getattr(read, name)) for name in GSPLY_ARRAYS]

        return in_arrays
    return read_splats


def child(task: str, name: str, path: Path, count: int) -> None:
    """Do one thing and print its seconds and its memory."""
    before = peak()
    splats = random_splats(count) if task == "write" else None
    held = peak() - before if splats else 0
    act = writer(name, splats) if splats else reader(name)
    began = time.perf_counter()
    act(path)
    seconds = time.perf_counter() - began
    size = 4.0 * FLOATS * count
    # Making random numbers takes room of its own that is free again by then.
    print(json.dumps({"seconds": seconds, "memory": (peak() - before) / size, "made": held / size}))


def peak() -> int:
    """The most bytes that this process has held."""
    import resource

    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measured(task: str, name: str, path: Path, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.formats", "--child", task, name, str(path), "--count", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{task} {name}: {done.stderr}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def speeds(count: int, only: list[str]) -> None:
    print(f"{count:,} random splats of degree 3: {4 * FLOATS * count / 1e6:.0f} MB in memory")
    print("| format | MB | write s | memory | read s | memory |\n|---|---|---|---|---|---|")
    forms = {form.name: form for form in writable("splats")}
    for name in only or [*RAW, *forms]:
        suffix = forms[name].suffixes[0] if name in forms else {"numpy": ".bin", "gsply": ".ply"}[name]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"splats{suffix}"
            written = measured("write", name, path, count)
            row = f"| {name} | {path.stat().st_size / 1e6:.0f} | {written['seconds']:.2f} | {written['memory']:.1f}x "
            if name in RAW or forms[name] in readable():
                read = measured("read", name, path, count)
                row += f"| {read['seconds']:.2f} | {read['memory']:.1f}x |"
            else:
                row += "| | |"
            print(row, flush=True)


def losses(files: list[Path]) -> None:
    print("| splats | format | bytes each | position | scale | rotation | opacity | colour | harmonics |")
    print("|---|---|---|---|---|---|---|---|---|")
    scenes = {"random": random_splats(20_000), **{path.name: read_splats(path) for path in files}}
    for title, splats in scenes.items():
        for form in writable("splats"):
            if form.read is None:
                continue
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"splats{form.suffixes[0]}"
                write_splats(path, splats)
                told = " | ".join(lost(read_splats(path), splats))
                print(f"| {title} | {form.name} | {path.stat().st_size / len(splats):.1f} | {told} |", flush=True)


def lost(found: Splats, wanted: Splats) -> list[str]:
    """Largest error of positions, and the 99th percentile of the others; harmonics as root of the mean square."""
    from scipy.spatial import cKDTree

    keys = [np.concatenate([each.means, 1e-3 * each.sh[:, 0]], axis=1) for each in (found, wanted)]
    found = found.part(cKDTree(keys[0]).query(keys[1])[1])
    seen = wanted.opacities > 2 / 255
    found, wanted = found.part(seen), wanted.part(seen)
    apart = np.minimum(*(np.linalg.norm(found.quaternions + sign * wanted.quaternions, axis=1) for sign in (-1, 1)))
    ratio = np.abs(np.log(found.scales.clip(1e-9) / wanted.scales.clip(1e-9)))
    columns = {
        "position": (np.abs(found.means - wanted.means).max(), "{:.2g}"),
        "scale": (100 * np.expm1(np.quantile(ratio, 0.99)), "{:.2g} %"),
        "rotation": (np.quantile(np.degrees(4 * np.arcsin((apart / 2).clip(0, 1))), 0.99), "{:.2g}°"),
        "opacity": (np.quantile(np.abs(found.opacities - wanted.opacities), 0.99), "{:.2g}"),
        "colour": (0.282 * np.quantile(np.abs(found.sh[:, 0] - wanted.sh[:, 0]), 0.99), "{:.2g}"),
    }
    texts = ["exact" if value == 0 else pattern.format(value) for value, pattern in columns.values()]
    if found.degree != wanted.degree:
        return [*texts, "lost"]
    rest = np.sqrt(((found.sh[:, 1:] - wanted.sh[:, 1:]) ** 2).mean()) if wanted.degree else 0
    return [*texts, "none" if not wanted.degree else f"{rest:.2g}" if rest else "exact"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--losses", nargs="*", type=Path)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        task, name, path = arguments.child
        child(task, name, Path(path), arguments.count)
    elif arguments.losses is not None:
        losses(arguments.losses)
    else:
        speeds(arguments.count, arguments.only)


if __name__ == "__main__":
    main()
