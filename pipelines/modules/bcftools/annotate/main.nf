// Calls of a pair in one form: one allele a line, left-aligned, population frequency, consequence of each transcript.
// csq reads no genotypes (-s -): those of split multiallelic calls, such as 0/0/1, would stop it.
// Header lines that name times, paths or commands are dropped, so that equal calls are equal bytes; two name the samples.
process BCFTOOLS_ANNOTATE {
    tag "${meta.pair_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/bcftools/environment.yml"
    container 'wes-biomarkers/bcftools:0.1.0'

    input:
    tuple val(meta), path(vcf, stageAs: 'in/*'), path(tbi, stageAs: 'in/*')   // meta: pair_id, tumor_sample_id, normal_sample_id
    tuple path(fasta), path(fai)
    path germline, stageAs: 'germline/*'      // [vcf, tbi] or []
    path annotation, stageAs: 'annotation/*'  // [gff3, tbi] or []

    output:
    tuple val(meta), path('*.somatic.vcf.gz'), path('*.somatic.vcf.gz.tbi'), emit: vcf
    tuple val(task.process), val('bcftools'), eval('bcftools version | sed -n "1s/bcftools //p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def frequency = germline ? "-a ${germline[0]} -c 'INFO/POP_AF:=INFO/AF'" : ''
    def consequence = annotation ? "| bcftools csq --no-version --local-csq -s - -f ${fasta} -g ${annotation[0]} ${args} -Ou -" : ''
    """
    bcftools norm --no-version -m -any -f ${fasta} --check-ref e -Ou ${vcf} | bcftools sort -Ob -T sort -o sorted.bcf -
    bcftools index sorted.bcf
    bcftools annotate --no-version ${frequency} -Ou sorted.bcf \\
      ${consequence} \\
      | bcftools view --no-version -Ov - \\
      | grep -vE '^##(GATKCommandLine|reference=|source=|bcftools|fileDate|commandline|command=|tumor_sample|normal_sample)' \\
      | sed 's/^#CHROM/##tumor_sample=${meta.tumor_sample_id}\\n##normal_sample=${meta.normal_sample_id}\\n#CHROM/' \\
      | bgzip -c > ${meta.pair_id}.somatic.vcf.gz
    tabix -p vcf ${meta.pair_id}.somatic.vcf.gz
    """

    stub:
    """
    bcftools view --no-version -Oz -o ${meta.pair_id}.somatic.vcf.gz ${vcf}
    tabix -p vcf ${meta.pair_id}.somatic.vcf.gz
    """
}
