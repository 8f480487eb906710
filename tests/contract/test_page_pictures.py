"""The page draws the pictures of plots/: it has no charts of its own, and spells names as they do."""

import re
from pathlib import Path

from wes_biomarkers.plots import names

SOURCE = Path(__file__).resolve().parents[2] / "frontend" / "src"
#: A mark or an encoding of Vega-Lite, as an object of the page would hold it.
CHART = re.compile(r"\bmark: ?[{\"']|\bencoding: ?{|\bmarkType\b")
#: Where the page draws with Vega-Lite of its own.
LEFT = {"pages/genes/Cooccurrence.tsx", "pages/genes/Lollipop.tsx", "pages/patient/specs.ts"}


def sources():
    return {path.relative_to(SOURCE).as_posix(): path.read_text() for path in SOURCE.rglob("*.ts*")}


def test_the_page_has_no_charts_of_its_own():
    assert {name for name, text in sources().items() if CHART.search(text)} <= LEFT


def test_the_page_and_pictures_spell_names_alike():
    text = (SOURCE / "words.ts").read_text()
    capitals = re.search(r'"([A-Z][A-Za-z0-9 ]+)"\s*\.split', text)
    assert capitals and capitals[1] == names.KNOWN
    others = dict(re.findall(r'^  (\w+): "([^"]+)",$', text, re.MULTILINE))
    assert {**{word.lower(): word for word in names.KNOWN.split()}, **others} == names.SPELLING
    counted = re.search(r'COUNTED = new Set\("([^"]+)"', text)
    assert counted and set(counted[1].split()) == set(names.COUNTED)
