"""The invented genome, read back from its GFF3 and judged with Biopython's code table, not with our own."""

from __future__ import annotations

import re
from itertools import pairwise

from Bio.Seq import Seq

from wes_biomarkers.simulate.genes import Span, gff3_lines
from wes_biomarkers.simulate.genome import SYMBOLS, make_genome
from wes_biomarkers.simulate.hla_family import HLA_CONTIG
from wes_biomarkers.simulate.parameters import Parameters
from wes_biomarkers.simulate.plan import Trial


def _transcripts(trial: Trial) -> dict[str, dict[str, list[tuple[str, int, int, str, str]]]]:
    """transcript -> feature type -> (contig, start, end, strand, phase), read from the GFF3 text."""
    found: dict[str, dict[str, list[tuple[str, int, int, str, str]]]] = {}
    for gene in trial.genome.genes:
        for line in gff3_lines(gene):
            contig, _, kind, start, end, _, strand, phase, text = line.split("\t")
            parent = re.search(r"Parent=transcript:([^;]+)", text)
            if parent:
                row = (contig, int(start) - 1, int(end), strand, phase)
                found.setdefault(parent.group(1), {}).setdefault(kind, []).append(row)
    return found


def test_size_of_the_target(default_trial: Trial) -> None:
    spans = [span for group in default_trial.genome.targets.values() for span in group]
    assert len(spans) > 300
    assert 130_000 <= sum(span.end - span.start for span in spans) <= 175_000
    assert 1_000_000 <= sum(map(len, default_trial.genome.contigs.values())) <= 1_500_000


def test_every_transcript_is_an_open_reading_frame_with_splice_sites(default_trial: Trial) -> None:
    transcripts = _transcripts(default_trial)
    strands = set()
    for name, features in transcripts.items():
        parts = sorted(features["CDS"], key=lambda row: row[1])
        contig, _, _, strand, _ = parts[0]
        strands.add(strand)
        sequence = default_trial.genome.contigs[contig]
        spliced = Seq("".join(sequence[start:end] for _, start, end, _, _ in parts))
        protein = str((spliced if strand == "+" else spliced.reverse_complement()).translate())
        assert len(spliced) % 3 == 0, name
        assert protein[0] == "M" and protein.index("*") == len(protein) - 1, name
        used = 0
        for _, start, end, _, phase in parts if strand == "+" else reversed(parts):
            assert int(phase) == (3 - used % 3) % 3
            used += end - start
        exons = sorted(features["exon"], key=lambda row: row[1])
        for left, right in pairwise(exons):
            intron = Seq(sequence[left[2] : right[1]])
            bases = str(intron if strand == "+" else intron.reverse_complement())
            assert bases.startswith("GT") and bases.endswith("AG"), name
    assert strands == {"+", "-"}
    assert len(transcripts) > len(default_trial.genome.genes), "no gene has a second transcript"


def test_microsatellites_lie_in_targets_with_their_flanks(default_trial: Trial) -> None:
    motif_lengths, n_tract, n_coding = set(), 0, 0
    for gene in default_trial.genome.genes:
        sequence = default_trial.genome.contigs[gene.contig]
        for tract in gene.tracts:
            span, motif = tract.span, tract.motif
            assert sequence[span.start : span.end] == motif * tract.n_repeat
            assert sequence[span.start - 1] != motif[-1] and sequence[span.end] != motif[0]
            assert any(
                t.start <= span.start - 10 and span.end + 10 <= t.end
                for t in default_trial.genome.targets[gene.contig]
            )
            n_coding += any(
                part.start < span.end and span.start < part.end
                for transcript in gene.transcripts
                for part in transcript.coding
            )
            motif_lengths.add(len(motif))
            n_tract += 1
    assert n_tract >= 150
    assert 5 <= n_coding <= n_tract / 5
    assert motif_lengths == {1, 2, 3, 4, 5}


def test_arms_share_the_genes_of_their_contig(default_trial: Trial) -> None:
    genome = default_trial.genome
    assert [arm.name for arm in genome.arms][:3] == ["simAp", "simAq", "simBp"]
    for contig, sequence in genome.contigs.items():
        if contig == HLA_CONTIG:
            continue
        short, long = (arm for arm in genome.arms if arm.contig == contig)
        assert (short.span.start, short.span.end, long.span.end) == (0, long.span.start, len(sequence))
        for gene in genome.genes_on(contig):
            arm = short if gene.gene_id in short.gene_ids else long
            assert gene.gene_id in arm.gene_ids
            assert arm.span.start <= gene.span.start and gene.span.end <= arm.span.end
    family = genome.arms[-1]
    assert (family.contig, family.span) == (HLA_CONTIG, Span(0, len(genome.contigs[HLA_CONTIG])))


def test_symbols_are_lent_once_and_reach_the_gff(default_trial: Trial) -> None:
    symbols = [gene.symbol for gene in default_trial.genome.genes]
    assert len(set(symbols)) == len(symbols)
    assert set(SYMBOLS) <= set(symbols)
    gene = next(gene for gene in default_trial.genome.genes if gene.symbol == "TP53")
    first = next(gff3_lines(gene))
    assert "Name=TP53;" in first and f"gene_id={gene.gene_id}" in first


def test_the_seed_makes_the_genome() -> None:
    parameters = Parameters().genome
    assert make_genome(parameters, 1) == make_genome(parameters, 1)
    assert make_genome(parameters, 1).contigs != make_genome(parameters, 2).contigs
