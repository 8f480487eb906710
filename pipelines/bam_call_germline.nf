// Germline small variants of each normal in its target: heterozygous sites for copy number, phasing, concordance.
include { BCFTOOLS_CALL } from './modules/bcftools/call/main'

workflow BAM_CALL_GERMLINE {
    take:
    pair_bams   // [meta(pair_id, ...), tumour bam, index, normal bam, index, target bed]
    fasta_fai   // [genome.fa, fai]

    main:
    // A normal shared by several tumours is called once.
    normals = pair_bams
        .map { meta, _tumor, _tumor_index, normal, normal_index, targets -> [[sample_id: meta.normal_sample_id], normal, normal_index, targets] }
        .unique { row -> row[0] }
    BCFTOOLS_CALL(normals, fasta_fai)

    emit:
    vcf = BCFTOOLS_CALL.out.vcf.map { meta, vcf, tbi -> [meta.sample_id, vcf, tbi] }   // [sample_id, vcf, tbi]
}
