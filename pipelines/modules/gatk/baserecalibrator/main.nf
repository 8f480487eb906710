// Base quality recalibration table of one sample, over the target.
process GATK_BASERECALIBRATOR {
    tag "${meta.sample_id}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(bam), path(bai), path(targets)   // meta: sample_id
    tuple path(fasta), path(fai), path(dict)
    path known_sites                                        // VCFs with their .tbi

    output:
    tuple val(meta), path('*.recal.table'), emit: table
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def sites = known_sites.findAll { file -> file.name.endsWith('.vcf.gz') }.collect { file -> "--known-sites ${file}" }.join(' ')
    """
    gatk --java-options "${task.ext.java_options}" BaseRecalibrator \\
        -R ${fasta} -I ${bam} -L ${targets} -ip 100 ${sites} ${args} -O ${meta.sample_id}.recal.table
    """

    stub:
    """
    touch ${meta.sample_id}.recal.table
    """
}
