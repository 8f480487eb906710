// Lanes of reads to one analysis-ready alignment a sample: trimmed, aligned, merged, duplicates marked, recalibrated.
include { BWA_MEM               } from './modules/bwa/mem/main'
include { SAMTOOLS_MARKDUP      } from './modules/samtools/markdup/main'
include { GATK_BASERECALIBRATOR } from './modules/gatk/baserecalibrator/main'
include { GATK_APPLYBQSR        } from './modules/gatk/applybqsr/main'

workflow FASTQ_ALIGN {
    take:
    lanes            // [meta(sample_id, lane, read_group, n_lane), fastq_1, fastq_2]
    sample_targets   // [sample_id, target bed]
    fasta_bwa        // [genome.fa, bwa index files]
    fasta_fai_dict   // [genome.fa, fai, dict]
    known_sites      // VCFs with their indexes, or [] (no recalibration)

    main:
    BWA_MEM(lanes, fasta_bwa)
    // A sample goes on only with all its lanes: an incomplete group is dropped, and its pairs are reported as failed.
    by_sample = BWA_MEM.out.bam
        .map { meta, bam -> [groupKey([sample_id: meta.sample_id], meta.n_lane as int), bam] }
        .groupTuple()
        .map { key, bams -> [key.target, bams] }
    SAMTOOLS_MARKDUP(by_sample)

    recalibrate = known_sites.map { sites -> sites ? true : false }
    marked = SAMTOOLS_MARKDUP.out.bam.combine(recalibrate).branch { _meta, _bam, _bai, wanted ->
        yes: wanted
        no: true
    }
    to_recalibrate = marked.yes.map { meta, bam, bai, _wanted -> [meta.sample_id, meta, bam, bai] }.join(sample_targets)
    GATK_BASERECALIBRATOR(to_recalibrate.map { _id, meta, bam, bai, targets -> [meta, bam, bai, targets] }, fasta_fai_dict, known_sites)
    GATK_APPLYBQSR(
        to_recalibrate
            .map { id, meta, bam, bai, _targets -> [id, meta, bam, bai] }
            .join(GATK_BASERECALIBRATOR.out.table.map { meta, table -> [meta.sample_id, table] })
            .map { _id, meta, bam, bai, table -> [meta, bam, bai, table] },
        fasta_fai_dict,
    )

    emit:
    bam = GATK_APPLYBQSR.out.bam.mix(marked.no.map { meta, bam, bai, _wanted -> [meta, bam, bai] })   // [meta(sample_id), bam, bai]
    logs = BWA_MEM.out.log.mix(SAMTOOLS_MARKDUP.out.log)
}
