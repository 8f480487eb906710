// Biomarkers of each pair, as records, and the pair's published folder.
include { WES_TMB  } from './modules/wes/tmb/main'
include { WES_PAIR } from './modules/wes/pair/main'

workflow PAIR_FEATURES {
    take:
    vcf             // [meta(pair_id, ...), vcf, tbi], annotated
    callable        // [pair_id, bed or []]
    contamination   // [pair_id, table or []]
    coverage        // [pair_id, [files of tumour and normal] or []]
    bundle          // reference bundle folder

    main:
    with_callable = vcf.map { meta, calls, tbi -> [meta.pair_id, meta, calls, tbi] }.join(callable)
    WES_TMB(with_callable.map { _id, meta, calls, tbi, bed -> [meta, calls, tbi, bed] }, bundle)
    WES_PAIR(
        with_callable
            .join(contamination)
            .join(coverage)
            .join(WES_TMB.out.records.map { meta, records -> [meta.pair_id, records] })
            .map { _id, meta, calls, tbi, bed, table, files, records -> [meta, calls, tbi, bed, table, files, records] },
        bundle,
    )

    emit:
    folder = WES_PAIR.out.folder   // [meta(pair_id, ...), folder]
}
