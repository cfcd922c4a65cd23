from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from recon.errors import InputError, UnreadableFile, UnusableCapture
from recon.io import load_capture
from recon.io.images import ImageFile


def edit(path, change):
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def assert_same_camera(camera, expected, atol=1e-9):
    np.testing.assert_allclose(camera.intrinsics, expected.intrinsics, atol=atol)
    np.testing.assert_allclose(camera.world_from_camera, expected.world_from_camera, atol=atol)
    assert (camera.width, camera.height) == (expected.width, expected.height)


def test_cameras_and_split_are_read(tmp_path, cameras, options, write_transforms):
    wanted = cameras(9)
    path = write_transforms(tmp_path / "scene", wanted)
    for given in (path, path.parent, str(path.parent)):
        capture = load_capture(given, options())
        assert [view.name for view in capture.views] == [f"images/{i:04d}.png" for i in range(9)]
        for view, camera in zip(capture.views, wanted, strict=True):
            assert_same_camera(view.camera, camera)
        assert [view.name for view in capture.test] == ["images/0000.png", "images/0008.png"]
        assert capture.warnings == ()
        assert capture.points is None
        assert capture.name == "scene"
    assert not (tmp_path / "cache").exists()


def test_real_data_is_read(data, options):
    capture = load_capture(data("fox_quarter"), options())
    assert (len(capture.views), len(capture.train), len(capture.test)) == (50, 43, 7)
    assert capture.warnings == ()
    assert {(view.camera.width, view.camera.height) for view in capture.views} == {(270, 480)}
    assert not any(view.camera.distortion.bends for view in capture.views)
    assert capture.views[0].image.read(270, 480).shape == (480, 270, 3)


def test_missing_photos_are_counted(data, options):
    capture = load_capture(data("fox"), options())
    assert len(capture.views) == 50
    assert capture.warnings == ("17 of 67 photos were left out, the file is missing: images/0005.jpg and 16 more.",)


@pytest.mark.parametrize("spelling", ["./images/0000.png", "images/0000", "images\\0000.png", "images/0000.jpg"])
def test_photos_are_found_however_they_are_spelt(tmp_path, cameras, options, write_transforms, spelling):
    path = write_transforms(tmp_path, cameras(1))
    edit(path, lambda record: record["frames"][0].update(file_path=spelling))
    (view,) = load_capture(path, options()).views
    assert view.image == ImageFile(tmp_path / "images" / "0000.png")
    assert view.name.startswith("images/0000")


@pytest.mark.parametrize("root", ["/home/somebody/scene", "C:\\Users\\somebody\\scene"])
def test_absolute_names_of_another_machine_are_found_by_their_end(tmp_path, cameras, options, write_transforms, root):
    path = write_transforms(tmp_path, cameras(1))
    edit(path, lambda record: record["frames"][0].update(file_path=f"{root}/images/0000.png"))
    (view,) = load_capture(path, options()).views
    assert view.image == ImageFile(tmp_path / "images" / "0000.png")
    assert ".." not in view.name
    assert not view.name.startswith(("/", "C:"))


def test_photos_may_lie_elsewhere(tmp_path, cameras, options, write_transforms):
    path = write_transforms(tmp_path / "scene", cameras(3))
    (tmp_path / "scene" / "images").rename(tmp_path / "photos")
    capture = load_capture(path, options(images=tmp_path / "photos"))
    assert capture.views[0].image == ImageFile(tmp_path / "photos" / "0000.png")
    with pytest.raises(UnusableCapture, match=r"3 of 3 photos were left out, the file is missing: images/0000\.png"):
        load_capture(path, options())
    with pytest.raises(UnusableCapture, match="not a folder"):
        load_capture(path, options(images=tmp_path / "nowhere"))


def test_intrinsics_may_be_each_frames_own(tmp_path, cameras, options, write_transforms):
    path = write_transforms(tmp_path, cameras(2))
    edit(path, lambda record: record["frames"][1].update(fl_x=70.0, cx=18.0))
    first, second = load_capture(path, options()).views
    assert (first.camera.fx, first.camera.cx) == (50.0, 19.5)
    assert (second.camera.fx, second.camera.fy, second.camera.cx) == (70.0, 51.0, 18.0)


def test_an_angle_and_the_photo_suffice_for_a_lens(tmp_path, cameras, options, write_transforms):
    nothing = dict.fromkeys(["w", "h", "fl_x", "fl_y", "cx", "cy"])
    path = write_transforms(tmp_path, cameras(1), {**nothing, "camera_angle_x": 0.8})
    (view,) = load_capture(path, options()).views
    focal = 0.5 * 40 / np.tan(0.4)
    np.testing.assert_allclose(view.camera.intrinsics, [focal, focal, 20, 15])


@pytest.mark.parametrize("model", ["OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "OPENCV_FISHEYE"])
def test_models_are_told_apart(tmp_path, cameras, options, write_transforms, model):
    path = write_transforms(tmp_path, cameras(1), {"camera_model": model})
    (view,) = load_capture(path, options()).views
    assert isinstance(view.image, ImageFile) == (model != "OPENCV_FISHEYE")
    assert not view.camera.distortion.bends


def test_lens_coefficients_reach_the_undistortion_in_opencvs_order(tmp_path, cameras, options, write_transforms):
    values = {"k1": 0.1, "k2": 0.02, "p1": 0.003, "p2": 0.004, "k3": 0.005}
    (view,) = load_capture(write_transforms(tmp_path, cameras(1), values), options()).views
    assert view.image.warp.source.distortion.coefficients == (0.1, 0.02, 0.003, 0.004, 0.005, 0, 0, 0)
    values = {"is_fisheye": True, "k1": 0.1, "k2": 0.02, "k3": 0.003, "k4": 0.004}
    (view,) = load_capture(write_transforms(tmp_path, cameras(1), values), options()).views
    assert view.image.warp.source.distortion.model == "fisheye"
    assert view.image.warp.source.distortion.coefficients == (0.1, 0.02, 0.003, 0.004)


def test_an_unsupported_lens_is_refused_by_name(tmp_path, cameras, options, write_transforms):
    path = write_transforms(tmp_path, cameras(1), {"camera_model": "EQUIRECTANGULAR"})
    with pytest.raises(UnusableCapture, match=r"model EQUIRECTANGULAR, which is not supported"):
        load_capture(path, options())


def test_what_was_applied_is_undone(tmp_path, cameras, options, write_transforms):
    wanted = cameras(4)
    points = np.random.default_rng(1).normal(size=(20, 3))
    applied = np.array([[0.0, 1, 0, 0.3], [1, 0, 0, -0.2], [0, 0, -1, 0.1]])
    moved = (points @ applied[:, :3].T + applied[:, 3]) * 2.5
    path = write_transforms(tmp_path, wanted)
    rows = "".join(f"{x:.9g} {y:.9g} {z:.9g} 255 0 51\n" for x, y, z in moved)
    header = "ply\nformat ascii 1.0\nelement vertex 20\n" + "".join(f"property float {axis}\n" for axis in "xyz")
    header += "".join(f"property uchar {name}\n" for name in ("red", "green", "blue")) + "end_header\n"
    (tmp_path / "points.ply").write_text(header + rows)

    def apply(record):
        record.update(applied_transform=applied.tolist(), applied_scale=2.5, ply_file_path="points.ply")
        for frame in record["frames"]:
            matrix = np.vstack([applied, [0, 0, 0, 1]]) @ np.array(frame["transform_matrix"])
            matrix[:3, 3] *= 2.5
            frame["transform_matrix"] = matrix.tolist()

    edit(path, apply)
    capture = load_capture(path, options())
    for view, camera in zip(capture.views, wanted, strict=True):
        assert_same_camera(view.camera, camera)
    np.testing.assert_allclose(capture.points.positions, points, atol=1e-6)
    np.testing.assert_allclose(capture.points.colors, np.broadcast_to([1, 0, 0.2], (20, 3)))


def test_masks_and_depth_are_read(tmp_path, cameras, options, write_transforms):
    path = write_transforms(tmp_path, cameras(3), {"mask_path": "mask.png"})
    mask = np.zeros((30, 40), np.uint8)
    mask[10:] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    Image.fromarray(np.full((30, 40), 1500, np.uint16)).save(tmp_path / "depth.png")
    np.save(tmp_path / "depth.npy", np.full((15, 20, 1), 2500.0))
    for index, name in enumerate(("depth.png", "depth.npy", "gone.npy")):
        edit(path, lambda record, i=index, name=name: record["frames"][i].update(depth_file_path=name))
    capture = load_capture(path, options())
    first, second, third = capture.views
    np.testing.assert_array_equal(first.mask.read(40, 30), mask)
    np.testing.assert_allclose(first.depth.read(20, 15), 1.5)
    np.testing.assert_allclose(second.depth.read(40, 30), 2.5)
    assert third.depth is None
    assert capture.warnings == ("For 1 of 3 photos the depth image is missing: gone.npy.",)


def test_a_stated_split_is_kept(tmp_path, cameras, options, write_transforms):
    path = write_transforms(tmp_path, cameras(4), {"test_filenames": ["images/0002.png"]})
    assert [view.name for view in load_capture(path, options()).test] == ["images/0002.png"]


def test_rounded_rotations_are_accepted_and_broken_poses_left_out(tmp_path, cameras, options, write_transforms):
    wanted = cameras(4)
    path = write_transforms(tmp_path, wanted)

    def damage(record):
        frames = record["frames"]
        frames[0]["transform_matrix"] = np.round(frames[0]["transform_matrix"], 4).tolist()
        frames[1]["transform_matrix"] = (np.array(frames[1]["transform_matrix"]) * 2).tolist()
        frames[2]["transform_matrix"][0][0] = float("nan")
        frames[3]["transform_matrix"] = "none"

    edit(path, damage)
    capture = load_capture(path, options())
    assert capture.warnings == (
        "3 of 4 photos were left out, the pose is not a rigid transform: images/0001.png and 2 more.",
    )
    assert_same_camera(capture.views[0].camera, wanted[0], atol=3e-4)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"frames": 3}',
        '{"frames": [3]}',
        '{"frames": [{}]}',
        "[" * 100_000,
        "\x00\x01",
        "9" * 5000,
    ],
)
def test_files_that_are_no_transforms_are_refused(tmp_path, options, content):
    (tmp_path / "transforms.json").write_text(content)
    with pytest.raises(UnreadableFile, match=r"transforms\.json"):
        load_capture(tmp_path, options())


@pytest.mark.parametrize(
    ("key", "value"),
    [("fl_x", "wide"), ("fl_x", -5), ("w", 0), ("w", float("inf")), ("cx", [1]), ("k1", True), ("fl_x", 10**400)],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(tmp_path, cameras, options, write_transforms, key, value):
    path = write_transforms(tmp_path, cameras(1), {key: value})
    with pytest.raises(InputError, match=r"images/0000\.png"):
        load_capture(path, options())


@pytest.mark.parametrize("value", [[[1, 0], [0, 1]], np.diag([1.0, 1, -1, 1]).tolist(), "no"])
def test_an_applied_transform_must_be_a_similarity(tmp_path, cameras, options, write_transforms, value):
    path = write_transforms(tmp_path, cameras(1), {"applied_transform": value})
    with pytest.raises(UnreadableFile, match="applied_transform"):
        load_capture(path, options())


def test_an_empty_list_of_frames_is_no_capture(tmp_path, options):
    (tmp_path / "transforms.json").write_text('{"frames": []}')
    with pytest.raises(UnusableCapture, match="no usable view"):
        load_capture(tmp_path, options())
