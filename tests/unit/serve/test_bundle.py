"""The committed page belongs to the committed sources, and asks nothing of anyone."""

import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FRONTEND = ROOT / "frontend"
STATIC = ROOT / "wes_biomarkers" / "serve" / "static"
SOURCES = (
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "public",
    "src",
)


def source_hash():
    """As vite.config.ts makes it."""
    paths = [FRONTEND / name for name in SOURCES]
    files = [path for path in paths if path.is_file()]
    files += [each for path in paths for each in path.rglob("*") if each.is_file()]
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(FRONTEND).as_posix(), path) for path in files):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def test_the_bundle_is_built_from_these_sources():
    built = json.loads((STATIC / "build.json").read_text(encoding="utf-8"))
    assert built["sources_sha256"] == source_hash(), "run frontend/build and commit what it writes"


def test_the_page_names_files_that_are_there_and_no_other():
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert named and all(name.startswith("./") and (STATIC / name).is_file() for name in named)
    parts = [*STATIC.glob("assets/*.css"), *STATIC.glob("assets/index-*.js")]
    in_use = html + "".join(path.read_text(encoding="utf-8") for path in parts)
    assert [path.name for path in STATIC.glob("assets/*") if path.name not in in_use] == []


def test_the_page_has_no_inline_script_or_style():
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", html)


def test_igv_knows_no_other_server_and_writes_no_style():
    """What vite.config.ts takes out of it."""
    (path,) = STATIC.glob("assets/igv-*.js")
    igv = path.read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([A-Za-z0-9][A-Za-z0-9.-]*)", igv))
    assert hosts == {"nowhere.invalid", "www.w3.org"}
    assert 'createElement("style")' not in igv and ' style="' not in igv
    assert "return null;try{const e=`https://nowhere.invalid/entrez/" in igv


def test_the_lock_names_no_registry():
    lock = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
