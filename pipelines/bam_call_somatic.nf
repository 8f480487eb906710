// Somatic calls of each tumour against its normal: Mutect2, orientation model, contamination, filter.
include { GATK_MUTECT2                   } from './modules/gatk/mutect2/main'
include { BCFTOOLS_CONCAT                } from './modules/bcftools/concat/main'
include { GATK_MERGEMUTECTSTATS          } from './modules/gatk/mergemutectstats/main'
include { GATK_LEARNREADORIENTATIONMODEL } from './modules/gatk/learnreadorientationmodel/main'
include { GATK_GETPILEUPSUMMARIES        } from './modules/gatk/getpileupsummaries/main'
include { GATK_CALCULATECONTAMINATION    } from './modules/gatk/calculatecontamination/main'
include { GATK_FILTERMUTECTCALLS         } from './modules/gatk/filtermutectcalls/main'

workflow BAM_CALL_SOMATIC {
    take:
    pair_bams         // [meta(pair_id, ...), tumour bam, index, normal bam, index, target bed]
    bam               // [meta(sample_id), bam, index]
    sample_targets    // [sample_id, target bed]
    shards            // [targets, [bed, ...]]
    fasta_fai_dict    // [genome.fa, fai, dict]
    germline          // [vcf, tbi] or []
    germline_common   // [vcf, tbi] or []
    pon               // [vcf, tbi] or []

    main:
    sharded = pair_bams
        .map { meta, tumor, tumor_index, normal, normal_index, _targets -> [meta.targets, meta, tumor, tumor_index, normal, normal_index] }
        .combine(shards, by: 0)
        .flatMap { _kit, meta, tumor, tumor_index, normal, normal_index, beds ->
            beds.collect { bed -> [meta + [n_shard: beds.size()], tumor, tumor_index, normal, normal_index, bed] }
        }
    GATK_MUTECT2(sharded, fasta_fai_dict, germline, pon)

    // A pair goes on only with all its shards.
    candidates = GATK_MUTECT2.out.calls
        .map { meta, vcf, tbi, stats, f1r2 -> [groupKey(meta, meta.n_shard as int), vcf, tbi, stats, f1r2] }
        .groupTuple()
        .map { key, vcf, tbi, stats, f1r2 -> [key.target, vcf, tbi, stats, f1r2] }
    split = candidates.branch { meta, _vcf, _tbi, _stats, _f1r2 ->
        one: meta.n_shard == 1
        several: true
    }
    BCFTOOLS_CONCAT(split.several.map { meta, vcf, tbi, _stats, _f1r2 -> [meta, vcf, tbi] })
    GATK_MERGEMUTECTSTATS(split.several.map { meta, _vcf, _tbi, stats, _f1r2 -> [meta, stats] })
    GATK_LEARNREADORIENTATIONMODEL(candidates.map { meta, _vcf, _tbi, _stats, f1r2 -> [meta, f1r2] })
    merged = split.one
        .map { meta, vcf, tbi, stats, _f1r2 -> [meta, vcf[0], tbi[0], stats[0]] }
        .mix(BCFTOOLS_CONCAT.out.vcf.join(GATK_MERGEMUTECTSTATS.out.stats))

    // Contamination needs common population sites; a normal shared by several tumours is piled up once.
    has_common = germline_common.map { files -> files ? true : false }
    pileup_in = bam
        .map { meta, file, index -> [meta.sample_id, meta, file, index] }
        .join(sample_targets)
        .combine(has_common)
        .filter { row -> row[5] }
        .map { _id, meta, file, index, targets, _has -> [meta, file, index, targets] }
    GATK_GETPILEUPSUMMARIES(pileup_in, fasta_fai_dict, germline_common)
    pileups = GATK_GETPILEUPSUMMARIES.out.table.map { meta, table -> [meta.sample_id, table] }
    GATK_CALCULATECONTAMINATION(
        pair_bams
            .map { row -> [row[0].tumor_sample_id, row[0]] }
            .combine(pileups, by: 0)
            .map { _tumor, meta, table -> [meta.normal_sample_id, meta, table] }
            .combine(pileups, by: 0)
            .map { _normal, meta, tumor_table, normal_table -> [meta, tumor_table, normal_table] }
    )
    contamination = GATK_CALCULATECONTAMINATION.out.table.map { meta, table, segments -> [meta.pair_id, table, segments] }
    without = pair_bams.combine(has_common).filter { row -> !row[6] }.map { row -> [row[0].pair_id, [], []] }

    GATK_FILTERMUTECTCALLS(
        merged
            .join(GATK_LEARNREADORIENTATIONMODEL.out.model)
            .map { meta, vcf, tbi, stats, model -> [meta.pair_id, meta, vcf, tbi, stats, model] }
            .join(contamination.mix(without))
            .map { _id, meta, vcf, tbi, stats, model, table, segments -> [meta, vcf, tbi, stats, model, table, segments] },
        fasta_fai_dict,
    )

    emit:
    vcf = GATK_FILTERMUTECTCALLS.out.vcf.map { meta, vcf, tbi -> [meta.findAll { entry -> entry.key != 'n_shard' }, vcf, tbi] }   // [meta(pair_id, ...), vcf, tbi]
    contamination = contamination.mix(without).map { id, table, _segments -> [id, table] }   // [pair_id, table, or [] without common sites]
    logs = GATK_FILTERMUTECTCALLS.out.log
}
