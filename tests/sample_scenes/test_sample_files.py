"""Scenes on disk: what is written is what was drawn, and the committed one is what its recipe makes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import sample_scenes
from recon.errors import InputError
from recon.io import load_capture
from sample_scenes import as_capture, desk, draw, load_truth, make_scene, view_name, write
from sample_scenes.render import render


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    scene = make_scene(9, objects=2, views=3, width=32, height=24)
    folder = tmp_path_factory.mktemp("scene") / "tiny"
    write(scene, folder, supersampling=1)
    return scene, folder


def read_poses(folder):
    transforms = json.loads((folder / "transforms.json").read_text())
    opengl = [np.array(frame["transform_matrix"]) for frame in transforms["frames"]]
    return transforms, [pose @ np.diag([1, -1, -1, 1]) for pose in opengl]


def test_cameras_survive_the_disk_exactly(tiny):
    scene, folder = tiny
    transforms, poses = read_poses(folder)
    camera = scene.cameras[0]
    assert (transforms["w"], transforms["h"]) == (32, 24)
    assert [transforms[key] for key in ("fl_x", "fl_y", "cx", "cy")] == camera.intrinsics.tolist()
    for pose, wanted in zip(poses, scene.cameras, strict=True):
        np.testing.assert_array_equal(pose, wanted.world_from_camera)


def test_pictures_and_truth_survive_the_disk(tiny):
    scene, folder = tiny
    truth = load_truth(folder)
    for index, picture in enumerate(draw(scene, 1)):
        name = view_name(index)
        np.testing.assert_array_equal(np.asarray(Image.open(folder / name)), picture.image)
        np.testing.assert_array_equal(truth.labels[name], picture.labels)
        np.testing.assert_allclose(truth.depth[name], picture.depth, atol=2.6e-5)
    assert [block["name"] for block in truth.blocks] == ["ground", "block1", "block2"]


def test_the_mesh_is_written_in_the_frame_of_the_cameras(tiny):
    import trimesh

    scene, folder = tiny
    mesh = trimesh.load(folder / "truth" / "mesh.glb", force="mesh")
    tops = [block.translation[2] + block.scale[2] for block in scene.blocks]
    assert mesh.bounds[1, 2] == pytest.approx(max(tops), abs=1e-6)
    assert mesh.visual.kind == "vertex"


def test_the_truth_is_no_part_of_the_capture(tiny):
    _, folder = tiny
    assert "truth" not in (folder / "transforms.json").read_text()
    assert {path.name for path in folder.iterdir()} == {"images", "transforms.json", "truth"}


def test_a_capture_in_memory_holds_out_every_eighth_view():
    scene = make_scene(0, objects=1, views=9, width=16, height=12)
    pictures = draw(scene, 1)
    capture = as_capture(scene, pictures)
    assert [view.name for view in capture.test] == [view_name(0), view_name(8)]
    view = capture.train[0]
    np.testing.assert_array_equal(view.image.read(16, 12), pictures[1].image)
    half = pictures[1].image.reshape(6, 2, 8, 2, 3).mean((1, 3))
    assert np.abs(view.image.read(8, 6) - half).max() <= 1


def test_reading_the_written_scene_gives_the_capture_in_memory(tiny):
    scene, folder = tiny
    written, drawn = load_capture(folder), as_capture(scene, draw(scene, 1))
    assert written.warnings == ()
    for one, other in zip(written.views, drawn.views, strict=True):
        assert (one.name, one.split, one.depth, one.mask) == (other.name, other.split, None, None)
        np.testing.assert_array_equal(one.image.read(32, 24), other.image.read(32, 24))
        np.testing.assert_allclose(one.camera.world_from_camera, other.camera.world_from_camera, atol=1e-12)
        np.testing.assert_array_equal(one.camera.intrinsics, other.camera.intrinsics)


def test_the_same_seed_gives_the_same_scene_and_another_another():
    one, same, other = make_scene(4), make_scene(4), make_scene(5)
    assert one.blocks == same.blocks
    assert one.blocks != other.blocks
    np.testing.assert_array_equal(draw(one, 1)[0].image, draw(same, 1)[0].image)


def test_a_folder_that_holds_anything_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="new or empty folder"):
        write(make_scene(0), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_depth_that_does_not_fit_is_refused(tmp_path):
    scene = make_scene(0, objects=1, views=1, width=8, height=6)
    far = scene.cameras[0].world_from_camera.copy()
    far[:3, 3] *= 4
    scene = replace(scene, cameras=(replace(scene.cameras[0], world_from_camera=far),))
    with pytest.raises(InputError, match="16 bits"):
        write(scene, tmp_path / "far", supersampling=1)


def test_the_desk_has_the_cameras_and_blocks_of_its_recipe():
    scene, folder = desk(), sample_scenes.path("desk")
    _, poses = read_poses(folder)
    assert len(poses) == 30
    for pose, camera in zip(poses, scene.cameras, strict=True):
        np.testing.assert_allclose(pose, camera.world_from_camera, rtol=0, atol=1e-12)
    assert load_truth(folder).blocks == json.loads(json.dumps(scene.truth()))


def compare(index, crop):
    """Draw a part of one view anew, and hold it against the committed files."""
    left, top, width, height = crop
    scene, folder = desk(), sample_scenes.path("desk")
    whole = scene.cameras[index]
    camera = replace(whole, width=width, height=height, cx=whole.cx - left, cy=whole.cy - top)
    picture = render(scene, camera)
    rows, columns = slice(top, top + height), slice(left, left + width)
    truth, name = load_truth(folder), view_name(index)
    photo = np.asarray(Image.open(folder / name))[rows, columns].astype(int)
    assert np.abs(photo - picture.image).max() <= 1
    np.testing.assert_allclose(truth.depth[name][rows, columns], picture.depth, atol=2.6e-5)
    np.testing.assert_array_equal(truth.labels[name][rows, columns], picture.labels)


def test_the_desk_is_what_its_recipe_draws():
    compare(4, (60, 40, 48, 36))
    compare(20, (0, 0, 32, 24))


@pytest.mark.slow
@pytest.mark.parametrize("index", range(30))
def test_all_of_the_desk_is_what_its_recipe_draws(index):
    compare(index, (0, 0, 192, 144))


def test_the_desk_is_small():
    files = [path for path in sample_scenes.path("desk").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000


def test_an_unknown_scene_is_a_sentence():
    with pytest.raises(InputError, match="no sample scene 'attic'"):
        sample_scenes.path("attic")


def test_the_command_refuses_what_it_does_not_know(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sample_scenes", "attic", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "'attic'" in done.stderr
    assert "Traceback" not in done.stderr
