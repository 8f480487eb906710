// Fraction of reads from another person in a tumour, with its normal as the guide.
process GATK_CALCULATECONTAMINATION {
    tag "${meta.pair_id}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(tumor, stageAs: 'tumor/*'), path(normal, stageAs: 'normal/*')   // meta: pair_id; pileup tables

    output:
    tuple val(meta), path('*.contamination.table'), path('*.segments.table'), emit: table
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    """
    gatk --java-options "${task.ext.java_options}" CalculateContamination \\
        -I ${tumor} -matched ${normal} ${args} \\
        --tumor-segmentation ${meta.pair_id}.segments.table -O ${meta.pair_id}.contamination.table
    """

    stub:
    """
    printf 'sample\\tcontamination\\terror\\nstub\\t0.0\\t0.0\\n' > ${meta.pair_id}.contamination.table
    touch ${meta.pair_id}.segments.table
    """
}
