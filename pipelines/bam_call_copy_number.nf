// Copy number of each tumour: depth in bins against the run's normals, CBS, then allele-specific copies and purity.
include { CNVKIT_TARGET    } from './modules/cnvkit/target/main'
include { CNVKIT_COVERAGE  } from './modules/cnvkit/coverage/main'
include { CNVKIT_REFERENCE } from './modules/cnvkit/reference/main'
include { CNVKIT_BATCH     } from './modules/cnvkit/batch/main'
include { WES_COPY_NUMBER  } from './modules/wes/copy_number/main'

workflow BAM_CALL_COPY_NUMBER {
    take:
    pair_bams     // [meta(pair_id, ...), tumour bam, index, normal bam, index, target bed]
    germline      // [sample_id, vcf, tbi] of the normals
    min_normals   // fewest normals of a kit that are pooled; with fewer the reference is flat
    fasta_fai     // [genome.fa, fai]
    bundle        // reference bundle folder
    genes         // genes to call, one a line, or []

    main:
    kits = pair_bams.map { row -> [[targets: row[0].targets], row[5]] }.unique { row -> row[0] }
    CNVKIT_TARGET(kits)
    bins = CNVKIT_TARGET.out.bed.map { meta, bed -> [meta.targets, bed] }

    // Depth of a normal once, whatever the number of its pairs. One that fails does not stop the pool of the others.
    normals = pair_bams
        .map { meta, _tumor, _tumor_index, normal, normal_index, _targets ->
            [meta.targets, [sample_id: meta.normal_sample_id, targets: meta.targets], normal, normal_index]
        }
        .unique { row -> row[1] }
        .combine(bins, by: 0)
        .map { _kit, meta, bam, index, bed -> [meta, bam, index, bed] }
    CNVKIT_COVERAGE(normals, fasta_fai)
    pooled = CNVKIT_COVERAGE.out.coverage.map { meta, cnn -> [meta.targets, cnn] }.groupTuple()
    references = bins
        .join(pooled, remainder: true)
        .filter { _kit, bed, _cnn -> bed }
        .combine(min_normals)
        .map { kit, bed, cnn, least -> [[targets: kit], bed, cnn && cnn.size() >= least ? cnn.sort { file -> file.name } : []] }
    CNVKIT_REFERENCE(references, fasta_fai)

    tumors = pair_bams
        .map { meta, tumor, tumor_index, _normal, _normal_index, _targets -> [meta.targets, meta, tumor, tumor_index] }
        .combine(CNVKIT_REFERENCE.out.reference.map { meta, cnn -> [meta.targets, cnn] }, by: 0)
        .map { _kit, meta, tumor, tumor_index, cnn -> [meta, tumor, tumor_index, cnn] }
    CNVKIT_BATCH(tumors, fasta_fai)

    evidence = pair_bams
        .map { meta, tumor, tumor_index, _normal, _normal_index, _targets -> [meta.normal_sample_id, meta.pair_id, tumor, tumor_index] }
        .combine(germline, by: 0)
        .map { _normal, id, tumor, tumor_index, vcf, tbi -> [id, tumor, tumor_index, vcf, tbi] }
    WES_COPY_NUMBER(
        CNVKIT_BATCH.out.segments
            .map { meta, cnr, cns -> [meta.pair_id, meta, cnr, cns] }
            .join(evidence)
            .map { _id, meta, cnr, cns, tumor, tumor_index, vcf, tbi -> [meta, cnr, cns, tumor, tumor_index, vcf, tbi] },
        bundle,
        genes,
    )

    emit:
    copies = WES_COPY_NUMBER.out.copies
        .map { meta, records, segments, table, sites -> [meta.pair_id, records, segments, table, sites] }
        .join(CNVKIT_BATCH.out.segments.map { meta, cnr, _cns -> [meta.pair_id, cnr] })
        .map { id, records, segments, table, sites, cnr -> [id, [records, segments, table, sites, cnr]] }   // [pair_id, [records, segments, gene copies, heterozygous sites, log ratios]]
}
