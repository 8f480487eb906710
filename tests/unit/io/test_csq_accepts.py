"""`bcftools csq` reads whatever the bundle writes: incomplete, odd and non-coding transcripts."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

from Bio.Seq import Seq

from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.features.gene_model import Transcript
from wes_biomarkers.io.gene_tables import write_annotation

LENGTH = 60_000
MODULE = Path(__file__).parents[3] / "pipelines/modules/bcftools/annotate/main.nf"


def odd_transcript(rng: random.Random, number: int) -> Transcript:
    """One with exons of 1-40 bases, gaps of 1-40, and a coding part of any length and phase."""
    at, exons = rng.randrange(100, LENGTH - 1000), []
    for _ in range(rng.randint(1, 8)):
        start = at + rng.randint(1, 40)
        at = start + rng.randint(1, 40)
        exons.append((start, at))
    inner = [p for start, end in exons for p in range(start, end)]
    low = rng.randrange(len(inner))
    first, last = inner[low], inner[rng.randrange(low, len(inner))] + 1
    cds = tuple((max(a, first), min(b, last)) for a, b in exons if a < last and b > first)
    biotype = rng.choice(
        ["protein_coding"] * 3 + ["nonsense_mediated_decay", "IG_V_gene", "lncRNA", "V_segment"]
    )
    coding = biotype not in ("lncRNA", "V_segment")
    return Transcript(
        transcript_id=f"t{number}",
        gene_id=f"g{number // 2}",
        gene_name=f"G{number // 2}",
        gene_biotype=biotype,
        biotype=biotype,
        contig="c",
        strand="+-"[number // 2 % 2],
        exons=tuple(exons),
        cds=cds if coding else (),
        phase=rng.randint(0, 2),
    )


def test_split_multiallelic_genotypes_do_not_stop_it(tmp_path):
    """Mutect2 writes 0/1/2 at microsatellites; split by allele, 0/0/1 has more than two parts."""
    (tmp_path / "g.fa").write_text(f">c\n{'ACGT' * 500}\n")
    subprocess.run(["samtools", "faidx", tmp_path / "g.fa"], check=True)
    rng = random.Random(3)
    write_annotation(tmp_path / "a.gff3.gz", [odd_transcript(rng, 0)], [Contig("c", LENGTH)])
    (tmp_path / "v.vcf").write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=c,length=2000>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT\nc\t101\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/0/1\n"
    )
    (found,) = re.findall(r"bcftools csq (.+?) -f", MODULE.read_text())
    options = [word for word in found.split() if word != "--no-version"]
    command = ["bcftools", "csq", *options, "-f", "g.fa", "-g", "a.gff3.gz", "-Ov", "v.vcf"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\t0/0\t0/0/1" in done.stdout


def test_five_hundred_odd_transcripts(tmp_path):
    rng = random.Random(11)
    bases = "".join(rng.choices("ACGT", k=LENGTH))
    (tmp_path / "g.fa").write_text(f">c\n{bases}\n")
    subprocess.run(["samtools", "faidx", tmp_path / "g.fa"], check=True)
    transcripts = [odd_transcript(rng, number) for number in range(500)]
    write_annotation(tmp_path / "a.gff3.gz", transcripts, [Contig("c", LENGTH)])
    lines = [
        "##fileformat=VCFv4.2",
        f"##contig=<ID=c,length={LENGTH}>",
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    for position in range(50, LENGTH, 2):
        lines.append(
            f"c\t{position + 1}\t.\t{bases[position]}\t{'ACGT'.replace(bases[position], '')[0]}\t.\t.\t."
        )
    (tmp_path / "v.vcf").write_text("\n".join(lines) + "\n")
    command = ["bcftools", "csq", "--local-csq", "-f", "g.fa", "-g", "a.gff3.gz", "-Ov", "v.vcf"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    compared, wrong = 0, []
    by_id = {transcript.transcript_id: transcript for transcript in transcripts}
    for position, alternative, entries in records(done.stdout):
        for name, terms in entries.items():
            expected = name and interior_class(by_id[name], bases, position, alternative)
            if expected:
                compared += 1
                if expected not in terms:
                    wrong.append((name, position, expected, terms))
    assert wrong == []
    assert compared > 1000


def records(text: str):
    """Position, alternative allele, and the terms of each transcript."""
    for line in text.splitlines():
        if not line.startswith("#") and "BCSQ=" in line:
            words = line.split("\t")
            entries: dict[str, set[str]] = {}
            for entry in words[7].removeprefix("BCSQ=").split(","):
                terms, _, transcript, *_ = entry.split("|")
                entries.setdefault(transcript, set()).update(terms.split("&"))
            yield int(words[1]) - 1, words[4], entries


def interior_class(transcript: Transcript, bases: str, position: int, alternative: str) -> str | None:
    """What an SNV does to a whole codon that is neither the first nor the last, read base by base."""
    if transcript.biotype != "protein_coding":
        return None
    places = [p for start, end in transcript.cds for p in range(start, end)]
    places = (places if transcript.strand == "+" else places[::-1])[transcript.phase :]
    index = places.index(position) // 3 * 3 if position in places else 0
    if not 0 < index < len(places) - 5:
        return None
    before = Seq("".join(bases[p] for p in places[index : index + 3]))
    after = Seq("".join(alternative if p == position else bases[p] for p in places[index : index + 3]))
    if transcript.strand == "-":
        before, after = before.complement(), after.complement()
    one, two = str(before.translate()), str(after.translate())
    if one == two:
        return "synonymous"
    return "stop_gained" if two == "*" else "stop_lost" if one == "*" else "missense"
