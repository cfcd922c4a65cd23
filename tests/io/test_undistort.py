from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from recon.errors import UnusableCapture
from recon.io import prepare
from recon.io.depth import DepthImage
from recon.io.images import ImageFile, read_header
from recon.io.undistort import Lens, SeenArea, UndistortedImage, Warp, pinhole_of, unbend, warp_to
from recon.scene import Camera, Capture, Distortion, View
from recon.scene.camera import distort

FOX = Distortion("opencv", (0.0578421, -0.0805099, -0.000980296, 0.00015575))
LENSES = {
    "fox": Lens(270, 480, 343.88, 343.62, 138.64, 241.32, FOX),
    "barrel": Lens(320, 240, 250.0, 252.0, 165.0, 118.0, Distortion("opencv", (-0.25, 0.08))),
    "pincushion": Lens(320, 240, 300.0, 300.0, 160.0, 120.0, Distortion("opencv", (0.2, 0.05, 0.002, -0.001))),
    "rational": Lens(320, 240, 200, 200, 160, 120, Distortion("opencv", (0.3, 0.01, 0, 0, 0.001, 0.6, 0.05, 0.002))),
    "fisheye": Lens(320, 240, 160.0, 160.0, 158.0, 122.0, Distortion("fisheye", (0.05, -0.01, 0.002, -0.0005))),
}


@pytest.fixture(params=LENSES, ids=str)
def lens(request):
    return LENSES[request.param]


def camera_of(lens):
    return Camera(lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy, distortion=lens.distortion)


def padded(distortion):
    length = 4 if distortion.model == "fisheye" else 8
    return np.resize(np.append(distortion.coefficients, np.zeros(length)), length)


def border(lens, count=50):
    x, y = np.linspace(0.5, lens.width - 0.5, count), np.linspace(0.5, lens.height - 0.5, count)
    left, right = (np.stack([np.full(count, end), y], 1) for end in (0.5, lens.width - 0.5))
    top, bottom = (np.stack([x, np.full(count, end)], 1) for end in (0.5, lens.height - 0.5))
    return np.concatenate([left, right, top, bottom])


def test_unbending_inverts_bending(lens):
    rays = lens.rays(border(lens))
    true = unbend(rays, lens.distortion)
    assert np.isfinite(true).all()
    np.testing.assert_allclose(distort(true, lens.distortion), rays, atol=1e-7)


def test_unbending_agrees_with_opencv(lens):
    # OpenCV's pixels have their centres at whole numbers; rays know no pixels, so K is the identity.
    rays = 0.6 * lens.rays(border(lens))
    coefficients = padded(lens.distortion)
    undo = cv2.fisheye.undistortPoints if lens.distortion.model == "fisheye" else cv2.undistortPoints
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-12)
    theirs = undo(rays[None], np.eye(3), coefficients, criteria=criteria).reshape(-1, 2)
    np.testing.assert_allclose(unbend(rays, lens.distortion), theirs, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(k1=st.floats(-0.15, 0.3), k2=st.floats(-0.02, 0.05), p1=st.floats(-0.005, 0.005), p2=st.floats(-0.005, 0.005))
def test_unbending_inverts_any_moderate_lens(k1, k2, p1, p2):
    distortion = Distortion("opencv", (k1, k2, p1, p2))
    true = np.random.default_rng(0).uniform(-0.6, 0.6, (40, 2))
    np.testing.assert_allclose(unbend(distort(true, distortion), distortion), true, atol=1e-6)


def test_every_pinhole_pixel_was_seen_and_no_border_is_given_away(lens):
    pinhole = pinhole_of(lens)
    assert (pinhole.width, pinhole.height) == (lens.width, lens.height)
    assert not pinhole.distortion.bends
    seen = lens.pixels(pinhole.rays(border(pinhole)))
    size = np.array([lens.width, lens.height])
    assert (seen > -0.5).all()
    assert (seen < size + 0.5).all()
    # On each side some pinhole pixel comes from within two pixels of the photo's rim.
    assert (seen.min(0) < 2).all()
    assert (size - seen.max(0) < 2).all()


@pytest.mark.parametrize("name", [name for name, lens in LENSES.items() if lens.distortion.model == "opencv"])
def test_the_crop_is_opencvs(name):
    lens = LENSES[name]
    matrix = np.array([[lens.fx, 0, lens.cx - 0.5], [0, lens.fy, lens.cy - 0.5], [0, 0, 1]])
    size = (lens.width, lens.height)
    theirs, _ = cv2.getOptimalNewCameraMatrix(matrix, padded(lens.distortion), size, 0, size)
    ours = pinhole_of(lens)
    # OpenCV fits pixel centres to pixel centres where we fit edges to edges: a half pixel on each side.
    np.testing.assert_allclose([ours.fx, ours.fy], [theirs[0, 0], theirs[1, 1]], rtol=0.01)
    np.testing.assert_allclose([ours.cx, ours.cy], [theirs[0, 2] + 0.5, theirs[1, 2] + 0.5], atol=1.5)


@settings(max_examples=25, deadline=None)
@given(
    model=st.sampled_from(["opencv", "fisheye"]),
    coefficients=st.lists(st.floats(-100, 100), min_size=4, max_size=4),
    focal=st.floats(1, 1e4),
)
def test_a_senseless_lens_is_refused_or_made_a_lens(model, coefficients, focal):
    lens = Lens(64, 48, focal, focal, 30.0, 25.0, Distortion(model, tuple(coefficients)))
    try:
        pinhole = pinhole_of(lens)
    except UnusableCapture:
        return
    assert np.isfinite([pinhole.fx, pinhole.fy, pinhole.cx, pinhole.cy]).all()
    assert min(pinhole.fx, pinhole.fy) > 0
    assert isinstance(Warp(lens, pinhole).leaves_holes, bool)


def pattern(points):
    """A smooth picture as a function of true rays, so that any lens can photograph it."""
    x, y = points.T
    waves = [np.sin(9 * x + 2 * y), np.cos(7 * y - 3 * x), np.sin(5 * x * y + 4 * x)]
    return np.clip(127.5 + 90 * np.stack(waves, 1), 0, 255)


def photograph(lens):
    grid = np.meshgrid(np.arange(lens.width) + 0.5, np.arange(lens.height) + 0.5)
    rays = unbend(lens.rays(np.stack(grid, -1).reshape(-1, 2)), lens.distortion)
    return np.rint(np.nan_to_num(pattern(rays))).astype(np.uint8).reshape(lens.height, lens.width, 3)


def test_an_undistorted_photo_is_what_the_pinhole_would_have_taken(lens, tmp_path):
    Image.fromarray(photograph(lens)).save(tmp_path / "photo.png")
    warp, pinhole = warp_to(camera_of(lens), lens.width, lens.height)
    image = UndistortedImage(ImageFile(tmp_path / "photo.png"), warp, tmp_path / "cache")
    shown = image.read(lens.width, lens.height)
    expected = photograph(Lens.of(pinhole))
    error = np.abs(shown.astype(int) - expected)[2:-2, 2:-2]
    assert error.mean() < 0.6
    assert error.max() < 8  # a quarter pixel off would give far more


def test_each_pixel_comes_from_where_the_camera_model_says(lens):
    warp, pinhole = warp_to(camera_of(lens), lens.width, lens.height)
    x, y = np.meshgrid(np.arange(lens.width) + 0.5, np.arange(lens.height) + 0.5)
    ramps = np.stack([x, y], axis=2).astype(np.float32)  # each pixel holds its own position
    grid = np.stack([x, y], axis=2)[20:-20, 20:-20]
    rays = Lens.of(pinhole).rays(grid.reshape(-1, 2))
    points = np.concatenate([rays, np.ones((len(rays), 1))], axis=1)
    expected, _ = camera_of(lens).project(points)
    # OpenCV interpolates at a 32nd of a pixel, and its cubic bends a ramp by as much again.
    np.testing.assert_allclose(warp.apply(ramps)[20:-20, 20:-20].reshape(-1, 2), expected, atol=0.07)


def test_downscaling_and_undistorting_fit_together(tmp_path):
    lens = LENSES["barrel"]
    Image.fromarray(photograph(lens)).save(tmp_path / "photo.png")
    warp, pinhole = warp_to(camera_of(lens), 160, 120)
    full = pinhole_of(lens)
    np.testing.assert_allclose(pinhole.intrinsics, np.array([full.fx, full.fy, full.cx, full.cy]) / 2)
    image = UndistortedImage(ImageFile(tmp_path / "photo.png"), warp, tmp_path / "cache")
    shown = image.read(160, 120)
    assert np.abs(shown.astype(int) - photograph(Lens.of(pinhole)))[2:-2, 2:-2].mean() < 1.5
    (kept,) = (tmp_path / "cache").iterdir()
    assert read_header(kept)[:2] == (160, 120)


def test_a_wide_fisheye_is_cut_to_a_usable_angle():
    lens = Lens(1000, 1000, 280.0, 280.0, 500.0, 500.0, Distortion("fisheye", (0.0, 0.0, 0.0, 0.0)))  # 204 degrees
    pinhole = pinhole_of(lens)
    assert np.degrees(np.arctan(500 / pinhole.fx)) == pytest.approx(65)
    warp, _ = warp_to(camera_of(lens), 1000, 1000)
    assert not warp.leaves_holes


def test_what_a_lens_did_not_see_is_masked():
    source = Lens(100, 80, 100.0, 100.0, 50.0, 40.0, Distortion("opencv", (0.1,)))
    warp = Warp(source, Lens(100, 80, 60.0, 60.0, 50.0, 40.0))
    assert warp.leaves_holes
    seen = SeenArea(warp).read(100, 80)
    assert seen[40, 50] == 255
    assert seen[0, 0] == seen[-1, -1] == 0


def test_a_lens_without_a_usable_view_is_refused():
    with pytest.raises(UnusableCapture, match="cannot be undone"):
        pinhole_of(Lens(100, 100, 100.0, 100.0, 50.0, 50.0, Distortion("opencv", (-5.0,))))


def test_the_disk_cache_is_written_once_and_follows_its_source(tmp_path):
    lens = LENSES["fox"]
    photo, cache = tmp_path / "photo.png", tmp_path / "cache"
    Image.fromarray(photograph(lens)).save(photo)
    warp, pinhole = warp_to(camera_of(lens), lens.width, lens.height)
    image = UndistortedImage(ImageFile(photo), warp, cache)
    view = View("photo.png", pinhole, image)
    told = []
    prepare(Capture("one", (view,)), lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]
    (kept,) = cache.iterdir()
    stamp = kept.stat().st_mtime_ns
    image.read(lens.width, lens.height)
    prepare(Capture("one", (view,)))
    assert kept.stat().st_mtime_ns == stamp
    Image.fromarray(np.zeros((lens.height, lens.width, 3), np.uint8)).save(photo)
    assert image.read(lens.width, lens.height).max() == 0
    other, _ = warp_to(camera_of(LENSES["fox"].resized(135, 240)), 135, 240)
    UndistortedImage(ImageFile(photo), other, cache).prepare()
    assert len(list(cache.iterdir())) == 3


def test_alpha_mask_and_depth_move_with_the_photo(tmp_path):
    lens = LENSES["pincushion"]
    warp, pinhole = warp_to(camera_of(lens), lens.width, lens.height)
    rays = np.array([[0.2, 0.1], [-0.3, -0.15]])
    places = np.floor(lens.pixels(rays)).astype(int)
    mask = np.zeros((lens.height, lens.width), np.uint8)
    for x, y in places:
        mask[y - 4 : y + 5, x - 4 : x + 5] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    Image.fromarray(np.dstack([np.full((*mask.shape, 3), 90, np.uint8), mask])).save(tmp_path / "cut.png")
    np.save(tmp_path / "depth.npy", mask.astype(np.float32) * 4)
    size, cache = (lens.width, lens.height), tmp_path / "cache"
    moved = {
        "mask": UndistortedImage(ImageFile(tmp_path / "mask.png", "mask"), warp, cache).read(*size),
        "alpha": UndistortedImage(ImageFile(tmp_path / "cut.png", "alpha"), warp, cache).read(*size),
        "depth": DepthImage(tmp_path / "depth.npy", 0.5, warp).read(*size),
    }
    centres = np.floor(Lens.of(pinhole).pixels(rays)).astype(int)
    for name, plane in moved.items():
        full = {"depth": 510}.get(name, 255)
        assert all(plane[y, x] == full for x, y in centres), name
        assert 0.5 < (plane > 0).sum() / (mask > 0).sum() < 2, name
    assert set(np.unique(moved["mask"])) == {0, 255}
    assert moved["depth"].dtype == np.float32
    colour = UndistortedImage(ImageFile(tmp_path / "cut.png"), warp, cache).read(*size)
    assert (colour[moved["alpha"] > 40] == 90).all()
