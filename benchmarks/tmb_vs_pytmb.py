"""`feature tmb` against pytmb-curie: the same annotated VCF, equal filters, each a process of its own.

    python benchmarks/tmb_vs_pytmb.py [--variants 50000] [--repeats 5] [--seed 1] [--passed 0.15 1.0]

The VCF is made from the seed: Mutect2's fields, FilterMutectCalls' filters and SnpEff's ANN. Transcripts a
variant (mean 8.5) and the shares of coding variants (0.37) and of coding transcripts in these (0.54) are those
of the HCC1395 exome as VEP annotates it (means 8.6, 0.37, 0.54). How many calls pass is set by --passed, one file
each: by default few, as where FilterMutectCalls has seen a matched exome (an assumption: the share varies
widely), and all, as where failed calls were taken out before; pytmb takes failed calls apart all the same.

Four definitions are compared: pytmb computes one a run, `feature tmb` all of them in one. The floor is what
reading the file costs any program that has cyvcf2 go over all records; `feature tmb` can do better, since it
picks the records that passed as text. Both programs run as installed, from compiled modules, after a first run
that is not timed. Ratios are medians of the ratios of runs that follow one another; processor time is what
other work on the machine disturbs least. Needs pytmb-curie 1.6 beside the interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from operator import truediv
from pathlib import Path

COUNTED = [
    "missense_variant",
    "stop_gained",
    "stop_lost",
    "start_lost",
    "splice_donor_variant",
    "splice_acceptor_variant",
    "frameshift_variant",
    "conservative_inframe_insertion",
    "conservative_inframe_deletion",
    "disruptive_inframe_insertion",
    "disruptive_inframe_deletion",
]
SILENT = ["synonymous_variant", "stop_retained_variant", "start_retained_variant"]
ELSEWHERE = [
    "intron_variant",
    "downstream_gene_variant",
    "upstream_gene_variant",
    "non_coding_transcript_exon_variant",
    "3_prime_UTR_variant",
    "5_prime_UTR_variant",
    "splice_region_variant",
    "intergenic_region",
]
CODING_SHARES = [60, 4, 0.3, 0.3, 1, 1, 4, 0.5, 1, 0.5, 1, 25, 0.1, 0.1]
ELSEWHERE_SHARES = [50, 25, 17, 7, 4, 3, 4, 1]
#: What FilterMutectCalls writes on calls that fail.
FAILED = [
    "weak_evidence",
    "germline",
    "normal_artifact",
    "base_qual;weak_evidence",
    "panel_of_normals",
    "strand_bias;weak_evidence",
    "clustered_events;haplotype",
    "germline;panel_of_normals",
    "orientation",
    "slippage",
    "map_qual;weak_evidence",
]
FAILED_SHARES = [30, 15, 15, 10, 8, 6, 5, 4, 3, 2, 2]
CODING_ELSEWHERE = 0.42  #: of a coding variant's other transcripts; with the first, 0.54 of all
#: VAF, alternate reads, synonymous counted
DEFINITIONS = {"a": (0.05, 3, False), "b": (0.10, 3, False), "c": (0.05, 5, False), "d": (0.05, 3, True)}
CONTIG, SIZE = 100_000_000, 33_000_000


def info_lines() -> list[str]:
    numbers = "ECNT MBQ MFRL MMQ MPOS ROQ GERMQ DP"
    fractions = "NALOD NLOD TLOD POP_AF"
    lines = [f'##INFO=<ID={name},Number=.,Type=Integer,Description="x">' for name in numbers.split()]
    lines += [f'##INFO=<ID={name},Number=.,Type=Float,Description="x">' for name in fractions.split()]
    lines += [f'##INFO=<ID={name},Number=.,Type=String,Description="x">' for name in ("AS_SB_TABLE", "ANN")]
    for name, number, kind in (
        ("GT", 1, "String"),
        ("AD", "R", "Integer"),
        ("AF", "A", "Float"),
        ("DP", 1, "Integer"),
        ("F1R2", "R", "Integer"),
        ("F2R1", "R", "Integer"),
        ("SB", 4, "Integer"),
    ):
        lines.append(f'##FORMAT=<ID={name},Number={number},Type={kind},Description="x">')
    return lines


def annotation(rng: random.Random, alt: str) -> str:
    gene, is_coding = rng.randrange(20_000), rng.random() < 0.37
    changed = rng.choices(COUNTED + SILENT, CODING_SHARES)[0]
    changed += "&splice_region_variant" if changed == "missense_variant" and rng.random() < 0.05 else ""
    count = min(40, 1 + int(rng.gammavariate(1.6, 5.0)))
    first = rng.randrange(count)  # one transcript at least bears the change
    entries = []
    for index in range(count):
        if is_coding and (index == first or rng.random() < CODING_ELSEWHERE):
            term, place = changed, rng.randrange(1, 900)
            change = f"c.{3 * place}A>G|p.Arg{place}Gly|{3 * place + 80}/4211|{3 * place}/3012|{place}/1003||"
        else:
            term = rng.choices(ELSEWHERE, ELSEWHERE_SHARES)[0]
            change = f"c.{rng.randrange(3000)}+21A>G||||||"
        transcript = f"ENST{gene * 40 + index:011d}.{index % 7 + 1}"
        where = f"GENE{gene}|ENSG{gene:011d}|transcript|{transcript}|protein_coding|{index + 1}/12"
        entries.append(f"{alt}|{term}|MODERATE|{where}|{change}")
    return ",".join(entries)


def record(rng: random.Random, contig: str, position: int, share: float) -> str:
    ref = rng.choice("ACGT")
    alt = rng.choice([base for base in "ACGT" if base != ref])
    kind = rng.random()
    if kind < 0.05:
        alt = ref + "".join(rng.choices("ACGT", k=rng.randint(1, 6)))
    elif kind < 0.1:
        ref, alt = ref + "".join(rng.choices("ACGT", k=rng.randint(1, 6))), ref
    depth, normal = rng.randint(20, 300), rng.randint(10, 150)
    reads = int(depth * rng.betavariate(2, 5))
    info = f"AS_SB_TABLE={normal // 2},{normal // 2}|{reads // 2},{reads - reads // 2};DP={depth + normal};"
    info += "ECNT=1;GERMQ=93;MBQ=30,30;MFRL=181,176;MMQ=60,60;MPOS=31;NALOD=1.85;NLOD=12.46;ROQ=93;"
    info += f"TLOD={rng.random() * 60:.2f};ANN={annotation(rng, alt)}"
    if rng.random() < 0.1:
        info += f";POP_AF={10 ** -rng.uniform(1, 6):.6g}"
    calls = [
        f"{genotype}:{deep - count},{count}:{count / deep:.3f}:{deep}:{deep // 2},{count // 2}:9,9:9,9,1,1"
        for genotype, count, deep in (("0/0", 0, normal), ("0/1", reads, depth))
    ]
    result = "PASS" if rng.random() < share else rng.choices(FAILED, FAILED_SHARES)[0]
    return "\t".join(
        [contig, str(position), ".", ref, alt, ".", result, info, "GT:AD:AF:DP:F1R2:F2R1:SB", *calls]
    )


def write_vcf(path: Path, n: int, seed: int, share: float) -> None:
    rng = random.Random(seed)
    contigs = [f"chr{number}" for number in range(1, 23)]
    lines = ["##fileformat=VCFv4.2", *(f"##contig=<ID={name},length={CONTIG}>" for name in contigs)]
    lines += [f'##FILTER=<ID={name},Description="x">' for name in sorted(set(";".join(FAILED).split(";")))]
    lines += [*info_lines(), "##tumor_sample=T", "##normal_sample=N"]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT")
    for index, contig in enumerate(contigs):
        places = sorted(rng.sample(range(1, CONTIG - 99), n // 22 + (index < n % 22)))
        lines += [record(rng, contig, place, share) for place in places]
    path.write_text("\n".join(lines) + "\n")
    subprocess.run(["bgzip", "-f", path], check=True)


def write_settings(folder: Path) -> None:
    (folder / "caller.yml").write_text("freq: 'AF'\ndepth: 'DP'\naltDepth: 'AD'\nmaxVaf: '1'\n")
    for name, synonymous in (("strict.yml", False), ("all.yml", True)):
        counted = COUNTED + (SILENT if synonymous else [])
        silent = ["none"] if synonymous else SILENT
        text = "tag: 'ANN'\nsep: '&'\n"
        for key, terms in (
            ("isCoding", COUNTED + SILENT),
            ("isNonCoding", ELSEWHERE),
            ("isSplicing", COUNTED[4:6]),
            ("isSynonymous", silent),
            ("isNonSynonymous", counted),
        ):
            text += f"{key}:\n  1: [{', '.join(terms)}]\n"
        (folder / name).write_text(text + "polymDb:\n  pop: [POP_AF]\ncancerDb:\n  none: [none]\n")
    text = ""
    for name, (vaf, reads, synonymous) in DEFINITIONS.items():
        classes = ["missense", "nonsense", "stop_lost", "start_lost", "splice", "frameshift", "inframe_indel"]
        classes += ["synonymous"] if synonymous else []
        thresholds = {"min_vaf": vaf, "min_alt_reads": reads, "min_depth": 20, "max_population_af": 0.001}
        text += (
            f'[{name}]\ncounts = {json.dumps(classes)}\ndenominator = "callable_coding"\n[{name}.filters]\n'
        )
        text += "".join(f"{key} = {value}\n" for key, value in thresholds.items())
        text += f"[{name}.reasons]\n" + "".join(f'{key} = "benchmark"\n' for key in thresholds)
    (folder / "definitions.toml").write_text(text)
    (folder / "callable.bed").write_text("".join(f"chr{n}\t0\t{CONTIG}\n" for n in range(1, 23)))


def pytmb(folder: Path, name: str) -> tuple[list[str], str]:
    vaf, reads, synonymous = DEFINITIONS[name]
    program = Path(sys.executable).parent / "pyTMB"
    words = [
        str(program),
        "-i",
        "x.vcf.gz",
        "--sample",
        "T",
        "--effGenomeSize",
        str(SIZE),
        "--varConfig",
        "caller.yml",
    ]
    words += [
        "--dbConfig",
        "all.yml" if synonymous else "strict.yml",
        "--vaf",
        str(vaf),
        "--minAltDepth",
        str(reads),
    ]
    words += ["--minDepth", "20", "--maf", "0.001", "--filterLowQual", "--filterNonCoding", "--filterSyn"]
    return [*words, "--filterPolym", "--polymDb", "pop"], r"Variants after filters= (\d+)"


def ours(names: list[str]) -> tuple[list[str], str]:
    words = [
        sys.executable,
        "-m",
        "wes_biomarkers",
        "feature",
        "tmb",
        "--vcf",
        "x.vcf.gz",
        "--callable",
        "callable.bed",
    ]
    words += ["--definitions", "definitions.toml"]
    for name in names:
        words += ["--definition", name]
    return words, r'"n_mutation": (\d+)'


def floor() -> tuple[list[str], str]:
    return [
        sys.executable,
        "-c",
        "import cyvcf2\nfor record in cyvcf2.VCF('x.vcf.gz', lazy=True): pass",
    ], "()$"


def timed(command: tuple[list[str], str], folder: Path) -> tuple[tuple[float, float], list[str]]:
    """(wall, processor) seconds and the counts printed."""
    words, pattern = command
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (wall, cpu), re.findall(pattern, done.stdout)


def one_round(folder: Path) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Seconds of each program, run one after the other, and the counts, which are equal."""
    names = list(DEFINITIONS)
    each = [timed(pytmb(folder, name), folder) for name in names]
    one, several = timed(ours(names[:1]), folder), timed(ours(names), folder)
    theirs = [counts[0] for _, counts in each]
    assert several[1] == theirs and one[1] == theirs[:1], (several[1], theirs)
    walls, cpus = zip(*(spent for spent, _ in each), strict=True)
    runs = {"pytmb one": each[0][0], "pytmb all": (sum(walls), sum(cpus)), "ours one": one[0]}
    return runs | {"ours all": several[0], "floor": timed(floor(), folder)[0]}, theirs


def compare(options: argparse.Namespace, share: float) -> None:
    """Print times and ratios on a file of which a share of the records passed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_vcf(folder / "x.vcf", options.variants, options.seed, share)
        write_settings(folder)
        one_round(folder)
        rounds = [one_round(folder) for _ in range(options.repeats)]
    counts = ", ".join(rounds[0][1])
    print(
        f"{options.variants} variants, {share:.0%} passed, {options.repeats} rounds; equal counts: {counts}"
    )
    for index, clock in enumerate(("wall", "processor")):
        seconds = {key: [spent[key][index] for spent, _ in rounds] for key in rounds[0][0]}
        middle = {key: statistics.median(values) for key, values in seconds.items()}
        pairs = (
            ("one definition: feature tmb", "pytmb one", "ours one"),
            (f"{len(DEFINITIONS)} definitions: feature tmb", "pytmb all", "ours all"),
            ("one definition: cyvcf2 going over the records", "pytmb one", "floor"),
        )
        for label, theirs, own in pairs:
            ratio = statistics.median(map(truediv, seconds[theirs], seconds[own]))
            print(f"  {clock}, {label} {middle[own]:.2f} s, pytmb {middle[theirs]:.2f} s, ratio {ratio:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--variants", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--passed", type=float, nargs="+", default=[0.15, 1.0])
    options = parser.parse_args()
    for share in options.passed:
        compare(options, share)


if __name__ == "__main__":
    main()
