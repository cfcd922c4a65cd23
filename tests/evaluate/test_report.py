"""The page and the table that compare results."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sample_scenes
from recon.evaluate import measure
from recon.evaluate.report import Entry, compare_views, worst_first, write_page, write_table
from recon.io import load_capture
from recon.scene import Splats


def splats(opacity: float) -> Splats:
    random = np.random.default_rng(0)
    count = 60
    means = random.normal(0, 0.3, (count, 3)).astype(np.float32)
    rotations = np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1))
    scales = np.full((count, 3), 0.1, np.float32)
    harmonics = random.normal(0, 0.5, (count, 1, 3)).astype(np.float32)
    return Splats(means, rotations, scales, np.full(count, opacity, np.float32), harmonics)


@pytest.fixture(scope="module")
def views():
    return load_capture(sample_scenes.path("desk")).test[:3]


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return [Entry("strong <b>", splats(0.9), (("Splats", "60"),)), Entry("weak", splats(0.1))]


@pytest.fixture(scope="module")
def compared(entries, views):
    return list(compare_views(entries, views, device="cpu"))


def test_numbers_are_those_of_metrics_json(entries, views, compared) -> None:
    for index, entry in enumerate(entries):
        measured = measure(entry.geometry, views, device="cpu").views
        assert tuple(view.metrics[index] for view in compared) == measured


def test_the_worst_view_comes_first(compared) -> None:
    means = [sum(each.psnr for each in view.metrics) for view in worst_first(compared)]
    assert means == sorted(means)
    assert len(set(means)) == 3


def test_a_view_that_is_masked_wholly_is_left_out(entries, views) -> None:
    class Nothing:
        def read(self, width: int, height: int) -> np.ndarray:
            return np.zeros((height, width), np.uint8)

    kept = list(compare_views(entries, [replace(views[0], mask=Nothing()), views[1]], device="cpu"))
    assert [view.name for view in kept] == [views[1].name]


class Page(HTMLParser):
    """Gathers what a page refers to, and checks that what is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        self.sources += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else(tmp_path: Path, entries, compared) -> None:
    write_page(tmp_path / "page.html", "A & B", entries, compared)
    text = (tmp_path / "page.html").read_text()
    page = Page(text)
    assert page.open == []
    pictures = [source for source in page.sources if source.startswith("data:image/jpeg;base64,")]
    assert len(pictures) == len(compared) * (1 + 2 * len(entries))
    assert all(source.startswith(("data:", "#")) for source in page.sources)
    assert not re.search(r"url\(|@import|<script|http", text)
    sizes = {Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).size for source in pictures}
    assert sizes == {(192, 144)}
    assert "<title>A &amp; B</title>" in text
    assert "strong &lt;b&gt;" in text
    for view in compared:
        assert f"{view.metrics[0].psnr:.2f} dB, SSIM {view.metrics[0].ssim:.4f}" in text


def test_the_table_holds_all_digits(tmp_path: Path, entries, compared) -> None:
    write_table(tmp_path / "table.csv", entries, compared)
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["view"] for row in rows] == [view.name for view in compared]
    assert float(rows[1]["weak psnr"]) == compared[1].metrics[1].psnr
    assert float(rows[2]["strong <b> ssim"]) == compared[2].metrics[0].ssim
