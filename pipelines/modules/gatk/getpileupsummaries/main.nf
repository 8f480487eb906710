// Allele counts of one sample at common population sites of the target.
process GATK_GETPILEUPSUMMARIES {
    tag "${meta.sample_id}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(bam), path(bai), path(targets)   // meta: sample_id
    tuple path(fasta), path(fai), path(dict)
    path common, stageAs: 'common/*'                        // [vcf, tbi]

    output:
    tuple val(meta), path('*.pileups.table'), emit: table
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    """
    gatk --java-options "${task.ext.java_options}" GetPileupSummaries \\
        -R ${fasta} -I ${bam} -V ${common[0]} -L ${targets} ${args} -O ${meta.sample_id}.pileups.table
    """

    stub:
    """
    touch ${meta.sample_id}.pileups.table
    """
}
