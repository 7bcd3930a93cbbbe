"""Pictures: really drawn, with every character, from the bundled font, or a loud error."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from assistant.answer import Answer, Basis, Chart, Table, TableColumn, TimeBasis
from bots.render import image
from bots.render.image import card, covered, missing_characters, to_png, to_svg
from semantic_layer import AskmqlError

pytest.importorskip("vl_convert")
ROOT = Path(__file__).resolve().parents[2]


def answer(lang: str, keys: list[str], mark: str = "bar", *, chart: bool = True) -> Answer:
    zh = lang == "zh"
    columns = (
        TableColumn(name="k", label="渠道" if zh else "Channel", type="string", kind="dimension"),
        TableColumn(name="v", label="收入" if zh else "Revenue", type="number", unit="CNY"),
    )
    rows = tuple((k, (i + 1) * 25_000) for i, k in enumerate(keys))
    drawn = Chart(
        mark=mark,  # type: ignore[arg-type]
        table="result",
        x="k",
        y=("v",),
        unit="CNY",
        title=columns[1].label,
    )
    return Answer(
        status="answered",
        question="问" if zh else "Q",
        lang="zh" if zh else "en",
        headline="上季度收入 ¥25,000。" if zh else "Revenue last quarter: ¥25,000.",
        tables=(Table(name="result", columns=columns, rows=rows, total_rows=len(rows)),),
        charts=(drawn,) if chart else (),
        basis=Basis(
            time=TimeBasis(start="2026-07-01", end="2026-10-01"), as_of="2026-10-27", scope="x"
        ),
    )


def pixels(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and RGBA bytes of an 8-bit PNG: enough of a decoder for these tests."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    assert (depth, colour) == (8, 6)
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        packed += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, stride, out = zlib.decompress(packed), width * 4, bytearray()
    before = bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        rule, row = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for x in range(stride):
            left = row[x - 4] if x >= 4 else 0
            corner = before[x - 4] if x >= 4 else 0
            row[x] = (row[x] + _predicted(rule, left, before[x], corner)) & 255
        out += row
        before = row
    return width, height, bytes(out)


def _predicted(rule: int, left: int, up: int, corner: int) -> int:
    if rule < 4:
        return (0, left, up, (left + up) // 2)[rule]
    guess = left + up - corner
    far = (abs(guess - left), abs(guess - up), abs(guess - corner))
    return (left, up, corner)[far.index(min(far))]


def ink(data: bytes) -> int:
    """How many pixels are dark: text is, bars are blue."""
    _, _, rgba = pixels(data)
    return sum(max(rgba[i : i + 3]) < 90 for i in range(0, len(rgba), 4))


@pytest.mark.parametrize(
    ("lang", "keys"), [("zh", ["线上直播", "喆镕垚㎡"]), ("en", ["Webinar", "Naïve Café"])]
)
def test_a_chart_is_drawn_with_its_text(lang, keys):
    made = to_png(answer(lang, keys))
    assert made.warnings == ()
    assert ink(made.data) > 2_000
    bare = ink(to_png(answer(lang, [" ", "  "])).data)
    assert ink(made.data) > bare  # the labels themselves are ink


def test_an_answer_of_one_number_is_a_card():
    one = answer("zh", ["x"], chart=False)
    made = to_png(one)
    assert ink(made.data) > 500
    assert "¥25,000" in card(one)
    assert to_svg(one).data.startswith(b"<svg")


def test_a_card_shows_a_refusal_and_escapes_it():
    no = Answer(status="refused", question="q", lang="en", headline="<b>&no</b>", text="why\x07")
    text = card(no)
    assert "&lt;b&gt;&amp;no" in text
    assert "\x07" not in text
    assert to_png(no).data[:4] == b"\x89PNG"


def test_a_character_that_cannot_be_drawn_is_named_and_spelled_out():
    made = to_png(answer("zh", ["龘科技", "𠮷野家"]))
    assert len(made.warnings) == 1
    assert "龘 (U+9F98)" in made.warnings[0]
    assert "U+20BB7" in made.warnings[0]
    kept = to_svg(answer("zh", ["龘科技"]))
    assert "龘科技" in kept.data.decode()  # the reader's own fonts may have it


@pytest.mark.parametrize("mark", ["line", "grouped_bar", "stacked_bar", "pie", "histogram"])
def test_every_mark_compiles(mark):
    text = to_svg(answer("zh", ["百度", "头条", "官网"], mark)).data.decode()
    assert "百度" in text
    assert image.FONTS.split(",")[0] in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_the_font_covers_the_product_and_gb2312():
    level_one = bytes(b for a in range(0xB0, 0xD8) for t in range(0xA1, 0xFF) for b in (a, t))
    assert missing_characters(level_one.decode("gb2312", errors="ignore")) == ""
    assert missing_characters("".join(map(chr, range(0x20, 0x7F))) + "¥€£—…↑↓（）「」％·") == ""
    for path in [*ROOT.glob("semantic_layer/**/*.yml"), *ROOT.glob("assistant/*.py")]:
        text = "".join(c for c in path.read_text(encoding="utf-8") if c.isprintable())
        assert missing_characters(text) == "", path


@pytest.mark.slow
def test_the_font_covers_every_name_of_the_sample_company(demo_db):
    import duckdb

    with duckdb.connect(str(demo_db), read_only=True) as db:
        for table, column in db.execute(
            "select table_name, column_name from information_schema.columns where data_type = 'VARCHAR'"
        ).fetchall():
            (text,) = db.execute(
                f"select coalesce(string_agg(distinct \"{column}\", ''), '') from \"{table}\""
            ).fetchall()[0]
            assert missing_characters(text) == "", (table, column)


def test_the_font_is_small_and_licensed():
    folder = image.FONT_FOLDER
    assert (folder / image.FONT_FILE).stat().st_size <= 3_000_000
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    import hashlib

    digest = hashlib.sha256((folder / image.FONT_FILE).read_bytes()).hexdigest()
    assert digest in readme
    assert f"{len(covered()):,}" in readme


@pytest.fixture
def no_cache():
    covered.cache_clear()
    image._register.cache_clear()
    yield
    covered.cache_clear()
    image._register.cache_clear()


@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize("content", [None, b"", b"OTTO", b"\0" * 300])
def test_without_its_font_no_picture_is_made(monkeypatch, tmp_path, content):
    if content is not None:
        (tmp_path / image.FONT_FILE).write_bytes(content)
    monkeypatch.setattr(image, "FONT_FOLDER", tmp_path)
    with pytest.raises(AskmqlError) as caught:
        to_png(answer("zh", ["百度"]))
    assert caught.value.code == "NO_CHART_FONT"


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(AskmqlError) as caught:
        to_svg(answer("en", ["a"]))
    assert caught.value.code == "NO_CHART_EXTRA"
    assert "pip install" in caught.value.hint


def test_a_specification_may_not_fetch_anything():
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"url": "https://example.com/x.json"},
        "mark": "bar",
    }
    with pytest.raises(ValueError, match="not allowed"):
        image.chart_svg(spec)


def test_drawing_is_not_loaded_before_it_is_needed():
    code = "import bots.commands.ask, sys; sys.exit('vl_convert' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
