// Callable regions of a pair: target bases deep enough in tumour and normal, counted as the caller counts them
// (base quality >= 10, mapping quality >= 20, no duplicates, overlapping mates once).
process SAMTOOLS_DEPTH {
    tag "${meta.pair_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(tumor, stageAs: 'tumor/*'), path(tumor_index, stageAs: 'tumor/*'), path(normal, stageAs: 'normal/*'), path(normal_index, stageAs: 'normal/*'), path(targets)   // meta: pair_id
    tuple path(fasta), path(fai)

    output:
    tuple val(meta), path('*.callable.bed.gz'), emit: callable
    tuple val(task.process), val('samtools'), eval('samtools version | sed -n "1s/samtools //p"'), topic: versions

    script:
    def args = task.ext.args ?: '-q 10 -Q 20 -s'
    def args_callable = task.ext.args_callable ?: ''
    """
    samtools depth ${args} -b ${targets} --reference ${fasta} ${tumor} ${normal} \\
      | wes-biomarkers task callable ${args_callable} --out ${meta.pair_id}.callable.bed.gz
    """

    stub:
    """
    wes-biomarkers task callable --out ${meta.pair_id}.callable.bed.gz < /dev/null
    """
}
