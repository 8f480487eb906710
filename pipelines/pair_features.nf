// Biomarkers of each pair, as records and tables, and the pair's published folder.
include { WES_MSI        } from './modules/wes/msi/main'
include { WES_SIGNATURES } from './modules/wes/signatures/main'
include { WES_CLONALITY  } from './modules/wes/clonality/main'
include { WES_TMB        } from './modules/wes/tmb/main'
include { WES_DRIVERS    } from './modules/wes/drivers/main'
include { WES_HLA_LOH    } from './modules/wes/hla_loh/main'
include { WES_NEOANTIGENS } from './modules/wes/neoantigens/main'
include { WES_PAIR       } from './modules/wes/pair/main'

workflow PAIR_FEATURES {
    take:
    vcf             // [meta(pair_id, ...), vcf, tbi], annotated
    pair_bams       // [meta(pair_id, ...), tumour bam, index, normal bam, index, target bed]; none for a pair that entered as calls
    callable        // [pair_id, bed or []]
    contamination   // [pair_id, table or []]
    coverage        // [pair_id, [files of tumour and normal] or []]
    copies          // [pair_id, [records, segments, gene copies, heterozygous sites, log ratios] or []]
    germline        // [sample_id, vcf, tbi] of the normals
    types           // [pair_id, record, table of HLA types]; both [] where none are known
    typable         // whether the bundle has HLA sequences
    bundle          // reference bundle folder
    expression      // table of TPM, or []

    main:
    calls = vcf.map { meta, file, tbi -> [meta.pair_id, meta, file, tbi] }
    without_bams = vcf.filter { meta, _file, _tbi -> meta.entry == 'vcf' }.map { meta, _file, _tbi -> [meta.pair_id, [], []] }

    WES_MSI(pair_bams.map { meta, tumor, tumor_index, normal, normal_index, _targets -> [meta, tumor, tumor_index, normal, normal_index] }, bundle)
    msi = WES_MSI.out.records.join(WES_MSI.out.sites)
        .map { meta, records, sites -> [meta.pair_id, records, sites] }
        .mix(without_bams)

    WES_SIGNATURES(vcf, bundle)

    WES_CLONALITY(
        calls.join(copies)
            .filter { row -> row[4] }
            .map { _id, meta, file, tbi, found -> [meta, file, tbi, found[1], found[0]] },
        bundle,
    )
    clonality = WES_CLONALITY.out.records.join(WES_CLONALITY.out.mutations)
        .map { meta, records, mutations -> [meta.pair_id, records, mutations] }
        .mix(without_bams)

    known = calls.join(callable).join(copies).join(clonality)
        .map { id, meta, file, tbi, bed, found, records, mutations -> [id, meta, file, tbi, bed, found ? found[1] : [], records, mutations] }
    WES_TMB(known.map { _id, meta, file, tbi, bed, _segments, _records, mutations -> [meta, file, tbi, bed, mutations] }, bundle)
    WES_DRIVERS(
        known.join(msi)
            .map { _id, meta, file, tbi, bed, segments, _records, mutations, instability, _sites -> [meta, file, tbi, bed, segments, mutations, instability] },
        bundle,
    )

    // HLA loss and neoantigens, of the pairs whose HLA types are known.
    bams = pair_bams.map { meta, tumor, tumor_index, normal, normal_index, _targets -> [meta.pair_id, tumor, tumor_index, normal, normal_index] }
    with_types = types.filter { _id, _record, table -> table }.map { id, _record, table -> [id, table] }
    WES_HLA_LOH(
        pair_bams.combine(typable)
            .filter { row -> row[-1] }
            .map { row -> [row[0].pair_id, row[0]] }
            .join(bams)
            .join(with_types)
            .join(copies)
            .map { _id, meta, tumor, tumor_index, normal, normal_index, table, found -> [meta, tumor, tumor_index, normal, normal_index, table, found[1], found[0]] },
        bundle,
    )
    losses = WES_HLA_LOH.out.records.join(WES_HLA_LOH.out.loci).join(WES_HLA_LOH.out.sites)
        .map { meta, records, loci, sites -> [meta.pair_id, records, loci, sites] }
    hla_loss = losses.mix(
        calls.map { id, meta, _file, _tbi -> [id, meta] }
            .join(types)
            .combine(typable)
            .filter { _id, meta, _record, table, can_type -> !table || !can_type || meta.entry == 'vcf' }
            .map { row -> [row[0], [], [], []] }
    )

    phasing = pair_bams
        .map { meta, tumor, tumor_index, _normal, _normal_index, _targets -> [meta.normal_sample_id, meta.pair_id, tumor, tumor_index] }
        .combine(germline, by: 0)
        .map { _normal, id, tumor, tumor_index, calls_of, calls_index -> [id, tumor, tumor_index, calls_of, calls_index] }
        .mix(vcf.filter { meta, _file, _tbi -> meta.entry == 'vcf' }.map { meta, _file, _tbi -> [meta.pair_id, [], [], [], []] })
    WES_NEOANTIGENS(
        calls.join(with_types).join(phasing)
            .join(clonality.map { id, _records, mutations -> [id, mutations] })
            .join(hla_loss.map { id, _records, loci, _sites -> [id, loci] })
            .join(WES_TMB.out.records.map { meta, records -> [meta.pair_id, records] })
            .map { row -> row.tail() },
        bundle,
        expression,
    )
    neoantigens = WES_NEOANTIGENS.out.records.join(WES_NEOANTIGENS.out.table).join(WES_NEOANTIGENS.out.proteins)
        .map { meta, records, table, proteins -> [meta.pair_id, [records, table, proteins]] }
        .mix(types.filter { _id, _record, table -> !table }.map { id, _record, _table -> [id, []] })

    // Everything of a pair: records and tables by name.
    found = known.map { id, _meta, _file, _tbi, _bed, _segments, records, mutations -> [id, [records, mutations]] }
        .join(copies)
        .join(msi.map { id, records, sites -> [id, [records, sites]] })
        .join(WES_SIGNATURES.out.records.map { meta, records -> [meta.pair_id, [records]] })
        .join(WES_TMB.out.records.map { meta, records -> [meta.pair_id, [records]] })
        .join(WES_DRIVERS.out.records.join(WES_DRIVERS.out.genes).map { meta, records, genes -> [meta.pair_id, [records, genes]] })
        .join(types.map { id, record, table -> [id, [record, table]] })
        .join(hla_loss.map { id, records, loci, sites -> [id, [records, loci, sites]] })
        .join(neoantigens)
        .map { row -> [row[0], row.tail().flatten()] }
    WES_PAIR(
        calls.join(callable).join(contamination).join(coverage).join(found)
            .map { _id, meta, file, tbi, bed, table, files, results -> [meta, file, tbi, bed, table, files, results] },
        bundle,
    )

    emit:
    folder = WES_PAIR.out.folder   // [meta(pair_id, ...), folder]
}
