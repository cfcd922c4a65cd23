"""A page shows in a browser what our own renderer draws, and loads nothing from anywhere."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest
from format_seeds import random_splats
from PIL import Image

from recon.errors import InvalidParameter
from recon.io import format_to_write, write_geometry
from recon.io.splats import spz, web
from recon.scene import Camera, Splats

SIZE = (320, 240)
FIELD = math.radians(50)
# Below it, headline and buttons lie over the picture; and a frame is drawn around it when keys were used.
FOOTER, FRAME = 40, 4  # pixels
# Y points down here and up in the page.
FLIP = np.array([1.0, -1.0, -1.0])


def camera(eye, target, width=SIZE[0], height=SIZE[1]):
    """A camera of ours that looks at a point, with the world's -y above."""
    forward = np.subtract(target, eye) / np.linalg.norm(np.subtract(target, eye))
    right = np.cross((0, 1, 0), forward)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3] = np.stack([right, np.cross(forward, right), forward, eye], axis=1)
    focal = height / 2 / math.tan(FIELD / 2)
    return Camera(width, height, focal, focal, width / 2, height / 2, pose)


def look(eye, target):
    return {"do": "look", "camera": {"eye": list(FLIP * eye), "target": list(FLIP * target), "fov": FIELD}}


def psnr(one, other):
    return -10 * math.log10(max(((one - other) ** 2).mean(), 1e-12))


def small_splats(count=400, degree=3):
    splats = random_splats(count, degree)
    return dataclasses.replace(splats, means=splats.means / 3, scales=np.clip(splats.scales, 0.01, 0.1))


@pytest.fixture
def drawn(tmp_path):
    """What our renderer makes of the splats as the page holds them, rounded as SPZ rounds."""
    from recon.io import read_splats
    from recon.render.draw import Drawer

    def draw(splats, *cameras, background=(0.0, 0.0, 0.0)):
        (tmp_path / "rounded.spz").write_bytes(spz.encoded(splats, 3))
        drawer = Drawer(read_splats(tmp_path / "rounded.spz"), "cpu")
        return [drawer.draw(each, background=background).color for each in cameras]

    return draw


@pytest.mark.parametrize(("degree", "antialiased", "background"), [(3, False, "black"), (1, True, "white")])
def test_chromium_draws_what_our_renderer_draws(tmp_path, browse, drawn, degree, antialiased, background):
    splats = dataclasses.replace(small_splats(degree=degree), antialiased=antialiased)
    write_geometry(tmp_path / "page.html", splats, web.Options(background=background))
    places = [((0.3, -0.5, -3.0), (0.0, 0.0, 0.0)), ((2.5, 0.7, 1.0), (0.1, 0.1, 0.0))]
    steps = []
    for i, place in enumerate(places):
        steps += [look(*place), {"do": "picture", "out": tmp_path / f"{i}.png"}]
    told = browse(tmp_path / "page.html", *steps)
    assert (told["state"], told["errors"]) == ("shown", [])
    # The page itself, and the sorting that it starts in a thread of its own.
    assert set(told["requests"]) <= {"file", "blob"}
    ground = (1.0, 1.0, 1.0) if background == "white" else (0.0, 0.0, 0.0)
    for i, ours in enumerate(drawn(splats, *(camera(*place) for place in places), background=ground)):
        theirs = np.asarray(Image.open(tmp_path / f"{i}.png").convert("RGB"), np.float32) / 255
        assert ours[:-FOOTER].std() > 0.1
        assert psnr(theirs[:-FOOTER], ours[:-FOOTER]) > 38


def test_dragging_keys_and_a_double_click_move_the_camera(tmp_path, browse):
    write_geometry(tmp_path / "page.html", small_splats())
    picture = lambda name: {"do": "picture", "out": tmp_path / f"{name}.png"}  # noqa: E731 - a word for a step
    told = browse(
        tmp_path / "page.html",
        picture("first"),
        {"do": "drag", "from": [160, 100], "to": [220, 110]}, picture("dragged"),
        {"do": "click", "at": [150, 90]}, picture("closer"),
        {"do": "key", "key": "h"}, picture("home"),
        {"do": "key", "key": "ArrowLeft"}, picture("turned"),
    )  # fmt: skip
    assert (told["state"], told["errors"]) == ("shown", [])
    first, *others = (
        np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB"), np.float32)[FRAME:-FOOTER, FRAME:-FRAME]
        for name in ("first", "dragged", "closer", "home", "turned")
    )
    assert first.std() > 20
    differences = [np.abs(each - first).mean() for each in others]
    assert min(differences[0], differences[1], differences[3]) > 2
    assert differences[2] == 0


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("HTMLCanvasElement.prototype.getContext = () => null", "needs WebGL 2"),
        ("delete window.DecompressionStream", "too old to unpack"),
    ],
)
def test_what_a_browser_lacks_is_told_in_a_sentence(tmp_path, browse, before, message):
    write_geometry(tmp_path / "page.html", small_splats(10))
    told = browse(tmp_path / "page.html", before=before)
    assert told["state"] == "failed"
    assert message in told["message"]
    assert told["errors"] == []


def test_a_damaged_page_says_so(tmp_path, browse):
    write_geometry(tmp_path / "page.html", small_splats(10))
    text = (tmp_path / "page.html").read_text()
    (tmp_path / "page.html").write_text(re.sub('(id="splats">.{40}).{8}', r"\1AAAAAAAA", text))
    told = browse(tmp_path / "page.html")
    assert told["state"] == "failed"
    assert "could not be shown" in told["message"]


def test_a_real_scene_is_shown(tmp_path, browse, data):
    from recon.io import read_splats

    write_geometry(tmp_path / "page.html", read_splats(data("splats") / "playbot_lod3_sog"))
    told = browse(tmp_path / "page.html", {"do": "picture", "out": tmp_path / "page.png"})
    assert (told["state"], told["errors"]) == ("shown", [])
    assert np.asarray(Image.open(tmp_path / "page.png"))[:-FOOTER].std() > 20


def test_nothing_in_the_page_points_elsewhere_or_can_be_broken_out_of(tmp_path):
    title = "</title><script>alert(1)</script> & more"
    write_geometry(tmp_path / "page.html", small_splats(5), web.Options(title=title))
    text = (tmp_path / "page.html").read_text()
    assert not re.search(r"https?://|//cdn|@import|\[\[\w+\]\]", text)
    assert text.count("<script") == 2
    assert "&lt;/title&gt;" in text


def test_the_first_view_is_as_asked_or_has_the_scene_in_it(tmp_path):
    splats = small_splats()
    assert web._start(splats, web.Options(start="1,2,3, 0,0,0"))["eye"] == [1, -2, -3]
    start = web._start(splats, web.Options())
    seen = camera(FLIP * start["eye"], FLIP * start["target"]).world_from_camera
    points = (splats.means - seen[:3, 3]) @ seen[:3, :3]
    slopes = np.abs(points[:, :2] / points[:, 2:]).max(axis=1)
    assert (points[:, 2] > 0).all()
    assert (slopes < math.tan(FIELD / 2)).mean() > 0.85


@pytest.mark.parametrize("start", ["1,2,3", "1,2,3,1,2,3", "a,b,c,d,e,f", "nan 0 0 0 0 0"])
def test_a_view_of_nothing_is_refused(start):
    with pytest.raises(InvalidParameter, match="two points"):
        web.Options(start=start)


@pytest.mark.parametrize("count", [0, 1])
def test_few_splats_make_a_page_too(tmp_path, browse, count):
    form = format_to_write(tmp_path / "page.html", "splats")
    splats = small_splats(3).part(slice(0, count))
    write_geometry(tmp_path / "page.html", splats)
    assert (tmp_path / "page.html").stat().st_size == pytest.approx(form.forecast_bytes(splats), rel=0.1)
    assert browse(tmp_path / "page.html")["state"] == "shown"


def test_a_forecast_is_near_the_size_of_the_page(tmp_path):
    rows = random_splats(20_000)
    splats = Splats(rows.means, rows.quaternions, rows.scales, rows.opacities, rows.sh)
    write_geometry(tmp_path / "page.html", splats)
    size = (tmp_path / "page.html").stat().st_size
    assert size == pytest.approx(format_to_write(tmp_path / "x.html", "splats").forecast_bytes(splats), rel=0.35)
