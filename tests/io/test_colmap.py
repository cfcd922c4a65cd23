from __future__ import annotations

import struct

import numpy as np
import pycolmap
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.errors import UnreadableFile, UnusableCapture
from recon.io import load_capture
from recon.io.captures.colmap_files import ModelFiles
from recon.io.captures.lenses import COLMAP_MODELS
from recon.io.images import ImageFile

NAMES = ["b.png", "a.png", "left/0001.png", "left/0002.png", "with space.png"]
SUPPORTED = {number: name for number, (name, family, _) in COLMAP_MODELS.items() if family}
PARAMETERS = {
    "f": 50.0,
    "fx": 50.0,
    "fy": 51.0,
    "cx": 20.5,
    "cy": 14.5,
    "k1": 0.05,
    "k2": 0.01,
    "p1": 0.002,
    "p2": 0.003,
}
PARAMETERS |= {"k3": 0.004, "k4": 0.005, "k5": 0.006, "k6": 0.007}


def model_of(cameras, names=NAMES, model="PINHOLE", first_id=1, points=30):
    """A COLMAP reconstruction of some cameras, by COLMAP itself; ids have gaps."""
    rng = np.random.default_rng(5)
    built = pycolmap.Reconstruction()
    number = next(number for number, (name, _, _) in COLMAP_MODELS.items() if name == model)
    parameters = [PARAMETERS.get(name, 0.1) for name in COLMAP_MODELS[number][2].split()]
    for index, (name, camera) in enumerate(zip(names, cameras, strict=False)):
        camera_id = first_id + 7 * index
        lens = pycolmap.Camera(
            camera_id=camera_id, model=model, width=camera.width, height=camera.height, params=parameters
        )
        built.add_camera_with_trivial_rig(lens)
        image = pycolmap.Image(name=name, camera_id=camera_id, image_id=first_id + 11 * index)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D(rng.uniform(0, 30, 2)) for _ in range(index)])
        pose = pycolmap.Rigid3d(camera.camera_from_world[:3])
        built.add_image_with_trivial_frame(image, pose)
    for _ in range(points):
        built.add_point3D(rng.normal(size=3), pycolmap.Track(), rng.integers(0, 256, 3).astype(np.uint8))
    return built


def write(model, folder, text=False):
    folder.mkdir(parents=True, exist_ok=True)
    (model.write_text if text else model.write_binary)(str(folder))
    return folder


@pytest.fixture
def scene(tmp_path, cameras, write_photo):
    """A folder with photos and a binary model in sparse/0, as COLMAP lays it out; and the model's cameras."""
    for name in NAMES:
        write_photo(tmp_path / "scene" / "images" / name)
    made = cameras(len(NAMES))
    write(model_of(made), tmp_path / "scene" / "sparse" / "0")
    return tmp_path / "scene", dict(zip(NAMES, made, strict=True))


@pytest.mark.parametrize("text", [False, True])
def test_a_model_of_colmaps_is_read_as_colmap_reads_it(tmp_path, cameras, options, write_photo, text):
    made = cameras(len(NAMES))
    model = model_of(made, first_id=3)
    folder = write(model, tmp_path / "sparse", text)
    for name in NAMES:
        write_photo(tmp_path / "images" / name)
    capture = load_capture(tmp_path, options())
    assert [view.name for view in capture.views] == sorted(NAMES)
    assert capture.warnings == ()
    assert capture.source == str(folder)
    for view in capture.views:
        expected = made[NAMES.index(view.name)]
        np.testing.assert_allclose(view.camera.world_from_camera, expected.world_from_camera, atol=1e-9)
        np.testing.assert_allclose(view.camera.intrinsics, [50, 51, 20.5, 14.5])
    points = sorted(model.points3D.items())
    np.testing.assert_allclose(capture.points.positions, [point.xyz for _, point in points], rtol=1e-6)
    np.testing.assert_allclose(capture.points.colors * 255, [point.color for _, point in points], atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1000),
    count=st.integers(0, 5),
    points=st.integers(0, 5),
    number=st.sampled_from(list(SUPPORTED)),
)
def test_text_says_the_same_as_binary(tmp_path_factory, cameras, seed, count, points, number):
    built = model_of(cameras(count, seed=seed), model=SUPPORTED[number], points=points)
    folder = tmp_path_factory.mktemp("model")
    binary = ModelFiles.find(write(built, folder / "bin"))
    text = ModelFiles.find(write(built, folder / "txt", text=True))
    assert (binary.suffix, text.suffix) == (".bin", ".txt")
    assert binary.cameras() == text.cameras()
    assert sorted(map(repr, binary.images())) == sorted(map(repr, text.images()))
    assert binary.image_count() == text.image_count() == count
    if points:
        np.testing.assert_array_equal(binary.points().positions, text.points().positions)
        np.testing.assert_array_equal(binary.points().colors, text.points().colors)
    else:
        assert binary.points() is text.points() is None


@pytest.mark.parametrize("number", SUPPORTED)
def test_every_supported_lens_projects_as_colmap_does(tmp_path, cameras, options, write_photo, number):
    from recon.io.captures import read_source

    (camera,) = cameras(1)
    built = model_of([camera], ["a.png"], SUPPORTED[number])
    write(built, tmp_path / "sparse")
    write_photo(tmp_path / "images" / "a.png")
    (frame,) = read_source(tmp_path, options()).frames
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    pixels, depth = frame.camera.project(points)
    (image,) = built.images.values()
    expected = np.array([image.project_point(point) for point in points], np.float64)
    assert (depth > 1).all()
    np.testing.assert_allclose(pixels, expected, atol=1e-6)


def test_every_model_of_colmaps_is_known():
    ours = {number: len(names.split()) for number, (_, _, names) in COLMAP_MODELS.items()}
    for name, number in pycolmap.CameraModelId.__members__.items():
        if name != "INVALID":
            assert COLMAP_MODELS[int(number)][0] == name
            theirs = pycolmap.Camera.create_from_model_name(1, name, 100.0, 100, 100)
            assert ours[int(number)] == len(theirs.params)


@pytest.mark.parametrize("number", [number for number in COLMAP_MODELS if number not in SUPPORTED])
def test_other_lenses_are_refused_with_a_way_out(tmp_path, cameras, options, write_photo, number):
    name = COLMAP_MODELS[number][0]
    write(model_of(cameras(1), ["a.png"], name), tmp_path / "sparse")
    write_photo(tmp_path / "images" / "a.png")
    with pytest.raises(UnusableCapture, match=f"model {name}, which is not supported.*image_undistorter"):
        load_capture(tmp_path, options())


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("sparse/0", ""), ("sparse/0", "sparse"), ("sparse/0", "sparse/0"), ("sparse/0", "sparse/0/cameras.bin"),
        ("sparse", ""), ("", ""), ("colmap/sparse/0", ""), ("colmap/sparse/0", "colmap/sparse/0"), ("model", ""),
    ],
)  # fmt: skip
def test_models_are_found_where_people_keep_them(tmp_path, cameras, options, write_photo, model, given):
    folder = tmp_path / "garden"
    write(model_of(cameras(3)), folder / model)
    for name in NAMES[:3]:
        write_photo(folder / "images" / name)
    capture = load_capture(folder / given, options())
    assert len(capture.views) == 3
    assert capture.warnings == ()
    assert capture.name == ("garden" if model != "model" else "model")


def test_photos_may_lie_beside_the_model_or_where_they_are_said_to(tmp_path, cameras, options, write_photo):
    write(model_of(cameras(3)), tmp_path / "model")
    with pytest.raises(UnusableCapture, match=r"\(such as b\.png\) were not found.*--images"):
        load_capture(tmp_path / "model", options())
    for name in NAMES[:3]:
        write_photo(tmp_path / "model" / name)
        write_photo(tmp_path / "elsewhere" / name)
    assert load_capture(tmp_path / "model", options()).views[0].image == ImageFile(tmp_path / "model" / "a.png")
    moved = load_capture(tmp_path / "model", options(images=tmp_path / "elsewhere"))
    assert moved.views[0].image == ImageFile(tmp_path / "elsewhere" / "a.png")


def test_the_largest_of_several_models_is_read_and_the_others_named(scene, cameras, options):
    folder, _ = scene
    write(model_of(cameras(2)), folder / "sparse" / "1", text=True)
    write(model_of(cameras(1)), folder / "distorted" / "sparse" / "0")
    capture = load_capture(folder, options())
    assert len(capture.views) == len(NAMES)
    (warning,) = capture.warnings
    assert str(folder / "sparse" / "1") + " (2 images)" in warning
    assert len(load_capture(folder / "sparse" / "1", options()).views) == 2


def test_missing_photos_and_points_are_no_obstacle(scene, options):
    folder, _ = scene
    (folder / "images" / "left" / "0002.png").unlink()
    (folder / "sparse" / "0" / "points3D.bin").unlink()
    for extra in ("rigs.bin", "frames.bin"):
        (folder / "sparse" / "0" / extra).unlink(missing_ok=True)
    capture = load_capture(folder, options())
    assert capture.points is None
    assert capture.warnings == ("1 of 5 photos was left out, the file is missing: left/0002.png.",)


def test_text_may_hold_comments_and_blank_lines(tmp_path, options, write_photo):
    folder = tmp_path / "sparse"
    folder.mkdir()
    (folder / "cameras.txt").write_text("# comment\n\n5 SIMPLE_PINHOLE 40 30 50 20 15\n")
    (folder / "images.txt").write_text("\n9 1 0 0 0 0 0 4 5 my photo.png\n\n# c\n3 0 1 0 0 0 0 2 5 b.png\n1 2 -1\n")
    (folder / "points3D.txt").write_text("#\n1 0 0 1 255 0 0 0.5 9 0 3 1\n4 nan 0 1 255 0 0 0.5\n")
    write_photo(tmp_path / "images" / "my photo.png")
    write_photo(tmp_path / "images" / "b.png")
    capture = load_capture(tmp_path, options())
    assert [view.name for view in capture.views] == ["b.png", "my photo.png"]
    np.testing.assert_allclose(capture.views[1].camera.center, [0, 0, -4])
    np.testing.assert_allclose(capture.views[0].camera.center, [0, 0, 2])
    assert len(capture.points) == 1
    assert capture.warnings == ("1 of 2 points have no finite position and were left out.",)


@pytest.mark.parametrize("part", ["cameras", "images", "points3D"])
@pytest.mark.parametrize("text", [False, True])
def test_damaged_files_are_refused_by_name(tmp_path, cameras, options, write_photo, part, text):
    folder = write(model_of(cameras(3)), tmp_path / "sparse", text)
    for name in NAMES[:3]:
        write_photo(tmp_path / "images" / name)
    path = folder / f"{part}{'.txt' if text else '.bin'}"
    whole = path.read_bytes()
    damages = [b"1 2 three\nx\n", b"5\n"] if text else [b"", whole[:5], whole[:-3], whole + b"0", b"\xff" * len(whole)]
    for damage in damages:
        path.write_bytes(damage)
        with pytest.raises(UnreadableFile, match=path.name.replace(".", r"\.")):
            load_capture(tmp_path, options())


def test_an_absurd_count_takes_no_memory(tmp_path, cameras, options):
    folder = write(model_of(cameras(1)), tmp_path / "sparse")
    for part in ("cameras", "images", "points3D"):
        path = folder / f"{part}.bin"
        path.write_bytes(struct.pack("<Q", 2**60) + path.read_bytes()[8:])
        with pytest.raises(UnreadableFile):
            getattr(ModelFiles.find(folder), part.lower().replace("3d", ""))()


def test_an_image_of_an_unknown_camera_is_refused(tmp_path, options, write_photo):
    (tmp_path / "cameras.txt").write_text("1 SIMPLE_PINHOLE 40 30 50 20 15\n")
    (tmp_path / "images.txt").write_text("1 1 0 0 0 0 0 4 2 a.png\n\n")
    write_photo(tmp_path / "a.png")
    with pytest.raises(UnreadableFile, match=r"a\.png speaks of camera 2"):
        load_capture(tmp_path, options())


def test_a_pose_without_rotation_is_left_out(tmp_path, options, write_photo):
    (tmp_path / "cameras.txt").write_text("1 SIMPLE_PINHOLE 40 30 50 20 15\n")
    (tmp_path / "images.txt").write_text(
        "1 0 0 0 0 0 0 4 1 a.png\n\n2 1 0 0 0 nan 0 4 1 b.png\n\n3 2 0 0 0 0 0 4 1 c.png\n\n"
    )
    for name in ("a.png", "b.png", "c.png"):
        write_photo(tmp_path / name)
    capture = load_capture(tmp_path, options())
    assert [view.name for view in capture.views] == ["c.png"]
    assert "2 of 3 photos were left out, the pose" in capture.warnings[0]


def colour_errors(model, view, shifts):
    """Difference between the points COLMAP saw in an image and the pixels at, or beside, where they project to."""
    built = pycolmap.Reconstruction(str(model))
    (image,) = (image for image in built.images.values() if image.name == view.name)
    points = [built.points3D[observation.point3D_id] for observation in image.points2D if observation.has_point3D()]
    width, height = view.camera.width, view.camera.height
    pixels, depth = view.camera.project([point.xyz for point in points])
    inside = (depth > 0) & (pixels >= 4).all(1) & (pixels < [width - 4, height - 4]).all(1)
    assert inside.mean() > 0.9
    x, y = pixels[inside].astype(int).T
    colours = np.array([point.color for point in points])[inside]
    shown = view.image.read(width, height).astype(int)
    return [np.abs(shown[y + dy, x + dx] - colours).mean() for dx, dy in shifts]


@pytest.mark.parametrize(
    ("model", "images", "size"),
    [
        ("fox9_colmap_pinhole/sparse/0", None, (1064, 1899)),
        ("fox9_colmap_pinhole/distorted_sparse/0", "fox/images", (1080, 1920)),
        ("sceaux_castle/colmap/bin", "sceaux_castle/images", (1416, 1064)),
        ("sceaux_castle/colmap/not_shared_txt", None, (1416, 1064)),
    ],
)
def test_points_fall_on_their_own_colours(data, options, model, images, size):
    model = data(model)
    capture = load_capture(model, options(images=data(images) if images else None))
    assert {(view.camera.width, view.camera.height) for view in capture.views} == {size}
    for view in capture.views[1:3]:
        here, *beside = colour_errors(model, view, [(0, 0), (3, 0), (-3, 0), (0, 3), (0, -3)])
        assert here < 0.85 * min(beside)
    if "sceaux" in str(model):
        (warning,) = capture.warnings
        assert warning.startswith("11 of 11 photos have another size than their camera (photo 1416x1064, camera 2832x")
    else:
        assert capture.warnings == ()


def test_photos_of_another_shape_than_their_camera_are_not_used(data, options):
    with pytest.raises(UnusableCapture, match=r"another shape than its camera.*photo 1064x1899, camera 1080x1920"):
        load_capture(data("fox9_colmap_pinhole") / "distorted_sparse" / "0", options())
