// Callable-site statistics of a pair's shards, added up.
process GATK_MERGEMUTECTSTATS {
    tag "${meta.pair_id}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(stats)   // meta: pair_id; stats: one a shard

    output:
    tuple val(meta), path('*.merged.stats'), emit: stats
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    """
    gatk --java-options "${task.ext.java_options}" MergeMutectStats \\
        ${stats.collect { file -> "-stats ${file}" }.join(' ')} -O ${meta.pair_id}.merged.stats
    """

    stub:
    """
    touch ${meta.pair_id}.merged.stats
    """
}
