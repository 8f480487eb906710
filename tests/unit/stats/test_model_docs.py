"""The Python of the pages about models and power runs, and shows what the pages say."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


def run(page):
    names = {}
    for block in re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL):
        exec(block, names)
    return names


def test_models(capsys):
    names = run("models")
    assert names["honest"].performance.effect == pytest.approx(0.66, abs=0.06)
    assert names["honest"].selected[0] == 1
    assert names["curve"].net_benefit[1] > names["curve"].treat_all[1]
    assert len(capsys.readouterr().out.splitlines()) >= 6


def test_power(capsys):
    names = run("power")
    assert names["alone"].power > names["by_arm"].power
    assert names["by_arm"].detectable > names["alone"].detectable > 1
