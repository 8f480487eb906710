// Prior of read-orientation artefacts (FFPE deamination, 8-oxoguanine) of a pair.
process GATK_LEARNREADORIENTATIONMODEL {
    tag "${meta.pair_id}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(f1r2)   // meta: pair_id; f1r2: one a shard

    output:
    tuple val(meta), path('*.orientation.tar.gz'), emit: model
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def counts = f1r2 instanceof List ? f1r2.sort { file -> file.name } : [f1r2]
    """
    gatk --java-options "${task.ext.java_options}" LearnReadOrientationModel \\
        ${counts.collect { file -> "-I ${file}" }.join(' ')} ${args} -O ${meta.pair_id}.orientation.tar.gz
    """

    stub:
    """
    touch ${meta.pair_id}.orientation.tar.gz
    """
}
