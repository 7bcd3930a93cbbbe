"""Files: raw values with their types, nothing that runs, nothing from outside."""

from __future__ import annotations

import csv
import io
import json
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from assistant.answer import Answer, Basis, Chart, Clarify, ClarifyChoice, Table, TableColumn
from bots.cli import cli
from bots.commands import output
from bots.render.export import export, number_format
from bots.render.html import to_page
from semantic_layer import AskmqlError

COLUMNS = (
    TableColumn(name="channel", label="渠道", type="string", kind="dimension"),
    TableColumn(name="period", label="=月份", type="date", kind="time"),
    TableColumn(name="cost", label="成本", type="number", unit="CNY", format="¥#,##0.00"),
    TableColumn(name="rate", label="转化率", type="number", unit="%", format="0.0%"),
    TableColumn(name="n", label="数量", type="number", unit="lead", format="#,##0"),
)
ROWS = (
    ("百度", "2026-01-01", 1234.5, 0.125, 7),
    ("=HYPERLINK(1)", "2026-02-01", -3.25, None, -2),
    ("<script>alert(1)</script>", "2026-03-01", 0.0, 1.0, 0),
    ("@x", "2026-04-01", 1e7, 0.5, 12),
    ("-1+1", "2026-05-01", 5, 0.25, 3),
    ("\tTab", "2026-05-01", 5, 0.25, 3),
    ("__other__", "2026-05-01", 5, 0.25, 3),
    (None, "2026-05-01", 5, 0.25, 3),
)


def answer(**more: object) -> Answer:
    table = Table(name="result", columns=COLUMNS, rows=ROWS, total_rows=9)
    chart = Chart(mark="bar", table="result", x="channel", y=("n",), title="<b>数量</b>")
    base: dict[str, object] = {
        "status": "answered",
        "question": "<img src=x onerror=alert(1)>",
        "lang": "zh",
        "headline": "成本 & <i>数量</i>",
        "tables": (table,),
        "charts": (chart,),
        "warnings": ("<script>w</script>",),
        "followups": ("</style><script>f</script>",),
        "basis": Basis(as_of="2026-10-27", scope="全公司", sql=("SELECT '<x>' AS a",)),
    }
    return Answer.model_validate(base | more)


# --- CSV ----------------------------------------------------------------------------------


def rows_of(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_csv_keeps_raw_values_and_disarms_texts():
    made = export(answer(), "csv")
    head, *rows = rows_of(made.data)
    assert head == ["渠道", "'=月份", "成本", "转化率", "数量"]
    assert rows[0] == ["百度", "2026-01-01", "1234.5", "0.125", "7"]
    assert rows[1] == ["'=HYPERLINK(1)", "2026-02-01", "-3.25", "", "-2"]
    assert [r[0] for r in rows[3:]] == ["'@x", "'-1+1", "'\tTab", "其他", ""]
    assert float(rows[3][2]) == 1e7
    assert made.warnings == ("共 9 行，文件里有 8 行",)


def test_a_refusal_is_no_table():
    for form in ("csv", "xlsx"):
        with pytest.raises(AskmqlError) as caught:
            export(answer(status="refused", tables=()), form)
        assert caught.value.code == "NO_TABLE"


# --- XLSX ---------------------------------------------------------------------------------

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheets(data: bytes) -> dict[str, list[list[tuple[str, str, str]]]]:
    """Sheet name -> rows of (kind, value, number format): enough of a reader for these tests."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert not [n for n in book.namelist() if "external" in n.lower()]

        def tree(name: str) -> ET.Element:
            return ET.fromstring(book.read(name))  # noqa: S314 - our own file

        strings = [
            "".join(t.text or "" for t in si.iterfind(".//m:t", NS))
            for si in tree("xl/sharedStrings.xml").iterfind("m:si", NS)
        ]
        styles = tree("xl/styles.xml")
        named = {
            e.attrib["numFmtId"]: e.attrib["formatCode"] for e in styles.iterfind(".//m:numFmt", NS)
        }
        formats = [
            named.get(e.attrib["numFmtId"], e.attrib["numFmtId"])
            for e in styles.iterfind("m:cellXfs/m:xf", NS)
        ]
        names = [e.attrib["name"] for e in tree("xl/workbook.xml").iterfind(".//m:sheet", NS)]
        out = {}
        for i, name in enumerate(names, 1):
            rows = []
            for row in tree(f"xl/worksheets/sheet{i}.xml").iterfind(".//m:row", NS):
                cells = []
                for c in row.iterfind("m:c", NS):
                    assert c.find("m:f", NS) is None  # never a formula
                    value = c.findtext("m:v", "", NS)
                    kind = c.attrib.get("t", "n" if value else "blank")
                    text = strings[int(value)] if kind == "s" else value
                    cells.append((kind, text, formats[int(c.attrib.get("s", "0"))]))
                rows.append(cells)
            out[name] = rows
        return out


def test_xlsx_keeps_types_and_formats():
    pytest.importorskip("xlsxwriter")
    found = sheets(export(answer(), "xlsx").data)
    assert list(found) == ["result", "basis"]
    rows = found["result"]
    assert [c[1] for c in rows[0]] == ["渠道", "=月份", "成本", "转化率", "数量"]
    kinds = [c[0] for c in rows[1]]
    assert kinds == ["s", "n", "n", "n", "n"]
    assert [c[1] for c in rows[1]] == ["百度", "46023", "1234.5", "0.125", "7"]
    assert [c[2] for c in rows[1]][1:] == [
        "yyyy-mm-dd",
        '"¥"#,##0.00;-"¥"#,##0.00',
        "0.0%",
        "#,##0",
    ]
    assert rows[2][0][:2] == ("s", "=HYPERLINK(1)")
    assert rows[2][3][0] == "blank"
    basis = {r[0][1]: r[1][1] for r in found["basis"]}
    assert basis["SQL"] == "SELECT '<x>' AS a"
    assert basis["scope"] == "全公司"


def test_xlsx_writes_every_table_under_a_legal_name():
    pytest.importorskip("xlsxwriter")
    names = ["a/b:c*?[d]", "a/b:c*?[d]", "", "Basis", "x" * 40, "x" * 40, "history"]
    tables = tuple(Table(name=n, columns=COLUMNS, rows=ROWS, total_rows=8) for n in names)
    found = list(sheets(export(answer(tables=tables), "xlsx").data))
    assert len(found) == len(names) + 1
    assert all(0 < len(n) <= 31 for n in found)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(AskmqlError) as caught:
        export(answer(), "xlsx")
    assert caught.value.code == "NO_EXPORT_EXTRA"


def test_a_change_of_a_rate_keeps_its_sign():
    column = TableColumn(name="d", label="d", type="number", unit="%", kind="delta")
    assert number_format(column).startswith("+0.0%;-0.0%")


# --- HTML ---------------------------------------------------------------------------------


def test_a_page_is_escaped_and_needs_nothing_from_outside():
    page = to_page(answer())
    assert "<script" not in page.lower()
    assert "<img" not in page
    assert "</style><" not in page.split("</head>")[1]
    assert "default-src 'none'" in page
    links = set(re.findall(r"https?://[^\"' <)]+", page))
    assert links <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "¥1,234.50" in page
    assert "SELECT &#x27;&lt;x&gt;&#x27; AS a" in page
    assert '<html lang="zh-CN">' in page


def test_a_page_has_its_chart_inline():
    pytest.importorskip("vl_convert")
    assert "<svg" in to_page(answer())


def test_a_page_without_the_charts_extra_still_has_its_table(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    page = to_page(answer())
    assert "<svg" not in page
    assert "<table>" in page


def test_a_question_back_shows_its_choices():
    asked = Clarify(question="?", choices=(ClarifyChoice(label="<A>", value="1"),))
    page = to_page(answer(status="clarify", tables=(), charts=(), clarify=asked))
    assert "<li>&lt;A&gt; 1</li>" in page


# --- the command --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.PNG", "png"), ("a.xlsx", "xlsx"), ("a.md", "markdown"), ("a.txt", "text"), ("a", "text")],
)
def test_the_ending_chooses_the_form(name, form):
    assert output.form_of(Path(name)) == form


def test_targets_that_cannot_be_written_are_refused_first(tmp_path, monkeypatch):
    cases = {tmp_path: "OUT_IS_A_FOLDER", tmp_path / "no" / "a.png": "NO_SUCH_FOLDER"}
    for path, code in cases.items():
        with pytest.raises(AskmqlError) as caught:
            output.check_target("png", path)
        assert caught.value.code == code
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(AskmqlError) as caught:
        output.check_target("xlsx", None)
    assert caught.value.code == "BINARY_TO_TERMINAL"
    output.check_target("csv", None)


@pytest.mark.parametrize("form", ["text", "json", "markdown", *output._FILES])
def test_a_file_is_written_whole(tmp_path, form):
    pytest.importorskip("vl_convert")
    pytest.importorskip("xlsxwriter")
    out = tmp_path / "答案 1.bin"
    out.write_bytes(b"old")
    output.deliver(answer(), form, out)
    data = out.read_bytes()
    starts = {
        "png": b"\x89PNG", "xlsx": b"PK", "svg": b"<svg", "html": b"<!doctype",
        "csv": b"\xef\xbb\xbf", "json": b"{", "markdown": b"**", "text": "成本".encode(),
    }  # fmt: skip
    assert data.startswith(starts[form])
    assert [p.name for p in tmp_path.iterdir()] == [out.name]


def test_a_file_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(output.tempfile, "mkstemp", refuse)
    with pytest.raises(AskmqlError) as caught:
        output.deliver(answer(), "json", tmp_path / "a.json")
    assert caught.value.code == "CANNOT_WRITE"


def test_ask_refuses_a_bad_target_before_it_computes(tmp_path):
    args = ["ask", "x", "--format", "png", "--out", str(tmp_path)]
    result = CliRunner().invoke(cli, ["--project", str(tmp_path / "none"), *args])
    assert isinstance(result.exception, AskmqlError)
    assert result.exception.code == "OUT_IS_A_FOLDER"


def test_json_of_a_chart_is_still_plain():
    chart = json.loads(answer().to_json())["charts"][0]
    assert set(chart) == {"mark", "table", "x", "y", "series", "unit", "title", "alt"}


CLINIC = Path(__file__).resolve().parents[1] / "projects" / "clinic"


@pytest.mark.slow
def test_ask_sends_a_picture_down_a_pipe_and_a_table_into_a_file(tmp_path):
    root = tmp_path / "clinic"
    shutil.copytree(CLINIC, root, ignore=shutil.ignore_patterns("__pycache__"))
    runpy.run_path(str(root / "make_data.py"))["make"](root / "data")
    base = [sys.executable, "-c", "from bots.cli import main; main()", "--project", str(root)]
    question = "visits by month in 2025"

    def run(*args: str) -> subprocess.CompletedProcess[bytes]:
        command = [*base, "ask", question, *args]
        return subprocess.run(command, capture_output=True, cwd=CLINIC.parents[2], check=False)

    made = run("--format", "png")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith(b"\x89PNG")
    assert run("--out", str(tmp_path / "a.csv")).returncode == 0
    assert len(rows_of((tmp_path / "a.csv").read_bytes())) > 2
    bad = run("--out", str(tmp_path))
    assert bad.returncode == 2
    assert b"OUT_IS_A_FOLDER" in bad.stderr
