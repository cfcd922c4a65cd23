"""URDF and MJCF of blocks: where bodies stand, what they weigh, and that their hulls are theirs."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from block_samples import some_blocks
from scipy.spatial.transform import Rotation

from recon.io import read_mesh, write_geometry
from recon.io.blocks.robots import Options, bodies, upright
from recon.scene.block_surfaces import vertices


def numbers(text):
    return np.array([float(word) for word in text.split()])


def test_the_ground_is_level_at_zero_and_shapes_are_kept():
    blocks = some_blocks()
    standing = upright(blocks)
    np.testing.assert_allclose(standing.volumes, blocks.volumes, rtol=1e-5)
    above = (blocks.centers - blocks.ground.center) @ blocks.ground.up
    np.testing.assert_allclose(standing.centers[:, 2], above, atol=1e-5)


def test_a_urdf_puts_each_hull_where_its_block_is(tmp_path):
    blocks = some_blocks()
    write_geometry(tmp_path / "a scene.urdf", blocks)
    root = ET.parse(tmp_path / "a scene.urdf").getroot()
    joints, links = root.findall("joint"), root.findall("link")[1:]
    assert [link.get("name") for link in links] == [name.replace(" ", "_") for name in blocks.names]
    standing = upright(blocks)
    for index, (joint, link) in enumerate(zip(joints, links, strict=True)):
        mesh = read_mesh(tmp_path / link.find("collision/geometry/mesh").get("filename"))
        origin = joint.find("origin")
        rotation = Rotation.from_euler("xyz", numbers(origin.get("rpy"))).as_matrix()
        points = mesh.vertices @ rotation.T + numbers(origin.get("xyz"))
        assert (standing.norm(points)[index] < 1 + 1e-4).all()
        np.testing.assert_allclose(
            np.ptp(points, axis=0), np.ptp(vertices(standing, 8)[index].reshape(-1, 3), axis=0), atol=1e-4
        )
        assert float(link.find("inertial/mass").get("value")) == pytest.approx(1000 * blocks.volumes[index], rel=1e-4)


def test_an_mjcf_holds_the_same_bodies(tmp_path):
    blocks = some_blocks()
    write_geometry(tmp_path / "a.xml", blocks, Options(density=2.0))
    root = ET.parse(tmp_path / "a.xml").getroot()
    standing = upright(blocks)
    assert root.find("worldbody/geom").get("type") == "plane"
    for index, body in enumerate(root.findall("worldbody/body")):
        np.testing.assert_allclose(numbers(body.get("pos")), standing.centers[index], atol=1e-5)
        np.testing.assert_allclose(numbers(body.get("quat")), standing.quaternions[index], atol=1e-5)
        assert float(body.find("geom").get("mass")) == pytest.approx(2 * blocks.volumes[index], rel=1e-4)


def test_a_ball_has_the_inertia_of_a_ball():
    blocks = some_blocks(1, whole=False)
    from dataclasses import replace

    ones = {"exponents": np.ones((1, 2), np.float32), "tapers": np.zeros((1, 2), np.float32)}
    ball = bodies(replace(blocks, scales=np.full((1, 3), 0.5, np.float32), **ones), 3.0)[0]
    np.testing.assert_allclose(ball.inertia, np.eye(3) * 0.4 * ball.mass * 0.25, atol=0.03 * ball.mass * 0.1)
    np.testing.assert_allclose(ball.center, 0, atol=1e-3)
