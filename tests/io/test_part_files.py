"""Several meshes in one file, as trimesh reads them."""

import numpy as np
import pytest
import trimesh

from recon.errors import InputError
from recon.io import read_mesh, write_parts
from recon.meshes import topology
from recon.scene import Mesh


def tetrahedron(shift, name, color):
    vertices = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) + np.float32(shift)
    faces = np.int32([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    return Mesh(vertices, faces, colors=np.tile(np.float32(color), (4, 1)), name=name)


@pytest.fixture
def parts():
    return tetrahedron(0, "leg", (1, 0, 0)), tetrahedron(2, "seat", (0, 0.5, 1))


def test_a_gltf_file_has_a_node_for_each_part(parts, tmp_path):
    write_parts(tmp_path / "chair.glb", parts)
    scene = trimesh.load_scene(tmp_path / "chair.glb")
    assert set(scene.graph.nodes_geometry) == {"leg", "seat"}
    assert all(mesh.is_watertight for mesh in scene.geometry.values())


def test_a_gltf_file_passes_the_validator(parts, tmp_path, gltf_report):
    write_parts(tmp_path / "chair.glb", parts)
    issues = gltf_report(tmp_path / "chair.glb")["issues"]
    assert issues["numErrors"] == issues["numWarnings"] == 0, issues["messages"]


def test_an_obj_file_has_an_object_for_each_part(parts, tmp_path):
    write_parts(tmp_path / "chair.obj", parts)
    objects = (tmp_path / "chair.obj").read_text().split("\no ")[1:]
    assert [text.splitlines()[0] for text in objects] == ["leg", "seat"]
    assert all(text.count("\nf ") == text.count("\nv ") == 4 for text in objects)


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_parts_read_as_one_mesh_lie_where_they_were(parts, tmp_path, suffix):
    write_parts(tmp_path / f"chair{suffix}", parts)
    whole = read_mesh(tmp_path / f"chair{suffix}")
    numbers = topology(whole)
    assert numbers.watertight
    assert numbers.components == 2
    assert whole.vertices.min(0) == pytest.approx([0, 0, 0], abs=1e-6)
    assert whole.vertices.max(0) == pytest.approx([3, 3, 3], abs=1e-6)


def test_colours_are_those_of_the_parts(parts, tmp_path):
    write_parts(tmp_path / "chair.glb", parts)
    leg = trimesh.load_scene(tmp_path / "chair.glb").geometry["leg"]
    assert leg.visual.material.baseColorFactor[:3].tolist() == [255, 0, 0]


@pytest.mark.parametrize("name", ["chair.stl", "chair"])
def test_other_suffixes_are_refused(parts, tmp_path, name):
    with pytest.raises(InputError, match=r"\.glb or \.obj"):
        write_parts(tmp_path / name, parts)
    assert not list(tmp_path.iterdir())


def test_nothing_is_not_written(tmp_path):
    with pytest.raises(InputError, match="no part"):
        write_parts(tmp_path / "chair.glb", [])
