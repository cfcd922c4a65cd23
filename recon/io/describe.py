"""What a path is, in plain values: for `triptych info` and for windows that ask before they open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.captures import lacks_cameras, read_source
from recon.io.captures.assemble import assemble
from recon.io.captures.source import CaptureOptions
from recon.io.format import Format
from recon.io.photos import find_photos, photo_facts
from recon.io.registry import format_of, only_written, read_geometry
from recon.io.undistort import Lens
from recon.scene import Blocks, Mesh

# SfM leaves stray points far off; a box of them all would say nothing.
BOX_PERCENTILES = (1, 99)
LENS_NAMES = {"none": "pinhole", "opencv": "radial-tangential", "fisheye": "fisheye"}


@dataclass(frozen=True)
class Box:
    """An upright box in world units: its lowest and highest corner."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @classmethod
    def around(cls, positions: NDArray[np.floating], percentiles: tuple[float, float] = (0, 100)) -> Box | None:
        """The box that holds the given part of (N, 3) positions along each axis; None of no positions."""
        if len(positions) == 0:
            return None
        low, high = np.percentile(positions.astype(np.float64), percentiles, axis=0)
        return cls(_three(low), _three(high))

    def __str__(self) -> str:
        sides = [f"{high - low:.4g}" for low, high in zip(self.low, self.high, strict=True)]
        return f"{' x '.join(sides)} from ({', '.join(f'{value:.4g}' for value in self.low)})"


@dataclass(frozen=True)
class Description:
    """What a path is.

    Parameters
    ----------
    path : str
    kind : {"capture", "photos", "splats", "mesh", "blocks"}
        Photos are those without cameras.
    title : str
        Of its format, for people.
    views, train, test : int
        Usable views, and how they are split.
    cameras : int
        Different lenses among the views.
    lenses : tuple of str
        Kinds of lens as the source gives them, the most used first: "fisheye, 1080x1920, focal length 1375.5 px, 50
        views".
    sizes : tuple of str
        Working sizes of the views, the most frequent first: "270x480".
    alphas, masks, depths : int
        Views that have one.
    points, splats, blocks : int
    vertices, faces : int
        Of a mesh.
    look : str
        Of a mesh: what it has beside its shape, such as "normals, texture 1024x1024".
    sh_degree : int, optional
        Of splats.
    antialiased : bool
        Of splats.
    camera_box : Box, optional
        Around all camera centres.
    points_box : Box, optional
        Around points or splats, without the outermost 1 % on either side of each axis.
    warnings : tuple of str
    """

    path: str
    kind: Literal["capture", "photos", "splats", "mesh", "blocks"]
    title: str
    views: int = 0
    train: int = 0
    test: int = 0
    cameras: int = 0
    lenses: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    alphas: int = 0
    masks: int = 0
    depths: int = 0
    points: int = 0
    splats: int = 0
    blocks: int = 0
    vertices: int = 0
    faces: int = 0
    look: str = ""
    sh_degree: int | None = None
    antialiased: bool = False
    camera_box: Box | None = None
    points_box: Box | None = None
    warnings: tuple[str, ...] = ()

    def items(self) -> list[tuple[str, str]]:
        """What there is to tell, as labels and texts in reading order."""
        rows = [("path", self.path), ("kind", self.title)]
        tell = {
            "capture": self._capture_items,
            "photos": self._photo_items,
            "splats": self._splat_items,
            "mesh": self._mesh_items,
            "blocks": self._block_items,
        }
        rows += tell[self.kind]()
        return rows + [("warning", warning) for warning in self.warnings]

    def _capture_items(self) -> list[tuple[str, str]]:
        extras = {"alpha": self.alphas, "a mask": self.masks, "depth": self.depths}
        with_extras = "".join(f", {count} with {name}" for name, count in extras.items() if count)
        return [
            ("views", f"{self.views}: {self.train} to train, {self.test} held out{with_extras}"),
            ("size", ", ".join(self.sizes)),
            ("cameras", f"{self.cameras}: {'; '.join(self.lenses)}"),
            ("points", f"{self.points:,}" if self.points else "none"),
            *([("camera extent", str(self.camera_box))] if self.camera_box else []),
            *([("point extent", f"{self.points_box}, 98 % of them")] if self.points_box else []),
        ]

    def _photo_items(self) -> list[tuple[str, str]]:
        told = [("photographs", str(self.views)), ("size", ", ".join(self.sizes)), ("lenses", "; ".join(self.lenses))]
        next_step = f"triptych reconstruct {self.path} (or triptych poses {self.path} for the cameras alone)"
        return [*(told if self.views else []), ("what to do", next_step)]

    def _splat_items(self) -> list[tuple[str, str]]:
        return [
            ("splats", f"{self.splats:,}"),
            ("harmonics", f"degree {self.sh_degree}"),
            ("antialiased", "yes" if self.antialiased else "no"),
            *([("extent", f"{self.points_box}, 98 % of them")] if self.points_box else []),
        ]

    def _mesh_items(self) -> list[tuple[str, str]]:
        return [
            ("vertices", f"{self.vertices:,}"),
            ("faces", f"{self.faces:,}"),
            ("with", self.look or "nothing but its shape"),
            *([("extent", str(self.points_box))] if self.points_box else []),
        ]

    def _block_items(self) -> list[tuple[str, str]]:
        return [
            ("blocks", f"{self.blocks:,}"),
            ("with", self.look or "nothing but their shape and texture"),
            *([("extent", str(self.points_box))] if self.points_box else []),
        ]


def describe(path: str | Path, options: CaptureOptions | None = None) -> Description:
    """Say what a path is: a capture, a file of splats, a mesh or blocks.

    Raises
    ------
    InputError
        If it is neither, or it is damaged.
    """
    path = Path(path)
    try:
        return _described(path, options or CaptureOptions())
    except OSError as error:
        raise UnreadableFile(f"{path} could not be read: {error.strerror or error}.") from error


def _described(path: Path, options: CaptureOptions) -> Description:
    form = format_of(path) if path.is_file() or (path / "meta.json").is_file() else None
    if form is not None:
        return _of_geometry(path, form)
    if path.is_file() and only_written(path):
        raise UnreadableFile(only_written(path))
    return _of_photos(path) if lacks_cameras(path) else _of_capture(path, options)


def _of_photos(path: Path) -> Description:
    photos = find_photos(path)
    if photos is None:
        return Description(str(path), "photos", "video")
    facts = [photo_facts(photos.path / name) for name in photos.names]
    sizes = Counter(f"{fact.width}x{fact.height}" for fact in facts)
    lenses = Counter(fact.lens or "unknown lens" for fact in facts)
    return Description(
        path=str(photos.path),
        kind="photos",
        title="photographs without cameras",
        views=len(facts),
        cameras=len({(fact.width, fact.height, fact.lens) for fact in facts}),
        lenses=tuple(f"{lens}, {count} photographs" for lens, count in lenses.most_common()),
        sizes=tuple(size for size, _ in sizes.most_common()),
    )


def _of_geometry(path: Path, form: Format[Any]) -> Description:
    geometry = read_geometry(path)
    if isinstance(geometry, Mesh):
        return _of_mesh(path, form, geometry)
    if isinstance(geometry, Blocks):
        return _of_blocks(path, form, geometry)
    return Description(
        path=str(path),
        kind="splats",
        title=form.title,
        splats=len(geometry),
        sh_degree=geometry.degree,
        antialiased=geometry.antialiased,
        points_box=Box.around(geometry.means, BOX_PERCENTILES),
    )


def _of_mesh(path: Path, form: Format[Any], mesh: Mesh) -> Description:
    look = [name for name in ("normals", "colors") if getattr(mesh, name) is not None]
    if mesh.texture is not None:
        look.append(f"texture {mesh.texture.shape[1]}x{mesh.texture.shape[0]}")
    look += ["light"] * (mesh.light is not None)
    return Description(
        path=str(path),
        kind="mesh",
        title=form.title,
        vertices=len(mesh.vertices),
        faces=len(mesh),
        look=", ".join(look),
        points_box=Box.around(mesh.vertices),
    )


def _of_blocks(path: Path, form: Format[Any], blocks: Blocks) -> Description:
    return Description(
        path=str(path),
        kind="blocks",
        title=form.title,
        blocks=len(blocks),
        look=", ".join(name for name in ("ground", "sky", "merges") if getattr(blocks, name) is not None),
        points_box=Box.around(blocks.bounds()) if len(blocks) else None,
    )


def _of_capture(path: Path, options: CaptureOptions) -> Description:
    source = read_source(path, options)
    lenses = Counter(Lens.of(frame.camera) for frame in source.frames)
    capture = assemble(source, options)
    views, points = capture.views, capture.points
    sizes = Counter(f"{view.camera.width}x{view.camera.height}" for view in views)
    return Description(
        path=capture.source,
        kind="capture",
        title=source.title,
        views=len(views),
        train=len(capture.train),
        test=len(capture.test),
        cameras=len(lenses),
        lenses=_lens_kinds(lenses),
        sizes=tuple(size for size, _ in sizes.most_common()),
        alphas=sum(view.alpha is not None for view in views),
        masks=sum(view.mask is not None for view in views),
        depths=sum(view.depth is not None for view in views),
        points=len(points) if points else 0,
        camera_box=Box.around(np.array([view.camera.center for view in views])),
        points_box=Box.around(points.positions, BOX_PERCENTILES) if points else None,
        warnings=capture.warnings,
    )


def _lens_kinds(lenses: Counter[Lens]) -> tuple[str, ...]:
    views: Counter[str] = Counter()
    focals: dict[str, list[float]] = {}
    for lens, count in lenses.items():
        kind = f"{LENS_NAMES[lens.distortion.model]}, {lens.width}x{lens.height}"
        views[kind] += count
        focals.setdefault(kind, []).append(lens.fx)
    return tuple(
        f"{kind}, focal length {_range(focals[kind])} px, {count} views" for kind, count in views.most_common()
    )


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.1f}", f"{max(values):.1f}"
    return low if low == high else f"{low} to {high}"


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
