// Coverage of the target and read statistics, once a sample; callable regions, once a pair.
include { MOSDEPTH_COVERAGE } from './modules/mosdepth/coverage/main'
include { SAMTOOLS_STATS    } from './modules/samtools/stats/main'
include { SAMTOOLS_DEPTH    } from './modules/samtools/depth/main'

workflow BAM_QC {
    take:
    bam              // [meta(sample_id), bam, index]
    sample_targets   // [sample_id, target bed]
    pair_bams        // [meta(pair_id, ...), tumour bam, index, normal bam, index, target bed]
    fasta_fai        // [genome.fa, fai]

    main:
    MOSDEPTH_COVERAGE(
        bam.map { meta, file, index -> [meta.sample_id, meta, file, index] }
            .join(sample_targets)
            .map { _id, meta, file, index, targets -> [meta, file, index, targets] },
        fasta_fai,
    )
    SAMTOOLS_STATS(bam, fasta_fai)
    SAMTOOLS_DEPTH(pair_bams, fasta_fai)

    emit:
    coverage = MOSDEPTH_COVERAGE.out.coverage
        .map { meta, thresholds, regions -> [meta.sample_id, thresholds, regions] }
        .join(SAMTOOLS_STATS.out.stats.map { meta, stats -> [meta.sample_id, stats] })
        .map { id, thresholds, regions, stats -> [id, [thresholds, regions, stats]] }   // [sample_id, [thresholds, regions, stats]]
    callable = SAMTOOLS_DEPTH.out.callable.map { meta, bed -> [meta.pair_id, bed] }     // [pair_id, bed]
    logs = MOSDEPTH_COVERAGE.out.log.mix(SAMTOOLS_STATS.out.stats.map { _meta, stats -> stats })
}
