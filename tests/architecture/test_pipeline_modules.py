"""Each process of pipelines/modules is one tool in one form, with container, environment and stub."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wes_biomarkers import __version__

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "pipelines" / "modules").rglob("*.nf"))
WORKFLOWS = sorted((ROOT / "pipelines").glob("*.nf"))
PARTS = ("tag", "label", "conda", "container", "input", "output", "when", "script", "stub")
OPTIONAL = {"tag", "when"}
CONDA = re.compile(r'conda "\$\{moduleDir\}/\.\./\.\./\.\./\.\./containers/([\w-]+)/environment\.yml"')
CONTAINER = re.compile(r"container 'wes-biomarkers/([\w-]+):([\w.]+)'")
#: What brings a program: its package in an environment, and what a Dockerfile names.
SOURCES = {
    **{name: (name, f"{name}=") for name in ("bwa", "samtools", "bcftools", "fastp", "mosdepth")},
    **dict.fromkeys(("bgzip", "tabix"), ("htslib", "tabix=")),
    "gatk": ("gatk4", "/usr/local/bin/gatk"),
    "cnvkit": ("cnvkit", "cnvkit.py"),
}
#: Programs of the Python environment, which its container holds too.
OURS = {"wes-biomarkers", "multiqc"}

by_path = pytest.mark.parametrize("path", MODULES, ids=lambda path: "/".join(path.parts[-3:-1]))


def without_comments(text: str) -> str:
    return re.sub(r"(?m)(^|\s)//.*$", "", text)


def parts_in_order(text: str) -> list[str]:
    """Directives and sections of a process as they come, repeated ones once."""
    found = re.findall(rf"(?m)^    ({'|'.join(PARTS)})\b(?::|\s)", text)
    return [part for index, part in enumerate(found) if index == 0 or found[index - 1] != part]


def programs_in(text: str) -> set[str]:
    """The known programs that a module's shell text calls, not those it names in titles or flags."""
    blocks = re.findall(r'"""(.*?)"""', text, re.DOTALL) + re.findall(r"eval\('(.*?)'\)", text)
    shell = "\n".join(blocks).replace("\\\\\n", " ").replace("cnvkit.py", "cnvkit")
    known = "|".join(map(re.escape, {*SOURCES, *OURS}))
    return set(re.findall(rf"(?m)(?:^|[|;&(])\s*({known})(?=\s|$)", shell))


def test_there_are_modules():
    assert len(MODULES) > 15


@by_path
def test_form(path):
    text = without_comments(path.read_text(encoding="utf-8"))
    names = re.findall(r"(?m)^process (\w+) \{", text)
    assert names == ["_".join(path.parts[-3:-1]).upper()], "one process, named TOOL_ACTION like its folders"
    parts = parts_in_order(text)
    assert parts == [part for part in PARTS if part in parts], "the order of the parts"
    assert set(PARTS) - OPTIONAL <= set(parts)
    assert "tag" in parts or "val(meta)" not in text, "tasks of one sample or pair say which"
    assert len(text.splitlines()) <= 60


@by_path
def test_knobs_come_through_the_task_alone(path):
    """They would tie a module to one pipeline; `projectDir` there crashes the linter of Nextflow 25.04."""
    assert (
        re.findall(r"\b(params|projectDir|baseDir|launchDir|workflow)\b", without_comments(path.read_text()))
        == []
    )


@by_path
def test_container_and_environment_are_one_family(path):
    text = path.read_text(encoding="utf-8")
    container, conda = CONTAINER.findall(text), CONDA.findall(text)
    assert len(container) == len(conda) == 1
    family, tag = container[0]
    assert tag == __version__
    assert conda == [family]
    assert (path.parent / "../../../../containers" / family / "environment.yml").resolve().is_file()
    assert (ROOT / "containers" / family / "Dockerfile").is_file()


@by_path
def test_family_has_the_programs_that_script_and_stub_call(path):
    text = path.read_text(encoding="utf-8")
    folder = ROOT / "containers" / CONTAINER.findall(text)[0][0]
    environment = set(
        re.findall(r"(?m)^\s+- ([\w-]+)", (folder / "environment.yml").read_text(encoding="utf-8"))
    )
    called = programs_in(text)
    assert called, "a module runs a tool"
    assert {SOURCES[name][0] for name in called - OURS} <= environment
    image = (folder / "Dockerfile").read_text(encoding="utf-8").split("FROM ")[-1]
    assert [name for name in called - OURS if SOURCES[name][1] not in image] == []
    assert not called & OURS or folder.name == "wes-biomarkers"


def test_programs_are_seen():
    text = '"""\ncat x | bwa mem a \\\\\n  | samtools view\n"""\neval(\'gatk --version | sed x\')'
    assert programs_in(text) == {"bwa", "samtools", "gatk"}
    assert programs_in('"""\nmultiqc logs --title bwa\necho "samtools is nice"\n"""') == {"multiqc"}


def test_versions_go_to_the_topic():
    """Of every tool that is not this package (whose version the first process reports), by a module of its family.

    CNVkit takes seconds to tell its version: only the process that runs once a kit is asked.
    """
    reported: dict[str, set[str]] = {}
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        found = re.findall(
            r"tuple val\(task\.process\), val\('([\w-]+)'\), eval\('.+'\), topic: versions", text
        )
        reported.setdefault(CONTAINER.findall(text)[0][0], set()).update(found)
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        tools = programs_in(text.split("stub:")[0]) - {"wes-biomarkers", "bgzip", "tabix"}
        assert tools <= reported[CONTAINER.findall(text)[0][0]], path


def test_the_cohort_waits_for_no_version_of_what_waits_for_it():
    """The cohort takes the versions of all; a process after it that told one would wait for itself."""
    (cohort,) = [path for path in WORKFLOWS if path.name == "cohort.nf"]
    modules = re.findall(r"from '\./modules/([\w/]+)/main'", cohort.read_text(encoding="utf-8"))
    late = [path for path in MODULES if "/".join(path.parts[-3:-1]) in modules]
    assert len(late) == len(modules) == 3
    assert not [path for path in late if "topic: versions" in path.read_text(encoding="utf-8")]


def test_every_module_is_used_once_in_the_subworkflows():
    text = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    included = re.findall(r"include \{ (\w+)\s+\} from '\./modules/([\w/]+)/main'", text)
    assert sorted(included) == sorted(
        ("_".join(path.parts[-3:-1]).upper(), "/".join(path.parts[-3:-1])) for path in MODULES
    )


def test_subworkflows_say_the_shape_of_what_they_take():
    for path in WORKFLOWS:
        take = re.search(r"    take:\n(.*?)\n\n", path.read_text(encoding="utf-8"), re.DOTALL)
        assert take, path.name
        assert all("//" in line for line in take.group(1).splitlines()), path.name
        assert path.read_text(encoding="utf-8").count("workflow ") == 1
        assert f"workflow {path.stem.upper()} {{" in path.read_text(encoding="utf-8")


def test_reads_reach_the_aligner_in_one_order():
    """With several workers fastp writes its stream in another order every time (seen: 24 orders in 25 runs)."""
    text = (ROOT / "pipelines/modules/bwa/mem/main.nf").read_text()
    assert re.findall(r"--stdout --thread (\S+)", text) == ["1"]
