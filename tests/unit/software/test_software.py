import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from wes_biomarkers import software
from wes_biomarkers.errors import InputError, ToolError

ROOT = Path(__file__).resolve().parents[3]


def program(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' {shlex.quote(says)}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with nothing on it: an empty PATH and an empty home."""
    software._users_nextflow.cache_clear()
    home = tmp_path / "home"
    (home / "jvm").mkdir(parents=True)
    (home / "bin").mkdir()
    monkeypatch.setenv("WES_BIOMARKERS_HOME", str(home))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("WES_BIOMARKERS_NEXTFLOW", raising=False)
    yield tmp_path
    software._users_nextflow.cache_clear()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("\nProgram: bwa (alignment)\nVersion: 0.7.17-r1188\n", "0.7.17"),
        ("tabix (htslib) 1.16\nCopyright", "1.16"),
        ("bedtools v2.30.0", "2.30.0"),
        (" ART_Illumina (2008-2016)\n Q Version 2.5.8 (June 6, 2016)", "2.5.8"),
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', "17.0.15"),
        ('openjdk version "21" 2023-09-19\nOpenJDK Runtime Environment (build 21+35-2513)', "21"),
        ('Picked up JAVA_TOOL_OPTIONS: -Dx=1.2\nopenjdk version "17.0.1"', "17.0.1"),
        ("The Genome Analysis Toolkit (GATK) v4.6.2.0\nHTSJDK Version: 4.2.0", "4.6.2.0"),
        ("could not load: libhts.so", None),
    ],
)
def test_version_in_what_programs_print(text, version):
    assert software.parse_version(text) == version


def test_versions_are_compared_as_numbers():
    ordered = ["0.7.9", "0.7.17", "1.9", "1.16", "1.16.1", "25.04", "25.10"]
    assert sorted(ordered, key=software.version_key) == ordered
    assert software.version_key("25.04.0") == software.version_key("25.4")


def test_every_declared_row_is_whole():
    tools = software.read_tools()
    assert len({tool.name for tool in tools}) == len(tools)
    kinds = {"apt", "java", "build", "jvm", "venv", "conda", "docker", "singularity", "slurm"}
    assert {tool.kind for tool in tools} == kinds
    assert all(tool.packages for tool in tools if tool.kind in ("apt", "java", "build"))
    assert all(re.fullmatch(r"[0-9.]*", tool.minimum) for tool in tools)


def test_setup_and_python_share_the_bound_of_java():
    assert f'! at_least "$version" {software.JAVA_BELOW} ' in (ROOT / "bin" / "setup").read_text()


def test_the_poms_pin_what_is_declared():
    for name in ("nextflow", "gatk"):
        pom = (ROOT / "containers" / "jvm" / name / "pom.xml").read_text()
        pinned = re.search(rf"<artifactId>{name}</artifactId>\s*<version>([^<]+)<", pom)
        tool = next(tool for tool in software.read_tools() if tool.name == name)
        assert pinned and software.version_key(pinned[1]) >= software.version_key(tool.minimum)
        if name == "nextflow":
            assert pinned[1] == software.NEXTFLOW_TRIED


@pytest.mark.parametrize(
    ("says", "status"),
    [("samtools 1.16.1", "ok"), ("samtools 1.9", "too old"), ("error while loading libhts", "broken")],
)
def test_a_program_is_judged_by_what_it_prints(machine, says, status):
    path = program(machine / "path", "samtools", says)
    tool = next(tool for tool in software.read_tools() if tool.name == "samtools")
    found = software.find_tool(tool)
    assert (found.status, found.path, found.origin) == (status, str(path), "PATH")
    assert found.stops == (status != "ok")
    assert ("samtools" in found.remedy) == (status != "ok")


def test_a_missing_program_has_a_remedy(machine):
    tool = next(tool for tool in software.read_tools() if tool.name == "mosdepth")
    found = software.find_tool(tool)
    assert (found.status, found.version, found.stops) == ("missing", None, True)
    assert "mosdepth libhts-dev" in found.remedy


def test_java_of_setup_comes_first_and_has_an_upper_bound(machine):
    program(machine / "path", "java", 'openjdk version "11.0.1"')
    tool = next(tool for tool in software.read_tools() if tool.name == "java")
    assert software.find_tool(tool).status == "too old"
    program(machine / "home" / "jvm", "java", 'openjdk version "17.0.15"')
    found = software.find_tool(tool)
    assert (found.status, found.version, found.origin) == ("ok", "17.0.15", "set-up")
    program(machine / "home" / "jvm", "java", 'openjdk version "25" 2025-09-16')
    assert software.find_tool(tool).status == "too new"


def test_the_users_nextflow_comes_first_where_it_is_new_enough(machine):
    with pytest.raises(ToolError, match="bin/setup"):
        software.nextflow_command()
    own = program(machine / "home" / "bin", "nextflow", "nextflow version 25.04.4.5950")
    users = program(machine / "path", "nextflow", "nextflow version 24.10.0.5928")
    software._users_nextflow.cache_clear()
    assert software.nextflow_command() == [str(own)]
    program(machine / "path", "nextflow", "nextflow version 25.10.0.6000")
    software._users_nextflow.cache_clear()
    assert software.nextflow_command() == [str(users)]


def test_a_named_nextflow_must_work(machine, monkeypatch):
    program(machine / "home" / "bin", "nextflow", "nextflow version 25.04.4.5950")
    monkeypatch.setenv("WES_BIOMARKERS_NEXTFLOW", str(machine / "none"))
    with pytest.raises(ToolError, match="WES_BIOMARKERS_NEXTFLOW"):
        software.nextflow_command()


def test_tasks_find_our_commands_first_and_no_foreign_python_path(machine, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    program(machine / "home" / "bin", "wes-biomarkers", "")
    env = software.task_environment()
    assert env["PATH"].split(os.pathsep) == [str(machine / "home" / "bin"), str(machine / "path")]
    assert "PYTHONPATH" not in env and "PYTHONHOME" not in env


def test_without_setup_the_commands_beside_this_python_are_used(machine):
    assert software.task_environment()["PATH"].split(os.pathsep)[1] == str(Path(sys.executable).parent)


def test_profiles():
    assert software.split_profile("slurm,singularity") == ("slurm", "singularity")
    assert software.split_profile("docker") == ("local", "docker")
    for wrong in ("local,slurm", "docker,conda", "locl,system"):
        with pytest.raises(InputError, match="not a profile"):
            software.split_profile(wrong)


def test_a_profile_asks_for_its_own_programs_only(machine):
    program(machine / "path", "apptainer", "apptainer version 1.3.0")
    names = {found.name: found for found in software.find_tools("slurm,singularity")}
    assert set(names) == {"java", "nextflow", "wes-biomarkers", "multiqc", "cnvkit", "apptainer", "sbatch"}
    assert names["apptainer"].status == "ok" and names["sbatch"].stops
    system = {found.name for found in software.find_tools("local,system")}
    assert {"bwa", "gatk", "samtools", "nextflow"} <= system and not {"docker", "sbatch"} & system


def test_packages_are_judged_by_their_limits(monkeypatch):
    monkeypatch.setattr(
        software.metadata, "requires", lambda name: ["a>=1.2", "b>=2,<3", "c", 'd; extra == "dev"']
    )
    versions = {"a": "1.10", "b": "3.0", "c": None}
    monkeypatch.setattr(software, "_package_version", versions.__getitem__)
    found = {package.name: package.status for package in software.find_packages()}
    assert found == {"a": "ok", "b": "too new", "c": "missing"}


def test_lock_pins_every_package_with_hashes_and_names_no_address():
    text = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"(?m)^([a-z0-9-]+)==(\S+) \\$", text)
    blocks = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert len(pins) == len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    pyproject = (ROOT / "pyproject.toml").read_text()
    wanted = set(re.findall(r'(?m)^    "([A-Za-z0-9-]+)[><=]', pyproject))
    assert wanted <= {name for name, _ in pins}
    assert software.version_key(dict(pins)["pandas"]) < (3,)


@pytest.mark.parametrize("name", ["gatk", "nextflow"])
def test_a_jvm_launcher_passes_words_and_options_unchanged(tmp_path, name):
    place = tmp_path / "a place" / name
    (place / "lib").mkdir(parents=True)
    for jar in ("b.jar", "A.jar"):
        (place / "lib" / jar).touch()
    (place / "start.jsa").touch()
    launcher = place / name
    launcher.write_bytes((ROOT / "containers" / "jvm" / name / name).read_bytes())
    launcher.chmod(0o755)
    java = tmp_path / "java"
    java.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    java.chmod(0o755)
    link = tmp_path / name
    link.symlink_to(launcher)
    env = os.environ | {"WES_BIOMARKERS_JAVA": str(java), "NXF_OPTS": "-Xmx1g"}
    words = (
        ["Tool", "a b", "*", "--java-options", "-Xmx1g -XX:+UseG1GC"]
        if name == "gatk"
        else ["run", "a b", "*"]
    )
    done = subprocess.run([link, *words], env=env, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[lines.index("-cp") + 1] == f"{place}/lib/A.jar:{place}/lib/b.jar"
    assert f"-XX:SharedArchiveFile={place}/start.jsa" in lines
    assert "-Xmx1g" in lines
    if name == "gatk":
        assert lines[-4:] == ["org.broadinstitute.hellbender.Main", "Tool", "a b", "*"]
        assert "-XX:+UseG1GC" in lines and "-XX:+UseSerialGC" not in lines
    else:
        assert lines[-4:] == ["nextflow.cli.Launcher", "run", "a b", "*"]
        assert "--add-opens=java.base/java.util.concurrent.locks=ALL-UNNAMED" in lines


def test_setup_check_lists_everything_and_makes_nothing(tmp_path):
    home = tmp_path / "home"
    env = {"PATH": "/usr/bin:/bin", "WES_BIOMARKERS_HOME": str(home)}
    done = subprocess.run([ROOT / "bin" / "setup", "--check"], env=env, capture_output=True, text=True)
    assert done.returncode == 1
    for part in ("Python environment", "nextflow in", "gatk in"):
        assert part in done.stdout
    assert not home.exists()


def test_setup_refuses_unknown_arguments():
    done = subprocess.run([ROOT / "bin" / "setup", "--chek"], capture_output=True, text=True)
    assert done.returncode == 2 and "--chek" in done.stderr


def test_launcher_without_setup_says_what_to_run(tmp_path):
    env = {"PATH": "/usr/bin:/bin", "WES_BIOMARKERS_HOME": str(tmp_path)}
    done = subprocess.run(
        [ROOT / "bin" / "wes-biomarkers", "--help"], env=env, capture_output=True, text=True
    )
    assert done.returncode == 4 and "bin/setup" in done.stderr
