// HLA types of each sample from its reads, where the bundle has HLA sequences, and of each pair.
include { WES_HLA       } from './modules/wes/hla/main'
include { WES_HLA_TYPES } from './modules/wes/hla_types/main'

workflow BAM_TYPE_HLA {
    take:
    pairs       // meta(pair_id, hla, entry, ...) of every pair
    pair_bams   // [meta(pair_id, ...), tumour bam, index, normal bam, index, target bed]
    typable     // whether the bundle has HLA sequences
    bundle      // reference bundle folder

    main:
    // A normal shared by several tumours is typed once.
    samples = pair_bams
        .combine(typable)
        .filter { row -> row[-1] }
        .flatMap { meta, tumor, tumor_index, normal, normal_index, _targets, _typable ->
            [
                [[sample_id: meta.tumor_sample_id, patient_id: meta.patient_id], tumor, tumor_index],
                [[sample_id: meta.normal_sample_id, patient_id: meta.patient_id], normal, normal_index],
            ]
        }
        .unique { row -> row[0] }
    WES_HLA(samples, bundle)
    typed = WES_HLA.out.types.map { meta, table -> [meta.sample_id, table] }

    from_reads = pair_bams
        .map { row -> [row[0].normal_sample_id, row[0]] }
        .combine(typed, by: 0)
        .map { _normal, meta, normal -> [meta.tumor_sample_id, meta, normal] }
        .combine(typed, by: 0)
        .map { _tumor, meta, normal, tumor -> [meta, normal, tumor] }
    unread = pairs.combine(typable).filter { meta, can_type -> meta.entry == 'vcf' || !can_type }.map { meta, _can_type -> meta }
    given = unread.filter { meta -> meta.hla }.map { meta -> [meta, [], []] }
    WES_HLA_TYPES(from_reads.mix(given), bundle)

    emit:
    samples = WES_HLA.out.records.join(WES_HLA.out.types).map { meta, record, table -> [meta.sample_id, record, table] }   // [sample_id, record, table]
    types = WES_HLA_TYPES.out.records.join(WES_HLA_TYPES.out.types)
        .map { meta, record, table -> [meta.pair_id, record, table] }
        .mix(unread.filter { meta -> !meta.hla }.map { meta -> [meta.pair_id, [], []] })   // [pair_id, record or [], table or []]
}
