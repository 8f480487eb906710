// Depth of a tumour in the bins of the reference, log ratios corrected for GC and repeats, and their segments by CBS:
// three steps of CNVkit in one start of Python. Duplicates do not count, nor do reads outside the targets. The segments'
// intervals (columns 9 and 10) are left out: CNVkit draws them at random, and equal inputs must give equal bytes.
process CNVKIT_BATCH {
    tag "${meta.pair_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/cnvkit/environment.yml"
    container 'wes-biomarkers/cnvkit:0.1.0'

    input:
    tuple val(meta), path(bam), path(bai), path(reference)   // meta: pair_id; tumour
    tuple path(fasta), path(fai)

    output:
    tuple val(meta), path('*.cnr'), path('*.cns'), emit: segments

    script:
    def args = task.ext.args ?: '--drop-low-coverage'
    """
    cnvkit.py batch ${bam} --reference ${reference} --fasta ${fasta} --seq-method hybrid --segment-method cbs \\
        --processes 1 ${args} --output-dir made
    rm -f made/*.call.cns made/*.bintest.cns
    mv made/*.cnr ${meta.pair_id}.cnr
    cut -f 1-8 made/*.cns > ${meta.pair_id}.cns
    """

    stub:
    """
    printf 'chromosome\\tstart\\tend\\tgene\\tlog2\\tdepth\\tweight\\n' > ${meta.pair_id}.cnr
    printf 'chromosome\\tstart\\tend\\tgene\\tlog2\\tdepth\\tprobes\\tweight\\n' > ${meta.pair_id}.cns
    """
}
