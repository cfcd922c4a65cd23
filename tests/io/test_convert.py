"""What may change between two files, and what is said beforehand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recon.errors import InvalidParameter
from recon.io import describe, format_to_write, load_capture, read_splats, write_geometry
from recon.io.captures.writing import write_colmap, write_transforms
from recon.io.convert import Changes, changed, promise, readable_size
from recon.scene import Alignment, Mesh, Splats


@pytest.fixture
def splats():
    rng = np.random.default_rng(0)
    quaternions = np.tile((1.0, 0, 0, 0), (30, 1))
    arrays = [
        rng.uniform(-1, 1, (30, 3)), quaternions, rng.uniform(0.1, 1, (30, 3)), np.linspace(0, 1, 30),
        rng.normal(size=(30, 16, 3)),
    ]  # fmt: skip
    return Splats(*(array.astype(np.float32) for array in arrays))


@pytest.fixture
def mesh():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]], np.float32)
    return Mesh(vertices, np.array([[0, 1, 2], [1, 2, 3]], np.int32), colors=vertices / 5)


def form(name, kind="splats"):
    from pathlib import Path

    return format_to_write(Path(name), kind)


def test_nothing_asked_is_nothing_changed(splats):
    again = changed(splats, Changes(), None, form("a.ply"))
    for field in dataclasses.fields(Splats):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(splats, field.name))


def test_degree_opacity_and_box(splats):
    assert changed(splats, Changes(sh=1), None, form("a.ply")).sh.shape == (30, 4, 3)
    kept = changed(splats, Changes(prune_opacity=0.5), None, form("a.ply"))
    assert len(kept) == 15
    assert kept.opacities.min() >= 0.5
    inside = changed(splats, Changes(crop="0,0,0,1,1,1"), None, form("a.ply"))
    assert 0 < len(inside) < 30
    assert inside.means.min() >= 0


def test_up_and_scale(splats):
    turned = changed(splats, Changes(up="z", scale=2), None, form("a.ply"))
    x, y, z = 2 * splats.means.T
    np.testing.assert_allclose(turned.means, np.stack([x, z, -y], 1), atol=1e-6)
    np.testing.assert_allclose(turned.scales, 2 * splats.scales)


@pytest.mark.parametrize(("name", "up"), [("a.ply", (0, 0, 2)), ("a.glb", (0, 2, 0)), ("a.usdc", (0, 2, 0))])
def test_a_project_that_is_upright_is_so_in_every_format(mesh, tmp_path, name, up):
    # In the capture, the second vertex lies above the first.
    standing = Alignment((1.0, 0.0, 0.0), 2.0).similarity
    target = form(name, "mesh")
    write_geometry(tmp_path / name, changed(mesh, Changes(), None, target, standing))
    if name.endswith(".usdc"):
        from pxr import Usd, UsdGeom

        stage = Usd.Stage.Open(str(tmp_path / name))
        vertices = np.array(UsdGeom.Mesh(stage.GetPrimAtPath("/World/mesh")).GetPointsAttr().Get())
    else:
        import trimesh

        vertices = trimesh.load_scene(tmp_path / name, process=False).to_mesh().vertices
    np.testing.assert_allclose(vertices[1] - vertices[0], up, atol=1e-6)


def test_a_crop_is_in_units_of_the_capture(splats):
    standing = Alignment((1.0, 0.0, 0.0), 2.0).similarity
    whole, cropped = (changed(splats, Changes(crop=box), None, form("a.ply"), standing) for box in ("", "0,0,0,1,1,1"))
    inside = (splats.means >= 0).all(axis=1)
    np.testing.assert_array_equal(cropped.means, whole.means[inside])


def test_formats_with_their_own_up_need_no_turn_but_take_what_is_said_of_the_input(mesh, tmp_path):
    glb, obj = form("a.glb", "mesh"), form("a.obj", "mesh")
    with pytest.raises(InvalidParameter, match="y points up by definition"):
        changed(mesh, Changes(up="z"), obj, glb)
    # A file of y up that does not say so stands upright in glTF once it is said for it.
    write_geometry(tmp_path / "a.glb", changed(mesh, Changes(input_up="y"), obj, glb))
    import trimesh

    loaded = trimesh.load_scene(tmp_path / "a.glb", process=False).to_mesh()
    np.testing.assert_allclose(loaded.vertices, mesh.vertices, atol=1e-6)


def test_a_cropped_mesh_keeps_whole_faces(mesh):
    kept = changed(mesh, Changes(crop="0 0 0 1 1 1"), None, form("a.obj", "mesh"))
    assert (len(kept.vertices), len(kept)) == (3, 1)
    np.testing.assert_array_equal(kept.colors, kept.vertices / 5)


@pytest.mark.parametrize(
    "wrong",
    [{"sh": 4}, {"prune_opacity": 2.0}, {"up": "w"}, {"input_up": ""}, {"crop": "1,2"}, {"crop": "1,1,1,0,0,0"},
     {"crop": "a,b,c,d,e,f"}, {"scale": 0.0}],
)  # fmt: skip
def test_wrong_wishes_are_refused(wrong):
    with pytest.raises(InvalidParameter):
        Changes(**wrong)


def test_a_mesh_has_no_harmonics(mesh):
    with pytest.raises(InvalidParameter, match="mesh"):
        changed(mesh, Changes(sh=0), None, form("a.obj", "mesh"))


def test_the_promise_says_size_and_loss(splats, tmp_path):
    assert promise(tmp_path / "a.ply", form("a.ply"), splats).endswith("3DGS PLY, about 9.0 kB.")
    assert "1/4096" in promise(tmp_path / "a.spz", form("a.spz"), splats)
    assert [readable_size(size) for size in (10, 2_500, 3_000_000, 4_200_000_000)] == [
        "10 bytes",
        "2.5 kB",
        "3.0 MB",
        "4.2 GB",
    ]


def test_a_mesh_and_a_folder_of_splats_are_described(mesh, splats, tmp_path):
    write_geometry(tmp_path / "mesh.ply", mesh)
    told = dict(describe(tmp_path / "mesh.ply").items())
    assert (told["kind"], told["vertices"], told["faces"], told["with"]) == ("Mesh, PLY", "4", "2", "colors")
    write_geometry(tmp_path / "folder" / "meta.json", splats)
    assert dict(describe(tmp_path / "folder").items())["splats"] == "30"


@pytest.mark.parametrize("kind", ["binary", "text", "transforms"])
def test_a_written_capture_is_read_back(kind, tmp_path, write_transforms_of, options):
    capture = load_capture(write_transforms_of(tmp_path / "in"), options())
    out = tmp_path / "out"
    if kind == "transforms":
        write_transforms(capture, out / "transforms.json")
    else:
        write_colmap(capture, out, text=kind == "text")
    again = load_capture(out, options())
    names, wanted = ([view.name.removeprefix("images/") for view in each.views] for each in (again, capture))
    assert names == wanted
    for one, other in zip(again.views, capture.views, strict=True):
        np.testing.assert_allclose(one.camera.world_from_camera, other.camera.world_from_camera, atol=1e-12)
        assert (one.camera.fx, one.camera.fy, one.camera.cx, one.camera.cy) == pytest.approx(
            (other.camera.fx, other.camera.fy, other.camera.cx, other.camera.cy), abs=1e-12
        )
        size = other.camera.width, other.camera.height
        np.testing.assert_array_equal(one.image.read(*size), other.image.read(*size))
        assert one.split == other.split


@pytest.fixture
def write_transforms_of(write_transforms, cameras):
    return lambda folder: write_transforms(folder, cameras())


def test_pycolmap_reads_our_model(tmp_path, write_transforms_of, options):
    pycolmap = pytest.importorskip("pycolmap")
    capture = load_capture(write_transforms_of(tmp_path / "in"), options())
    for text in (False, True):
        write_colmap(capture, tmp_path / str(text), text)
        model = pycolmap.Reconstruction(tmp_path / str(text) / "sparse" / "0")
        assert model.num_images() == len(capture.views)
        centers = {image.name: image.projection_center() for image in model.images.values()}
        for view in capture.views:
            np.testing.assert_allclose(centers[view.name.removeprefix("images/")], view.camera.center, atol=1e-9)


def test_read_splats_is_not_confused_by_a_capture_beside_it(splats, tmp_path):
    write_geometry(tmp_path / "scene.splat", splats)
    assert read_splats(tmp_path / "scene.splat").degree == 0
