"""The guide holds: its commands run in the order of its pages, its links lead somewhere, its options exist.

Every ```bash block is run, except one whose first line is `# not run by the tests: <reason>`. `run` gets
`--stub`, and `validate` may then end with 1, since a stub run calls nothing. A ```json block after a bash
block is part of its output.

`python tests/contract/test_docs.py` renews the tables between `<!-- name: begin -->` and its end.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from wes_biomarkers.cli.main import COMMANDS, cli
from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.contracts.plan import METHODS, QUESTIONS, Analysis
from wes_biomarkers.contracts.record import FLAGS, STATUSES
from wes_biomarkers.contracts.samplesheet import SAMPLESHEET
from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.io.clinical import read_assessments, read_clinical, read_toxicity
from wes_biomarkers.io.definitions import read_tmb_definitions
from wes_biomarkers.io.parameters import read_parameters
from wes_biomarkers.io.samplesheet import read_study
from wes_biomarkers.report.methods_text import read_citations
from wes_biomarkers.software import read_tools, task_environment

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
#: In the order of reading; the examples of later pages use files of earlier ones.
GUIDE = [
    "getting-started",
    "samplesheet",
    "reference",
    "run",
    "results",
    "tmb",
    "msi",
    "signatures",
    "copy-number",
    "purity",
    "clonality",
    "drivers",
    "hla",
    "hla-types",
    "hla-loh",
    "peptides",
    "binding",
    "neoantigens",
    "clinical",
    "survival",
    "response",
    "toxicity",
    "proteomics",
    "import",
    "associate",
    "prediction-of-benefit",
    "preference-design",
    "multiplicity",
    "models",
    "power",
    "pictures",
    "query",
    "serve",
    "report",
    "site",
    "simulate",
]
GUIDE += ["methods", "benchmarks", "acceptance", "development"]
PAGES = [*(DOCS / f"{name}.md" for name in GUIDE), ROOT / "README.md"]
LINKED = [*PAGES, DOCS / "data-dictionary.md", ROOT / "CHANGELOG.md", ROOT / "containers" / "README.md"]

NOT_RUN = re.compile(r"# not run by the tests: (.+)")
REASONS = {
    *("installs programs", "takes minutes", "changes the checkout"),
    *("needs internet", "needs a cluster", "needs alignments", "needs the files of IMGT/HLA"),
    "needs public data",
    "needs a browser",  # tests/unit/report/test_pdf.py prints, where there is one
    "serves until interrupted",
}
_BLOCK = re.compile(r"^( *)```(\w+)?([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z0-9-]*")
#: Programs of others that the guide calls, whose options are theirs.
OTHER_OPTIONS = {"--local-csq", "--cleanenv"}
SCRIPTS = {
    "bin/setup",
    "bin/test",
    "bin/quickstart",
    *(path.relative_to(ROOT).as_posix() for path in (ROOT / "benchmarks").glob("*.py")),
    "tests/support/acceptance_table.py",
}


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line it starts on, its language, the words after it, and its text."""

    page: Path
    line: int
    language: str
    info: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def not_run(self) -> str | None:
        """Why the block is not run, or None."""
        match = NOT_RUN.match(self.text)
        return match.group(1).strip() if match else None


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    """Every fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        lines = [line.removeprefix(match.group(1)) for line in match.group(4).splitlines(keepends=True)]
        place = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, place, match.group(2) or "", match.group(3).strip(), "".join(lines)))
    return tuple(found)


BASH = [block for page in PAGES for block in blocks(page) if block.language == "bash"]


def public_commands() -> dict[str, click.Command]:
    """Every command a user calls, by its words after `wes-biomarkers`."""
    context = click.Context(cli)
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for sub in command.list_commands(context):
                child = command.get_command(context, sub)
                assert child is not None
                found[f"{name} {sub}"] = child
        else:
            found[name] = command
    return found


def options_of(command: click.Command) -> set[str]:
    """All spellings of a command's options."""
    spelled = {word for option in command.params if isinstance(option, click.Option) for word in option.opts}
    other = {
        word
        for option in command.params
        if isinstance(option, click.Option)
        for word in option.secondary_opts
    }
    return spelled | other | {"-h", "--help"}


# --- the commands -------------------------------------------------------------------------------------------


def calls(text: str) -> Iterator[list[str]]:
    """The words of each call of `wes-biomarkers` in a piece of shell, without redirections."""
    joined = text.replace("\\\n", " ")
    for match in re.finditer(r"(?<![\w/-])wes-biomarkers (?=[a-z-])([^\n;|>`]*)", joined):
        yield shlex.split(re.sub(r"\$\w+", "VALUE", match.group(1)), comments=True)


def rehearsed(text: str) -> str:
    """The block as it is run here: without the heavy tools."""
    text = re.sub(r"(?m)^(\s*)wes-biomarkers run ", r"\1wes-biomarkers run --stub ", text)
    return re.sub(r"(?m)^(wes-biomarkers validate .*)$", r"\1 || test $? = 1", text)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder in place of the checkout; the shell's present folder is kept beside it."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "cwd").write_text(f"{folder}\n")
    return folder


def bring_own_data(folder: Path, trial: Path) -> None:
    """The files the README calls the reader's own: the first patient of the simulated trial."""
    folder.mkdir()
    reference = trial / "reference"
    names = {"genome.fa": "genome.fa", "kit.bed": "targets.bed", "genes.gff3": "genes.gff3",
             "gnomad.vcf.gz": "germline.vcf.gz"}  # fmt: skip
    for name, source in names.items():
        (folder / name).symlink_to(reference / source)
    (folder / "clinical.csv").symlink_to(trial / "clinical.csv")
    lines = (trial / "samplesheet.csv").read_text().splitlines()
    kept = [lines[0], *(line for line in lines if line.startswith("P01,"))]
    (folder / "samplesheet.csv").write_text("\n".join(kept).replace("fastq/", f"{trial}/fastq/") + "\n")


def run_block(block: Block, scratch: Path) -> str:
    """Run a block where the one before it ended; returns its stdout."""
    state = scratch / "cwd"
    script = f"cd \"$(cat '{state}')\"\n{rehearsed(block.text)}\npwd > '{state}'\n"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=task_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"{block.name} ended with {done.returncode}:\n{block.text}\n{done.stderr[-3000:]}"
    )
    return done.stdout


def assert_part_of(shown: Any, printed: Any, place: str) -> None:
    """What the guide shows is in what was printed."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert key in printed, f"{place}: {key} is not printed"
            assert_part_of(value, printed[key], f"{place}.{key}")
    else:
        assert shown == (pytest.approx(printed) if isinstance(shown, float) else printed), place


@pytest.mark.pipeline
def test_commands_run_in_the_order_of_the_guide(scratch):
    n_run = 0
    for page in PAGES:
        if page.name == "README.md":
            trial = scratch / "results" / "try" / "trial"
            bring_own_data(scratch / "own", trial)
            (scratch / "cwd").write_text(f"{scratch / 'own'}\n")
        printed = ""
        for block in blocks(page):
            if block.language == "bash" and block.not_run is None:
                printed = run_block(block, scratch)
                n_run += 1
            elif block.language == "json":
                assert_part_of(json.loads(block.text), json.loads(printed), block.name)
    assert n_run >= 20
    assert (scratch / "own" / "results" / "report" / "index.html").is_file()
    assert len((scratch / "own" / "results" / "cohort" / "pair.tsv").read_text().splitlines()) == 2


@pytest.mark.parametrize("block", BASH, ids=lambda block: block.name)
def test_block_is_shell_and_says_why_it_is_not_run(block):
    done = subprocess.run(["bash", "-n", "-c", block.text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "not run" not in block.text or block.not_run is not None, "the reason stands in the first line"
    if block.not_run is not None:
        assert set(block.not_run.split(", ")) <= REASONS


def test_commands_that_are_not_run_parse(tmp_path):
    """Options and values of the blocks for clusters and the internet are those of the commands."""
    n_parsed = 0
    for block in BASH:
        if block.not_run is None:
            continue
        for words in calls(block.text):
            words = words[: words.index("--")] if "--" in words else words
            command: click.Command = cli
            while isinstance(command, click.Group):
                child = command.get_command(click.Context(command), words[0])
                assert child is not None, f"{block.name}: no command {words[0]}"
                command, words = child, words[1:]
            command.make_context(command.name, words)
            n_parsed += 1
    assert n_parsed >= 3


# --- options, tables, words ---------------------------------------------------------------------------------


def mentioned_options(page: Path) -> set[str]:
    """Options in inline code and in blocks of shell or plain text of a page."""
    text = page.read_text(encoding="utf-8")
    inline = re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))
    shell = [block.text for block in blocks(page) if block.language in ("bash", "text")]
    return {word for piece in inline + shell for word in _OPTION.findall(piece) if word.startswith("--")}


def test_every_option_named_exists():
    known = set(OTHER_OPTIONS).union(*(options_of(command) for command in public_commands().values()))
    known |= options_of(cli)
    for script in SCRIPTS:
        known |= set(_OPTION.findall((ROOT / script).read_text(encoding="utf-8")))
    for page in PAGES:
        assert mentioned_options(page) - known == set(), page.name


def test_every_call_uses_its_own_options():
    commands = public_commands()
    for block in BASH:
        for words in calls(block.text):
            words = [word for word in words if word not in ("--quiet", "--error-format", "json")]
            words = words[: words.index("--")] if "--" in words else words
            name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in commands), "")
            used = {word.split("=")[0] for word in words if re.match(r"-{1,2}[a-z]", word)}
            known = options_of(commands[name]) if name else options_of(cli) | {"--version"}
            assert used <= known, f"{block.name}: {used - known}"


def test_every_option_is_documented():
    everything = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for name, command in public_commands().items():
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                spelled = max(option.opts, key=len)
                assert re.search(rf"(?<![\w-]){spelled}(?![\w-])", everything), f"{name} {spelled}"


def test_what_a_report_cites_stands_among_the_methods():
    page = (DOCS / "methods.md").read_text(encoding="utf-8")
    places = re.compile(r"(?:doi:|arXiv:)\S+|\d+:\d+$")
    for reference in read_citations().values():
        assert all(place in page for place in places.findall(reference)), reference


def cell(text: str) -> str:
    """Text inside a cell of a Markdown table."""
    return text.replace("|", r"\|")


def options_table() -> str:
    """The options of `run`, made from the command (and so from nextflow_schema.json)."""
    switches = {
        parameter.name: "on" if parameter.default else "off"
        for parameter in read_parameters(ROOT / "nextflow_schema.json")
        if parameter.type == "boolean"
    }
    rows = ["| option | meaning | default |", "|---|---|---|"]
    for option in public_commands()["run"].params:
        if not isinstance(option, click.Option):
            continue
        names = ", ".join(f"`{word}`" for word in (*option.opts, *option.secondary_opts))
        meaning, _, default = (option.help or "").partition(" [default: ")
        default = default.rstrip(".]") if default else str(option.default if option.show_default else "")
        default = f"`{cell(default)}`" if default else switches.get(option.name or "", "")
        if isinstance(option.type, click.Choice):
            meaning += f": {', '.join(option.type.choices)}"
        meaning = meaning[0].upper() + meaning[1:].rstrip(".")
        rows.append(f"| {names} | {cell(meaning)} | {default} |")
    return "\n".join(rows)


def programs_table() -> str:
    """Programs with their lowest version, from software.tsv."""
    rows = ["| program | at least | for |", "|---|---|---|"]
    for tool in read_tools():
        if tool.kind in ("apt", "java", "jvm") and tool.minimum and tool.name != "bash":
            optional = "" if tool.required else " (optional)"
            rows.append(f"| {tool.name} | {tool.minimum} | {cell(tool.purpose)}{optional} |")
    return "\n".join(rows)


def flags_table() -> str:
    """A row a flag of the association table."""
    rows = [f"| `{code}` | {sentence} |" for code, sentence in ASSOCIATION_FLAGS.items()]
    return "\n".join(["| flag | what it says |", "|---|---|", *rows])


TABLES_MADE = {
    ("run", "options of run"): options_table,
    ("methods", "programs"): programs_table,
    ("associate", "flags"): flags_table,
}


def with_table(text: str, name: str, table: str) -> str:
    """A page with the table between its marks renewed."""
    pattern = re.compile(rf"(<!-- {name}: begin [^\n]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    assert pattern.search(text), f"no marks for {name}"
    return pattern.sub(lambda match: f"{match.group(1)}{table}\n{match.group(2)}", text)


@pytest.mark.parametrize(("page", "name"), TABLES_MADE)
def test_table_is_fresh(page, name):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    assert text == with_table(text, name, TABLES_MADE[page, name]()), (
        "run `python tests/contract/test_docs.py`"
    )


def test_names_are_described():
    def text(name):
        return (DOCS / f"{name}.md").read_text(encoding="utf-8")

    for page, words in {
        "results": [*FLAGS, *STATUSES, *TABLES],
        "tmb": list(read_tmb_definitions()),
        "samplesheet": list(SAMPLESHEET.names),
        "development": ["features", "io", "cli"],
        "associate": [
            *ASSOCIATION_FLAGS,
            *QUESTIONS,
            *(key.name for key in fields(Analysis) if key.name != "level"),
            *(method for methods in METHODS.values() for method in methods[1:]),
        ],
    }.items():
        missing = [word for word in words if f"`{word}`" not in text(page)]
        assert not [word for word in missing if f"/{word}`" not in text(page)], page


def test_definitions_show_their_thresholds():
    rows = {
        match[0]: match[1] for match in re.findall(r"(?m)^\| `(\w+)` \|(.*)$", (DOCS / "tmb.md").read_text())
    }
    for name, definition in read_tmb_definitions().items():
        row = rows[name]
        if "the same" in row:
            row += rows["wes_nonsyn"]
        for threshold in (
            "min_vaf",
            "min_depth",
            "min_alt_reads",
            "max_normal_alt_reads",
            "max_population_af",
        ):
            value = getattr(definition.filters, threshold)
            assert value is None or re.search(rf"= {value:g}0?(?![\d.])", row), (
                f"{name}: {threshold} {value:g}"
            )
        assert definition.fixed_mb is None or f"{definition.fixed_mb:g} Mb" in row


def test_resources_are_those_of_the_configuration():
    config = (ROOT / "conf" / "base.config").read_text(encoding="utf-8")
    for label, cpus, memory, hours in re.findall(
        r"(?m)^\| `(process_\w+)` \|[^|]*\| (\d+) \| (\d+) GB \| (\d+) h \|$", (DOCS / "run.md").read_text()
    ):
        body = re.search(rf"withLabel: {label} \{{(.*?)\n    \}}", config, re.DOTALL)
        assert body, label
        assert f"cpus = {cpus}\n" in body[1] and f"{memory}.GB" in body[1]
        assert f"{hours}.h" in body[1] if ".h " in body[1] else hours == "4"


def test_exit_codes_are_described():
    from wes_biomarkers import errors

    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    rows = re.findall(r"(?m)^\| (\d+) \| [^|]+ \|", (DOCS / "run.md").read_text(encoding="utf-8"))
    assert {int(row) for row in rows} == codes


# --- inputs shown, links, pictures --------------------------------------------------------------------------


def shown_tables(page: str) -> list[Block]:
    return [block for block in blocks(DOCS / f"{page}.md") if block.language == "csv"]


@pytest.mark.parametrize("block", shown_tables("samplesheet"), ids=lambda block: block.name)
def test_samplesheets_shown_are_right(block, tmp_path):
    sheet = tmp_path / "samplesheet.csv"
    sheet.write_text(block.text)
    assert read_study(sheet, check_files=False).pairs


@pytest.mark.parametrize("block", shown_tables("clinical"), ids=lambda block: block.name)
def test_clinical_tables_shown_are_right(block, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(block.text)
    readers = {"clinical": read_clinical, "toxicity": read_toxicity, "assessment": read_assessments}
    frame = readers[block.info](table)
    assert len(frame) == len(block.text.splitlines()) - 1


def anchors(page: Path) -> set[str]:
    """The anchors that headings make, as on GitHub."""
    headings = re.findall(r"(?m)^#+ (.+)$", _BLOCK.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists() and file.is_relative_to(ROOT), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(file), f"{page.name}: {target}"


def test_every_page_is_reached_from_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= set(re.findall(r"\]\(([^)#\s]+)", readme))
    assert set(DOCS.glob("*.md")) == set(PAGES[:-1]) | {DOCS / "data-dictionary.md"}


def test_pictures_are_small_and_used():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    pictures = list((DOCS / "img").iterdir())
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size < 300_000, picture.name
        assert f"img/{picture.name})" in text, picture.name


if __name__ == "__main__":
    for (page, name), make in TABLES_MADE.items():
        path = DOCS / f"{page}.md"
        path.write_text(with_table(path.read_text(encoding="utf-8"), name, make()), encoding="utf-8")
