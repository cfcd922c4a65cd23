"""Contact sheets and previews: the right pictures in the right places."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation_scenes import Still, camera, changed, eight_bits, render, splats, views
from PIL import Image, ImageDraw

from recon.evaluate import contact_sheet, measure, preview, sheets
from recon.evaluate.sheets import error_colors, most_central
from recon.scene import View


def read(path):
    return np.asarray(Image.open(path)).astype(int)


def cells(sheet, count=1):
    """The three pictures of the first `count` blocks of a sheet in one column; 48x36 pictures become 300x225."""
    for index in range(count):
        top = sheets.HEADER + sheets.CAPTION + index * (225 + sheets.CAPTION + sheets.GAP)
        yield [sheet[top : top + 225, sheets.MARGIN + k * 304 :][:, :300] for k in range(3)]


def inside(cell):
    return cell[40:-10, 10:-10]


def test_a_sheet_shows_photo_render_and_error(tmp_path):
    geometry = splats()
    perfect, wrong = views(geometry, 2)
    wrong = changed(wrong, image=Still(np.full((36, 48, 3), (0, 255, 0), np.uint8)))
    contact_sheet(tmp_path / "new" / "sheet.png", geometry, [perfect, wrong], columns=1, device="cpu")
    first, second = cells(read(tmp_path / "new" / "sheet.png"), 2)
    assert np.abs(inside(first[0]) - inside(first[1])).mean() < 1
    assert inside(first[2]).max() < 20, "a perfect render has a dark error"
    np.testing.assert_array_equal(inside(second[0]).reshape(-1, 3).mean(0), [0, 255, 0])
    drawn = eight_bits(render(geometry, wrong.camera).color)
    wanted = np.asarray(Image.fromarray(drawn).resize((300, 225), Image.Resampling.LANCZOS)).astype(int)
    np.testing.assert_array_equal(inside(second[1]), inside(wanted))
    assert inside(second[2]).mean() > 150, "a wrong render has a bright error"


def test_numbers_on_a_sheet_are_those_of_the_metrics(tmp_path, monkeypatch):
    geometry = splats()
    several = views(geometry)
    shown = []
    monkeypatch.setattr(sheets, "_draw_block", lambda *arguments: shown.append(arguments[2].metrics))
    contact_sheet(tmp_path / "sheet.png", geometry, several, device="cpu")
    assert tuple(shown) == measure(geometry, several, device="cpu").views


def test_many_views_are_thinned_evenly(tmp_path, monkeypatch):
    geometry = splats(5)
    view = views(geometry, 1)[0]
    many = [replace(view, name=f"{index:03}.png") for index in range(100)]
    shown = []
    monkeypatch.setattr(sheets, "_draw_block", lambda *arguments: shown.append(arguments[2].metrics.name))
    contact_sheet(tmp_path / "sheet.png", geometry, many, device="cpu")
    assert len(shown) == 24
    assert (shown[0], shown[-1]) == ("000.png", "099.png")


def test_columns_are_chosen_for_a_screen(tmp_path):
    geometry = splats(5)
    view = views(geometry, 1)[0]
    twelve = [replace(view, name=f"{index:03}.png") for index in range(12)]
    contact_sheet(tmp_path / "sheet.png", geometry, twelve, device="cpu")
    height, width, _ = read(tmp_path / "sheet.png").shape
    assert 0.8 < width / height < 2.8


def test_long_names_are_shortened_from_the_front(tmp_path):
    geometry = splats(5)
    view = replace(views(geometry, 1)[0], name="folder/" * 60 + "the-end.png")
    contact_sheet(tmp_path / "sheet.png", geometry, [view], device="cpu")
    pen = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    short = sheets._shortened(pen, view.name, 300)
    assert short.startswith("...")
    assert short.endswith("the-end.png")
    assert pen.textlength(short, sheets._font(15)) <= 300
    assert sheets._shortened(pen, "a.png", 300) == "a.png"


def test_masked_pixels_are_dimmed(tmp_path):
    geometry = splats()
    mask = np.full((36, 48), 255, np.uint8)
    mask[:, :24] = 0
    white = Still(np.full((36, 48, 3), 255, np.uint8))
    contact_sheet(
        tmp_path / "sheet.png", geometry, [changed(views(geometry, 1)[0], image=white, mask=Still(mask))], device="cpu"
    )
    photo, _, error = next(cells(read(tmp_path / "sheet.png")))
    assert photo[100, 20].max() == 63
    assert photo[100, 280].min() == 255
    assert error[100, 20].max() < 20


def test_error_colours_grow_brighter_to_their_end():
    ramp = error_colors(np.linspace(0, 0.2, 9, dtype=np.float32)[None])[0].astype(int)
    brightness = ramp @ [0.2, 0.7, 0.1]
    assert (np.diff(brightness) > 0).all()
    np.testing.assert_array_equal(error_colors(np.full((1, 1), 0.9, np.float32))[0, 0], ramp[-1])


def turned(shift, angle):
    """A camera moved sideways and turned back towards the axis."""
    moved = camera(shift)
    world_from_camera = moved.world_from_camera.copy()
    sine, cosine = np.sin(angle), np.cos(angle)
    world_from_camera[:3, :3] = [[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]
    return replace(moved, world_from_camera=world_from_camera)


def test_a_preview_is_the_most_central_view(tmp_path):
    geometry = splats()
    black = Still(np.zeros((36, 48, 3), np.uint8))
    facing = [View(f"{shift}", turned(shift, np.arctan2(-shift, 4)), black) for shift in (-2, -1, 1, 2)]
    askew = View("askew", turned(0, 0.3), black)
    central = View("central", turned(0, 0), black)
    preview(tmp_path / "preview.png", geometry, [askew, *facing, central], device="cpu")
    assert most_central([askew, *facing]).name != "askew"
    chosen = most_central([askew, *facing, central])
    np.testing.assert_array_equal(read(tmp_path / "preview.png"), eight_bits(render(geometry, chosen.camera).color))


def test_nothing_to_show_is_refused(tmp_path):
    for function in (contact_sheet, preview):
        with pytest.raises(ValueError, match="at least one view"):
            function(tmp_path / "a.png", splats(), [], device="cpu")
    assert not list(tmp_path.iterdir())
