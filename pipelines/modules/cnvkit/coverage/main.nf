// Read depth of one normal in each bin of a kit. Duplicates do not count.
process CNVKIT_COVERAGE {
    tag "${meta.sample_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/cnvkit/environment.yml"
    container 'wes-biomarkers/cnvkit:0.1.0'

    input:
    tuple val(meta), path(bam), path(bai), path(bins)   // meta: sample_id, targets
    tuple path(fasta), path(fai)

    output:
    tuple val(meta), path('*.targetcoverage.cnn'), emit: coverage

    script:
    def args = task.ext.args ?: ''
    """
    cnvkit.py coverage ${bam} ${bins} --fasta ${fasta} --processes 1 ${args} -o ${meta.sample_id}.targetcoverage.cnn
    """

    stub:
    """
    printf 'chromosome\\tstart\\tend\\tgene\\tlog2\\tdepth\\n' > ${meta.sample_id}.targetcoverage.cnn
    """
}
