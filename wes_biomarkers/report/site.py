"""The cohort browser as a folder: the page, and the answers it would ask the server for, as scripts.

Scripts instead of JSON, because a page opened from a plain file may load scripts beside it but ask for nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import packaged_text, write_text
from wes_biomarkers.report.side_by_side import side_by_side
from wes_biomarkers.report.site_answers import Question, Site, answered_all, questions
from wes_biomarkers.report.site_counts import made_coarse
from wes_biomarkers.report.site_shared import without_patients
from wes_biomarkers.serve.pictures import with_picture, with_pictures
from wes_biomarkers.serve.static_files import static_files
from wes_biomarkers.serve.store import Store

#: Fewer than 5 is the least that rules of health statistics withhold; some holders of data ask for 10 or 11.
MIN_CELL = 5
#: Of two possible counts a reader guesses one; below this nothing is hidden.
LEAST_CELL = 3
MARK = "site.json"
_SCHEMA = "wes_biomarkers.site/1"
#: As of the server, but that nothing at all is asked for while it runs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def write_site(
    cohort: Path,
    folder: Path,
    *,
    patients: bool = False,
    min_cell: int | None = None,
    rules: Mapping[str, Any] | None = None,
    processes: int = 1,
) -> dict[str, int]:
    """Write the browser of a cohort as a folder; the same cohort gives the same bytes.

    Args:
        cohort: of `cohort build`.
        folder: written anew beside itself, then put in the place of an earlier site.
        patients: with single patients: their pages, rows, and points.
        min_cell: counts below it are withheld; 0 withholds none. By default MIN_CELL, with patients 0.
        rules: which questions are answered; by default definitions/site.toml.
        processes: that answer side by side.

    Returns:
        {"n_answer", "n_file", "n_byte"}.

    Raises:
        InputError: no cohort; the folder holds something else; a threshold with patients, or one that hides nothing.
    """
    least = min_cell if min_cell is not None else 0 if patients else MIN_CELL
    _check(folder, patients, least)
    store = Store(cohort)
    try:
        asked = rules or tomllib.loads(packaged_text("site.toml"))
        site = Site(store, asked, least, patients)
        answers = all_answers(site, list(questions(site)), processes)
    finally:
        store.close()
    with _replacement(folder) as new:
        _write(new, answers)
        shape = {"schema": _SCHEMA, "patients": patients, "min_cell": least, "n_answer": len(answers)}
        write_text(new / MARK, json.dumps(shape, indent=2) + "\n")
        files = [path for path in new.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    return {"n_answer": len(answers), "n_file": len(files), "n_byte": size}


def all_answers(site: Site, questions: Sequence[Question], processes: int = 1) -> dict[Question, Any]:
    """The answers, as they may be shared where the site holds no patients."""
    found = answered_all(site, questions, processes)
    if site.patients:
        return _drawn(found, site.store.flags, processes)
    k = max(site.min_cell, 1)
    shared = {
        each: answer
        if isinstance(answer, dict) and "error" in answer
        else without_patients(each.path, answer, k)
        for each, answer in found.items()
    }
    return _drawn(made_coarse(shared, k), site.store.flags, processes)


def _drawn(answers: Mapping[Question, Any], flags: Sequence[str], processes: int) -> dict[Question, Any]:
    """The answers with their pictures, which show what the answers tell and no more."""
    given = [(each.path, answer, flags) for each, answer in answers.items()]
    return dict(zip(answers, side_by_side(_drawn_part, given, processes), strict=True))


def _drawn_part(answers: Sequence[tuple[str, Any, Sequence[str]]]) -> list[Any]:
    return [
        with_pictures(path, with_picture(path, answer, flags), flags)
        if isinstance(answer, dict) and "error" not in answer
        else answer
        for path, answer, flags in answers
    ]


def _check(folder: Path, patients: bool, min_cell: int) -> None:
    faults = []
    if patients and min_cell > 1:
        faults.append(
            Fault("--patients shows single patients, so no count can be hidden", "Leave one of the two out.")
        )
    if 1 < min_cell < LEAST_CELL:
        rule = f"a threshold below {LEAST_CELL} hides nothing"
        faults.append(Fault(rule, f"Give {LEAST_CELL} or more, or 0 for none.", value=str(min_cell)))
    if folder.is_symlink() or (folder.exists() and not (_is_site(folder) or _is_empty(folder))):
        remedy = "Choose another name; only a site is replaced."
        faults.append(Fault("exists and is not a site", remedy, file=str(folder)))
    if faults:
        raise InputError(faults)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _is_site(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / MARK).read_text(encoding="utf-8"))["schema"] == _SCHEMA)
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def _replacement(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of `folder` when the block ends well, and vanishes when not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp"))
    try:
        new, old = stage / "new", stage / "old"
        new.mkdir()
        yield new
        if folder.exists():
            os.replace(folder, old)
        try:
            os.replace(new, folder)
        except OSError:
            with suppress(FileNotFoundError):
                os.replace(old, folder)
            raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)


#: IGV, for reads: the site holds no patient's.
_READS = "assets/igv-"


def _write(folder: Path, answers: Mapping[Question, Any]) -> None:
    page = static_files()
    for name, path in page.items():
        if name not in ("index.html", "build.json") and not name.startswith(_READS):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
    if "index.html" not in page:
        raise InputError([Fault("the page is not built", "Run frontend/build.")])
    write_text(folder / "index.html", static_page(page["index.html"].read_text(encoding="utf-8")))
    (folder / "data").mkdir()
    parts: dict[str, list[Question]] = {}
    for question in answers:
        parts.setdefault(question.part, []).append(question)
    names = {part: f"data/{at:04}.js" for at, part in enumerate(sorted(set(parts) - {""}), 1)}
    for part, asked in parts.items():
        if part:
            text = f"Object.assign(window.wesAnswers, {_script(answers, asked)});\n"
            write_text(folder / names[part], text)
    start = f"window.wesParts = {_json(names)};\nwindow.wesAnswers = {_script(answers, parts[''])};\n"
    write_text(folder / "data" / "start.js", start)


def _script(answers: Mapping[Question, Any], asked: Sequence[Question]) -> str:
    return _json({each.address: answers[each] for each in asked})


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def static_page(html: str) -> str:
    """The built page as one that finds its answers in the folder and asks nobody for anything."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}" />'
    asked = '<meta name="wes-answers" content="server" />'
    script = '<script defer src="./assets/'
    if asked not in html or script not in html:
        raise InputError([Fault("the built page is not of this version", "Run frontend/build.")])
    answers = f'{policy}\n    <meta name="wes-answers" content="static" />'
    return html.replace(asked, answers, 1).replace(
        script, f'<script defer src="./data/start.js"></script>\n    {script}', 1
    )
