"""Reconstruct a capture, watch the fit, read the numbers.

python examples/01_reconstruct.py CAPTURE RUN [STEPS]
"""

from __future__ import annotations

import sys
from pathlib import Path

import recon
from recon.methods.base import Stage, Step, Warned


def main(capture: Path, out: Path, steps: int) -> None:
    views = recon.load_capture(capture).views
    print(f"{len(views)} views, {sum(view.split == 'test' for view in views)} of them held out")

    # A run is an iterator of events; it goes on as far as it is pulled, so pausing it is not pulling it.
    for event in recon.reconstruct(capture, out, preset="quick", changes={"steps": steps}):
        if isinstance(event, Stage):
            print(event.name)
        elif isinstance(event, Warned):
            print("Note:", event.message)
        elif isinstance(event, Step) and event.step % 50 == 0:
            print(f"step {event.step}: loss {event.loss:.4f}")

    mean = recon.load_run(out).metrics()["mean"]
    print(f"held-out views: {mean['psnr']:.2f} dB PSNR, {mean['ssim']:.3f} SSIM")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1000)
