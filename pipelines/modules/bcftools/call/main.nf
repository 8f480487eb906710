// Germline small variants of one normal in its target, one allele a line, left-aligned; weak calls are marked.
// Header lines that name paths or commands are dropped, so that equal calls are equal bytes.
process BCFTOOLS_CALL {
    tag "${meta.sample_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/bcftools/environment.yml"
    container 'wes-biomarkers/bcftools:0.1.0'

    input:
    tuple val(meta), path(bam), path(bai), path(targets)   // meta: sample_id
    tuple path(fasta), path(fai)

    output:
    tuple val(meta), path('germline.vcf.gz'), path('germline.vcf.gz.tbi'), emit: vcf
    tuple val(task.process), val('bcftools'), eval('bcftools version | sed -n "1s/bcftools //p"'), topic: versions

    script:
    def args = task.ext.args ?: '-q 20 -Q 20 -d 2000'
    def args_filter = task.ext.args_filter ?: "-e 'QUAL<20 || FORMAT/DP<8'"
    """
    bcftools mpileup --no-version ${args} -a FORMAT/AD,FORMAT/DP -f ${fasta} -R ${targets} -Ou ${bam} \\
      | bcftools call --no-version -m -v -a GQ -Ou - \\
      | bcftools norm --no-version -m -any -f ${fasta} -Ou - | bcftools sort -T sort -Ou - \\
      | bcftools norm --no-version -d exact -Ou - \\
      | bcftools filter --no-version ${args_filter} -s weak -Ov - \\
      | grep -vE '^##(reference=|bcftools)' | bgzip -c > germline.vcf.gz
    tabix -p vcf germline.vcf.gz
    """

    stub:
    """
    { printf '##fileformat=VCFv4.2\\n'; awk '{print "##contig=<ID=" \$1 ",length=" \$2 ">"}' ${fai}
      printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\\n'
      printf '#CHROM\\tPOS\\tID\\tREF\\tALT\\tQUAL\\tFILTER\\tINFO\\tFORMAT\\t${meta.sample_id}\\n'; } \\
      | bgzip -c > germline.vcf.gz
    tabix -p vcf germline.vcf.gz
    """
}
