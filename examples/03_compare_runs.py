"""Put finished runs side by side: one line each, best first; then save the best one's splats.

python examples/03_compare_runs.py BEST.ply RUN...
"""

from __future__ import annotations

import sys
from pathlib import Path

import recon
from recon.io import write_splats


def main(out: Path, folders: list[Path]) -> None:
    runs = sorted((recon.load_run(folder) for folder in folders), key=lambda run: -run.metrics()["mean"]["psnr"])
    for run in runs:
        metrics = run.metrics()
        print(
            f"{run.path.name:20} {metrics['mean']['psnr']:6.2f} dB {metrics['mean']['ssim']:.3f} "
            f"{metrics['geometry']['count']:8,} {metrics['geometry']['kind']} {metrics['train_seconds']:7.1f} s"
        )

    # The numbers come from one place, so measuring again gives what metrics.json says.
    best = runs[0]
    again = recon.evaluate.measure(best.result(), best.capture.load().test)
    print(f"measured again: {again.to_json()['mean']['psnr']:.2f} dB")
    write_splats(out, best.result())


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
