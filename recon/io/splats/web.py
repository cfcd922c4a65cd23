"""Splats as a web page that needs no other file and no network: a viewer in WebGL 2, and the splats as an SPZ inside.

The viewer lies in `recon/io/web_page`: plain JavaScript and GLSL, put together here.
"""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recon.errors import InvalidParameter
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.splats import spz
from recon.parameters import check, parameter
from recon.scene import Similarity, Splats
from recon.scene.transforms import turn

PARTS = Path(__file__).parents[1] / "web_page"
SCRIPTS = ("decode.js", "sort.js", "orbit.js", "controls.js", "viewer.js")
FIELD_OF_VIEW = 50.0  # degrees, of the height
# How much of the splats around their middle must be in the first picture.
SHOWN = 0.9
# Base64 takes four letters for three bytes.
LETTERS_PER_BYTE = 4 / 3
SPZ_VERSION = 3
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Options:
    """How a page looks when it is opened.

    Raises
    ------
    InvalidParameter
        If `start` is not six numbers, or looks nowhere.
    """

    title: str = parameter("", "Headline of the page; the file's name where it is not given.")
    background: Literal["black", "white"] = parameter("black", "What is seen where no splats are.")
    start: str = parameter("", "Where the camera stands and what it looks at, as x,y,z,X,Y,Z.")

    def __post_init__(self) -> None:
        check(self)
        if self.start.strip():
            self.camera()

    def camera(self) -> tuple[Vector, Vector]:
        """Eye and target of `start`."""
        try:
            eye, target = np.array([float(word) for word in self.start.replace(",", " ").split()]).reshape(2, 3)
        except ValueError:
            eye = target = np.zeros(3)
        if not (np.isfinite([eye, target]).all() and np.linalg.norm(target - eye) > 0):
            raise InvalidParameter(f"start must be two points x,y,z,X,Y,Z that lie apart, got {self.start!r}.")
        return eye, target

    def moved(self, similarity: Similarity) -> Options:
        """The same view of splats that were moved."""
        numbers = np.concatenate([similarity.apply(point) for point in self.camera()])
        return dataclasses.replace(self, start=",".join(f"{value:.9g}" for value in numbers))


def write(path: Path, splats: Splats, options: Options) -> None:
    """Write a page that shows splats; see `recon.io.write_splats`."""
    title = html.escape(options.title or path.stem).encode(errors="replace").decode()
    values = {
        "title": title,
        "background": options.background,
        "count": f"{len(splats):,}",
        "start": json.dumps(_start(splats, options)),
        "style": _part("style.css"),
        "vertex": _part("splat.vert.glsl"),
        "fragment": _part("splat.frag.glsl"),
        "script": "\n".join(_part(name) for name in SCRIPTS),
    }
    page = _part("page.html")
    for name, value in values.items():
        page = page.replace(f"[[{name}]]", value)
    before, after = page.split("[[splats]]")
    with atomic_write(path) as file:
        file.write(before.encode())
        file.write(base64.b64encode(spz.encoded(splats, SPZ_VERSION)))
        file.write(after.encode())


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8").strip()


def _start(splats: Splats, options: Options) -> dict[str, object]:
    """The first camera, in the page's frame, in which y points up."""
    eye, target = options.camera() if options.start.strip() else _overview(splats)
    up = turn("-y", "y")
    return {
        "eye": up.apply(eye).round(6).tolist(),
        "target": up.apply(target).round(6).tolist(),
        "fov": math.radians(FIELD_OF_VIEW),
    }


def _overview(splats: Splats) -> tuple[Vector, Vector]:
    """A camera before the middle of the splats, from a little above, looking as the first camera of captures does."""
    solid = splats.means[splats.opacities >= min(0.5, splats.opacities.max(initial=0))].astype(np.float64)
    if len(solid) == 0:
        solid = np.zeros((1, 3))
    middle = np.median(solid, axis=0)
    reach = float(np.quantile(np.linalg.norm(solid - middle, axis=1), SHOWN)) or 1.0
    direction = np.array([0.25, -0.35, -1.0])
    distance = reach / math.sin(math.radians(FIELD_OF_VIEW) / 2)
    return middle + distance * direction / np.linalg.norm(direction), middle


def _forecast(splats: Splats, _: Options) -> int:
    own = sum((PARTS / name).stat().st_size for name in ("page.html", "style.css", *SCRIPTS)) + 6000
    return round(own + LETTERS_PER_BYTE * spz.FORMAT.forecast_bytes(splats))


FORMAT = Format(
    name="web-page",
    title="Web page that shows the splats",
    suffixes=(".html",),
    kind="splats",
    write=write,
    forecast=_forecast,
    options=Options,
    loses="Made to be looked at in a browser, and not read back; values are rounded as in SPZ: positions to 1/4096 of "
    "a unit (finer for tiny splats), scales to 3 %, rotations to 0.2 degrees, colours and opacities to 8 bits, "
    "harmonics to 1/16 (degree 1) and 1/8 between -1 and 1.",
    fixed_up=True,
)
