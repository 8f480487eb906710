// Coverage of the target in one sample.
process MOSDEPTH_COVERAGE {
    tag "${meta.sample_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/align/environment.yml"
    container 'wes-biomarkers/align:0.1.0'

    input:
    tuple val(meta), path(bam), path(bai), path(targets)   // meta: sample_id
    tuple path(fasta), path(fai)

    output:
    tuple val(meta), path('*.thresholds.bed.gz'), path('*.regions.bed.gz'), emit: coverage
    path '*.{mosdepth.global.dist.txt,mosdepth.region.dist.txt,mosdepth.summary.txt}', emit: log
    tuple val(task.process), val('mosdepth'), eval('mosdepth --version | sed "s/mosdepth //"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    """
    mosdepth --threads ${Math.min(task.cpus, 4)} --fasta ${fasta} --by ${targets} --no-per-base \\
        --thresholds 1,10,20,30,50,100 --mapq 20 ${args} ${meta.sample_id} ${bam}
    """

    stub:
    """
    awk -v OFS='\\t' '{print \$1, \$2, \$3, "unknown", 0, 0, 0, 0, 0, 0}' ${targets} \\
      | { printf '#chrom\\tstart\\tend\\tregion\\t1X\\t10X\\t20X\\t30X\\t50X\\t100X\\n'; cat; } | gzip -n > ${meta.sample_id}.thresholds.bed.gz
    awk -v OFS='\\t' '{print \$1, \$2, \$3, 0}' ${targets} | gzip -n > ${meta.sample_id}.regions.bed.gz
    touch ${meta.sample_id}.mosdepth.global.dist.txt ${meta.sample_id}.mosdepth.region.dist.txt ${meta.sample_id}.mosdepth.summary.txt
    """
}
