// Read counts, duplicates and insert sizes of one sample.
process SAMTOOLS_STATS {
    tag "${meta.sample_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/align/environment.yml"
    container 'wes-biomarkers/align:0.1.0'

    input:
    tuple val(meta), path(bam), path(bai)   // meta: sample_id
    tuple path(fasta), path(fai)

    output:
    tuple val(meta), path('*.stats.txt'), emit: stats
    tuple val(task.process), val('samtools'), eval('samtools version | sed -n "1s/samtools //p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    """
    samtools stats -@ ${task.cpus - 1} --reference ${fasta} ${args} ${bam} > ${meta.sample_id}.stats.txt
    """

    stub:
    """
    printf 'SN\\treads mapped:\\t0\\nSN\\treads duplicated:\\t0\\nSN\\traw total sequences:\\t0\\n' > ${meta.sample_id}.stats.txt
    """
}
