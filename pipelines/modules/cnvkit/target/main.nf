// The bins of a capture kit: its intervals, long ones cut into pieces of about equal length.
process CNVKIT_TARGET {
    tag "${meta.targets}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/cnvkit/environment.yml"
    container 'wes-biomarkers/cnvkit:0.1.0'

    input:
    tuple val(meta), path(targets, stageAs: 'in/*')   // meta: targets

    output:
    tuple val(meta), path('*.target.bed'), emit: bed

    script:
    def args = task.ext.args ?: ''
    """
    cnvkit.py target ${targets} --split ${args} -o ${meta.targets}.target.bed
    """

    stub:
    """
    cp ${targets} ${meta.targets}.target.bed
    """
}
