"""Meshes keep their shape and their look through every format."""

from __future__ import annotations

import dataclasses
from contextlib import suppress

import numpy as np
import pytest

from recon.errors import InputError, UnreadableFile
from recon.io import format_of, format_to_write, read_geometry, read_mesh, writable, write_geometry
from recon.scene import Mesh

FORMATS = writable("mesh")


@pytest.fixture(params=FORMATS, ids=lambda form: form.name)
def form(request):
    return request.param


def colored(seed=0):
    """An octahedron with normals and colours of 8 bits."""
    rng = np.random.default_rng(seed)
    corners = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    faces = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]
    colors = (rng.integers(0, 256, (6, 3)) / 255).astype(np.float32)
    scaled = corners * np.float32(1.2345678) + rng.normal(size=3).astype(np.float32)
    return Mesh(scaled, np.array(faces, np.int32), normals=corners, colors=colors, name="an octa hedron")


def textured(channels=3, seed=0):
    rng = np.random.default_rng(seed)
    shape = colored(seed)
    texture = rng.integers(0, 256, (8, 16, channels)).astype(np.uint8)
    uv = rng.uniform(0, 1, (6, 2)).astype(np.float32)
    return dataclasses.replace(shape, colors=None, uv=uv, texture=texture)


def shining(seed=0):
    mesh = textured(seed=seed)
    return dataclasses.replace(mesh, light=np.random.default_rng(seed).normal(size=(6, 4, 3)).astype(np.float32))


def assert_same(again, mesh, form):
    if form.name == "stl":
        for one, other in ((again, mesh), (mesh, again)):
            corners = one.vertices[one.faces].reshape(-1, 9)
            assert {tuple(np.roll(row.reshape(3, 3), k, 0).ravel()) for row in corners for k in range(3)} >= {
                tuple(row) for row in other.vertices[other.faces].reshape(-1, 9)
            }
        return
    tolerance = 0 if form.lossless else 2e-7
    for name in ("vertices", "faces", "normals", "colors", "uv", "texture"):
        wanted, found = getattr(mesh, name), getattr(again, name)
        assert (found is None) == (wanted is None), name
        if wanted is not None:
            np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("make", [colored, textured, lambda: textured(4)], ids=["colored", "textured", "alpha"])
def test_a_round_trip_keeps_the_mesh(form, make, tmp_path):
    mesh = make()
    path = tmp_path / "new folder" / f"My mesh{form.suffixes[0]}"
    write_geometry(path, mesh)
    again = read_mesh(path)
    assert_same(again, mesh, form)
    if form.name in {"obj", "gltf-mesh", "usd-mesh"}:
        assert again.name == "an octa hedron"
    assert not [entry for entry in path.parent.iterdir() if ".part" in entry.name]


def test_lossless_pairs_are_exact(tmp_path):
    lossless = [form for form in FORMATS if form.lossless]
    for first in lossless:
        for second in lossless:
            mesh = textured()
            for step, form in enumerate((first, second)):
                path = tmp_path / f"{first.name}-{second.name}-{step}{form.suffixes[0]}"
                write_geometry(path, mesh)
                mesh = read_mesh(path)
            assert_same(mesh, textured(), second)


@pytest.mark.parametrize("suffix", [".usda", ".usdz", ".usd"])
def test_other_usd_files(tmp_path, suffix):
    write_geometry(tmp_path / f"mesh{suffix}", textured())
    assert_same(read_mesh(tmp_path / f"mesh{suffix}"), textured(), format_to_write(tmp_path / "x.usdc", "mesh"))
    if suffix == ".usdz":
        assert [entry.name for entry in tmp_path.iterdir()] == ["mesh.usdz"]


def test_kinds_that_share_a_suffix_are_told_apart(tmp_path):
    write_geometry(tmp_path / "mesh.ply", colored())
    write_geometry(tmp_path / "mesh.glb", colored())
    for name in ("mesh.ply", "mesh.glb"):
        assert format_of(tmp_path / name).kind == "mesh"
        assert isinstance(read_geometry(tmp_path / name), Mesh)
        with pytest.raises(UnreadableFile, match="without splats"):
            read_geometry(tmp_path / name, "splats")


def test_a_forecast_is_of_the_right_size(form, tmp_path):
    rng = np.random.default_rng(0)
    vertices = rng.normal(size=(3000, 3)).astype(np.float32)
    faces = rng.integers(0, 3000, (6000, 3)).astype(np.int32)
    mesh = Mesh(vertices, faces)
    write_geometry(tmp_path / f"mesh{form.suffixes[0]}", mesh)
    size = (tmp_path / f"mesh{form.suffixes[0]}").stat().st_size
    assert form.forecast_bytes(mesh) / 3 < size < 3 * form.forecast_bytes(mesh)


def test_damage_is_refused_or_read_but_never_escapes(form, tmp_path):
    path = tmp_path / f"mesh{form.suffixes[0]}"
    write_geometry(path, colored())
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(3 if form.name.startswith("usd") else 100):
        damaged = whole.copy()
        places = rng.integers(0, len(whole), 4)
        damaged[places] = rng.integers(0, 256, 4)
        path.write_bytes(damaged[: rng.integers(1, len(whole) + 1)].tobytes())
        with suppress(UnreadableFile):
            read_mesh(path)


@pytest.mark.parametrize("content", [b"", b"\0" * 200, b"hello"])
def test_another_kind_of_file_is_refused(form, tmp_path, content):
    path = tmp_path / f"mesh{form.suffixes[0]}"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=path.name):
        read_mesh(path)


def test_a_header_cannot_ask_for_more_than_the_file_has(tmp_path):
    path = tmp_path / "mesh.ply"
    write_geometry(path, colored())
    path.write_bytes(path.read_bytes().replace(b"element vertex 6", b"element vertex 2147483648"))
    with pytest.raises(UnreadableFile, match="2147483648"):
        read_mesh(path)


def test_real_meshes_are_read(data):
    folder = data("meshes")
    cow = read_mesh(folder / "spot_textured" / "cow.obj")
    assert (len(cow), cow.texture.shape) == (5856, (1024, 1024, 3))
    duck = read_mesh(folder / "Duck.glb")
    assert (len(duck), duck.normals is not None, duck.texture is not None) == (4212, True, True)
    # The duck stands on the ground of a frame with y up, so here its head has the smallest y.
    assert duck.vertices[:, 1].min() < -1
    assert duck.vertices[:, 1].max() < 0.1
    assert len(read_mesh(folder / "cad_torus.stl").vertices) == 4350
    assert read_mesh(folder / "cad_fixed_top.ply").colors is not None


def test_a_mesh_of_an_unknown_suffix_lists_what_is_supported(tmp_path):
    with pytest.raises(InputError, match=r"Supported: \.glb"):
        write_geometry(tmp_path / "mesh.max", colored())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"faces": np.array([[0, 1, 6]], np.int32)}, "faces"),
        ({"vertices": np.full((6, 3), np.nan, np.float32)}, "finite"),
        ({"colors": np.zeros((5, 3), np.float32)}, "colors"),
        ({"texture": np.zeros((2, 2, 3), np.uint8)}, "uv"),
        ({"light": np.zeros((6, 4, 3), np.float32)}, "texture"),
    ],
)
def test_what_is_no_mesh_is_refused(change, word):
    with pytest.raises(ValueError, match=word):
        dataclasses.replace(colored(), **change)


def test_glb_keeps_light_exactly_and_other_formats_the_rest(form, tmp_path):
    path = tmp_path / f"mesh{form.suffixes[0]}"
    write_geometry(path, shining())
    again = read_mesh(path)
    if form.name == "gltf-mesh":
        np.testing.assert_array_equal(again.light, shining().light)
        assert form.forecast_bytes(shining()) - form.forecast_bytes(textured()) == shining().light.nbytes
    assert_same(dataclasses.replace(again, light=None), textured(), form)


@pytest.mark.parametrize("suffix", [".glb", ".usdc"])
def test_one_sidedness_is_told_to_other_programs(tmp_path, suffix):
    for one_sided in (False, True):
        path = tmp_path / f"mesh-{one_sided}{suffix}"  # the library keeps files by their names
        write_geometry(path, dataclasses.replace(textured(), one_sided=one_sided))
        if suffix == ".glb":
            assert read_mesh(path).one_sided == one_sided
            assert (b'"doubleSided":false' in path.read_bytes()) == one_sided
        else:
            from pxr import Usd, UsdGeom

            stage = Usd.Stage.Open(str(path))
            meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
            assert [mesh.GetDoubleSidedAttr().Get() for mesh in meshes] == [not one_sided]


def test_a_file_that_says_nothing_of_sides_has_both(tmp_path):
    path = tmp_path / "mesh.glb"
    write_geometry(path, dataclasses.replace(textured(), one_sided=True))
    path.write_bytes(path.read_bytes().replace(b'"doubleSided":false', b'"doubleWided":false'))
    assert not read_mesh(path).one_sided


def test_light_that_does_not_fit_is_refused(tmp_path):
    path = tmp_path / "mesh.glb"
    write_geometry(path, shining())
    path.write_bytes(path.read_bytes().replace(b'"_TRIPTYCH_LIGHT_2":', b'"_TRIPTYCH_LIGHT_9":'))
    with pytest.raises(UnreadableFile, match=r"mesh\.glb is damaged: its light"):
        read_mesh(path)


def test_other_programs_pass_over_light(tmp_path):
    import open3d
    import trimesh

    write_geometry(tmp_path / "mesh.glb", shining())
    loaded = trimesh.load_mesh(tmp_path / "mesh.glb", process=False)
    assert loaded.visual.material.baseColorTexture.size == (16, 8)
    again = open3d.io.read_triangle_mesh(str(tmp_path / "mesh.glb"))
    assert len(again.triangles) == 8
    np.testing.assert_array_equal(np.asarray(again.textures[0])[::-1], textured().texture)


def test_glb_passes_the_validator(tmp_path, gltf_report):
    for make in (colored, textured, shining):
        write_geometry(tmp_path / "mesh.glb", make())
        report = gltf_report(tmp_path / "mesh.glb")
        assert report["issues"]["numErrors"] == 0, report["issues"]
        assert report["issues"]["numWarnings"] == 0, report["issues"]


def test_each_object_of_a_file_keeps_its_own_texture(tmp_path):
    import trimesh
    from PIL import Image

    scene, wanted = trimesh.Scene(), [(200, 30, 40), (30, 200, 40), (30, 40, 200), (255, 255, 255)]
    for index, color in enumerate(wanted):
        square = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]], process=False)
        if index < 3:  # the last one has none
            image = Image.fromarray(np.full((6 + index // 2, 8, 3), color, np.uint8))
            uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
            material = trimesh.visual.material.PBRMaterial(baseColorTexture=image)
            square.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
        place = trimesh.transformations.translation_matrix([2.0 * index, 0, 0])
        scene.add_geometry(square, node_name=f"part {index}", transform=place)
    (tmp_path / "four.glb").write_bytes(scene.export(file_type="glb"))
    mesh = read_mesh(tmp_path / "four.glb")
    height, width = mesh.texture.shape[:2]
    for corner, (u, v) in zip(mesh.vertices, mesh.uv, strict=True):
        row, column = np.clip([(1 - v) * height, u * width], 0, [height - 1, width - 1]).astype(int)
        assert tuple(mesh.texture[row, column, :3]) == wanted[int(corner[0] / 2 + 0.25)]
