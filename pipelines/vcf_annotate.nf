// Any somatic VCF to the one form that features read.
include { BCFTOOLS_ANNOTATE } from './modules/bcftools/annotate/main'

workflow VCF_ANNOTATE {
    take:
    vcf          // [meta(pair_id, ...), vcf, tbi or []]
    fasta_fai    // [genome.fa, fai]
    germline     // [vcf, tbi] or []
    annotation   // [gff3, tbi] or []

    main:
    BCFTOOLS_ANNOTATE(vcf, fasta_fai, germline, annotation)

    emit:
    vcf = BCFTOOLS_ANNOTATE.out.vcf   // [meta(pair_id, ...), vcf, tbi]
}
