"""Cut the chart font out of Debian's Noto Sans CJK. Run by hand; only its output is committed.

    apt-get download fonts-noto-cjk && dpkg-deb -x fonts-noto-cjk*.deb /tmp/noto
    python -m venv /tmp/cut && /tmp/cut/bin/pip install fonttools==4.68.0
    /tmp/cut/bin/python scripts/make_font.py \
        /tmp/noto/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

The font gets a name of its own: a font of the system can then never stand in for it unseen, and two
machines draw the same picture.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bots" / "render" / "fonts" / "AskmqlSansSC-Regular.otf"
FAMILY = "Askmql Sans SC"
MAX_BYTES = 3_000_000
PACKAGES = ("assistant", "bots", "semantic_layer", "tools")  # tests want letters that are missing

# Unicode blocks taken whole (as far as the source font has them): Latin with its accents, punctuation,
# currency, letterlike signs, arrows, mathematics, circled numbers, shapes, kana, full-width forms.
BLOCKS = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x218F),
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2500, 0x266F), (0x3000, 0x30FF),
    (0x3200, 0x33FF), (0xFF00, 0xFFEF),
)  # fmt: skip

# Characters of people's and companies' names that GB2312 lacks.
NAMES = (
    "喆镕垚頔堃昇赟婳玥珺琎晞昉旸旻曌甦犇骉燊炘煊煒玘玙玚珅珣珮琁琇琋琤瑄瑀瑢瑨瑱璁璟璠祎禛禤翀翾"
    "芃苡荇莳蒗袆裎訚赪邴郜郤钇铖锜锠锴錡鍀闿陞雱霙韫颋颢飏騏骎髙鹍黉黟嫄嫚媖妡妤妧姵峣崚巘弢彣惪"
    "憓扆掞揆攽敉斓昺昪晅晙晢暐暕曈朓梽棪棽槑櫆沄洺浛涢淏淯渌渼湉湙溁潆澍澴濛炅炆炟烨焜煐煓熠燚"
    "犨玎玏玓玗玠玢玭珵珺珽琀琏琚琟琫瑂瑅瑆瑗璆璈璘璞璥璪瓒甯畯皛皞盺睍睿砼碶祚祜祯禔禚禹秭竑竣"
    "笪筠箐簃糸絜綦緯縡繇罡翯翥耀聿肸胤脩臻舢艾芗芩芷苒茜荀荃莨莼菂菘萱葳蓓蕤薏藜蘅蘧虓虔蜚螢蠡"
    "衎褀褚覃觉訢詠誉諴譞豳貟賛赀趯跂踽轫辂迦迩邈邰邾郇郏郓郯鄄鄞鄠酆醴釗鈺鉌銘鋆鎏鏐鏸鐉鑨镠镡镰"
)


def characters() -> set[int]:
    """Return the code points that the font must have."""
    found = {c for a, b in BLOCKS for c in range(a, b + 1)}
    found |= set(_codec("gb2312", range(0xA1, 0xF8)))  # levels 1 and 2, signs, Greek, Cyrillic
    found |= set(_codec("big5", range(0xA4, 0xC7)))  # level 1: names from Hong Kong and Taiwan
    found |= {ord(c) for c in NAMES}
    for path in sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*")):
        if path.suffix in {".py", ".yml", ".md"}:
            text = path.read_text(encoding="utf-8")
            found |= {ord(c) for c in text if c.isprintable() and ord(c) < 0x20000}
    return found


def _codec(name: str, leads: range) -> Iterator[int]:
    for lead in leads:
        for trail in range(0x40, 0xFF):
            try:
                text = bytes((lead, trail)).decode(name)
            except UnicodeDecodeError:
                continue
            yield from map(ord, text)


def cut(source: Path) -> TTFont:
    """Return the cut font with its own name."""
    fonts = TTCollection(str(source)).fonts
    font: TTFont = next(f for f in fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options(
        hinting=False,
        desubroutinize=True,
        layout_features=[],
        name_IDs=["*"],
        name_languages=[0x409],
        notdef_outline=True,
        drop_tables=["vhea", "vmtx", "VORG", "BASE", "GSUB", "GPOS", "GDEF", "DSIG"],
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    _rename(font)
    _one_cmap(font)
    return font


def _rename(font: TTFont) -> None:
    names = {
        1: FAMILY,
        3: f"{FAMILY} (cut of Noto Sans CJK SC)",
        4: FAMILY,
        6: "AskmqlSansSC-Regular",
    }
    for record in list(font["name"].names):
        if record.nameID in {16, 17, 21, 22}:
            font["name"].names.remove(record)
        elif record.nameID in names:
            record.string = names[record.nameID]
    top = font["CFF "].cff
    top.fontNames[0] = "AskmqlSansSC-Regular"
    top.topDictIndex[0].FullName = top.topDictIndex[0].FamilyName = FAMILY


def _one_cmap(font: TTFont) -> None:
    """Keep one table of format 12, which `bots.render.image` reads to know what can be drawn."""
    table = CmapSubtable.getSubtableClass(12)(12)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.cmap = dict(font.getBestCmap())
    font["cmap"].tables = [table]


def main(source: Path) -> None:
    """Write the font and say how large it became."""
    font = cut(source)
    font["head"].modified = font["head"].created  # the same input gives the same bytes
    font.recalcTimestamp = False
    font.save(str(OUT))
    data = OUT.read_bytes()
    if len(data) > MAX_BYTES:
        sys.exit(f"{OUT.name} has {len(data):,} bytes, more than {MAX_BYTES:,}")
    digest = hashlib.sha256(data).hexdigest()
    sys.stdout.write(f"{OUT}\n{len(font.getBestCmap()):,} characters, {len(data):,} bytes\n")
    sys.stdout.write(f"sha256 {digest}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
