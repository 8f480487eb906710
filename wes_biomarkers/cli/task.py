"""`wes-biomarkers task`: the steps that only the pipeline calls, from files to files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_FILE = click.Path(path_type=Path)


@click.group(hidden=True)
def command() -> None:
    """Steps of the pipeline."""


@command.command()
@click.argument("sheet", type=_FILE)
@click.option("--base-dir", type=_FILE, required=True, help="Where the sheet's relative paths start.")
@click.option("--reference", type=_FILE, required=True)
@click.option("--path-map", multiple=True, metavar="OLD=NEW")
@click.option("--out", type=_FILE, required=True)
def resolve(sheet: Path, base_dir: Path, reference: Path, path_map: tuple[str, ...], out: Path) -> None:
    """Write resolved.json."""
    import dataclasses

    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.files import write_json
    from wes_biomarkers.io.samplesheet import read_study

    bundle = read_bundle(reference)
    # In a container that does not see the data, names are taken as they are.
    study = read_study(sheet, path_map=path_map, base_dir=base_dir, check_files=base_dir.is_dir())
    only_kit = next(iter(bundle.targets))
    kits = {sample.targets for sample in study.samples}
    for kit in sorted(kits, key=str):
        bundle.target(kit)
    named = dataclasses.replace(
        study,
        samples=tuple(dataclasses.replace(s, targets=s.targets or only_kit) for s in study.samples),
        pairs=tuple(dataclasses.replace(p, targets=p.targets or only_kit) for p in study.pairs),
    )
    write_json(out, named.as_dict())


@command.command()
@click.option("--reference", type=_FILE, required=True)
@click.option("--shard-mb", type=float, default=5.0, show_default=True)
@click.option("--out", type=_FILE, required=True, help="Folder for <targets>.<number>.bed.")
def shards(reference: Path, shard_mb: float, out: Path) -> None:
    """Cut each capture kit into runs of about `shard_mb` for calling."""
    import math

    from wes_biomarkers.io.bed import read_intervals, write_bed
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.study import split_targets

    bundle = read_bundle(reference)
    out.mkdir(parents=True, exist_ok=True)
    for name, kit in bundle.targets.items():
        runs = split_targets(read_intervals(bundle.target(name)), max(1, math.ceil(kit.mb / shard_mb)))
        for number, run in enumerate(runs):
            write_bed(out / f"{name}.{number:03d}.bed", run)


@command.command(name="callable")
@click.option("--min-depth-tumor", type=int, default=20, show_default=True)
@click.option("--min-depth-normal", type=int, default=10, show_default=True)
@click.option("--out", type=_FILE, required=True)
def callable_(min_depth_tumor: int, min_depth_normal: int, out: Path) -> None:
    """Turn `samtools depth` of a tumour and its normal (stdin) into a BED of callable regions."""
    from wes_biomarkers.io.coverage import write_callable

    write_callable(sys.stdin.buffer, out, min_depth_tumor, min_depth_normal)


@command.command()
@click.option("--patient-id", required=True)
@click.option("--pair-id", required=True)
@click.option("--tumor", required=True, help="Tumour sample id.")
@click.option("--normal", required=True, help="Normal sample id.")
@click.option("--vcf", type=_FILE, required=True)
@click.option("--callable", "callable_bed", type=_FILE)
@click.option("--contamination", type=_FILE)
@click.option("--coverage", type=_FILE, help="Folder of mosdepth and samtools stats files.")
@click.option("--reference", type=_FILE, required=True)
@click.option("--out", type=_FILE, required=True)
@click.argument("results", type=_FILE, nargs=-1)
def pair(**options: object) -> None:
    """Make a pair's published folder, with its pictures."""
    from wes_biomarkers.pair import PairFiles, write_pair
    from wes_biomarkers.report.pair_plots import write_pair_plots

    files = PairFiles(**options)  # type: ignore[arg-type]
    write_pair(files)
    write_pair_plots(files.out)


@command.command()
@click.option("--resolved", type=_FILE, required=True)
@click.option("--reference", type=_FILE, required=True)
@click.option("--completed", type=_FILE, required=True, help="Lines of stage and id.")
@click.option("--versions", type=_FILE, required=True, help="Lines of tool and version.")
@click.option("--parameters", default="{}", help="Parameters that shape values, as JSON.")
@click.option("-o", "--out", type=_FILE, required=True)
def study(
    resolved: Path, reference: Path, completed: Path, versions: Path, parameters: str, out: Path
) -> None:
    """Write study.json."""
    import json

    from wes_biomarkers.contracts.resolved import Study
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.files import read_json, read_text, write_json
    from wes_biomarkers.study import assemble_study

    def pairs_of(path: Path) -> list[tuple[str, str]]:
        """The first two cells of each row of a table below its heading."""
        lines = (line.split("\t") for line in read_text(path).splitlines()[1:] if line)
        return [(first, second) for first, second in lines]

    stages: dict[str, frozenset[str]] = {}
    for stage, done in pairs_of(completed):
        stages[stage] = stages.get(stage, frozenset()) | {done}
    index = assemble_study(
        Study.from_dict(read_json(resolved)), read_bundle(reference), stages, dict(pairs_of(versions))
    )
    write_json(out, index | {"parameters": json.loads(parameters)})
