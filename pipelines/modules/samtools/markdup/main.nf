// Lanes of one sample merged and duplicates marked in one stream. Lanes share a library, so duplicates count across them.
process SAMTOOLS_MARKDUP {
    tag "${meta.sample_id}"
    label 'process_medium'
    conda "${moduleDir}/../../../../containers/align/environment.yml"
    container 'wes-biomarkers/align:0.1.0'

    input:
    tuple val(meta), path(bams)   // meta: sample_id; bams: one coordinate-sorted file a lane, with mate score tags

    output:
    tuple val(meta), path("${meta.sample_id}.bam"), path("${meta.sample_id}.bam.bai"), emit: bam
    path '*.markdup.txt', emit: log
    tuple val(task.process), val('samtools'), eval('samtools version | sed -n "1s/samtools //p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def lanes = bams instanceof List ? bams.sort { bam -> bam.name } : [bams]
    def source = lanes.size() > 1 ? "samtools merge -u -c -p -o - ${lanes.join(' ')}" : "cat ${lanes[0]}"
    """
    ${source} \\
      | samtools markdup -@ ${task.cpus - 1} -T markdup -f ${meta.sample_id}.markdup.txt ${args} --write-index - ${meta.sample_id}.bam##idx##${meta.sample_id}.bam.bai
    """

    stub:
    """
    printf '@HD\\tVN:1.6\\tSO:coordinate\\n' | samtools view -b -o ${meta.sample_id}.bam -
    samtools index ${meta.sample_id}.bam
    touch ${meta.sample_id}.markdup.txt
    """
}
