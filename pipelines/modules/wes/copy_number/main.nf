// Purity, ploidy, allele-specific segments, copy-number scores and gene calls of a pair.
process WES_COPY_NUMBER {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(cnr), path(cns), path(tumor), path(tumor_index), path(germline), path(germline_index)   // meta: pair_id, patient_id, sex; germline: of the normal
    path bundle
    path genes   // genes to call, one a line, or []

    output:
    tuple val(meta), path('*.copy_number.json'), path('*.segments.tsv'), path('*.gene_copies.tsv'), path('*.het_sites.tsv'), emit: copies

    script:
    def args = task.ext.args ?: ''
    def list = genes ? "--genes ${genes}" : ''
    """
    wes-biomarkers feature copy-number --cnr ${cnr} --cns ${cns} --germline-vcf ${germline} --tumor ${tumor} \\
        --reference ${bundle} --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' --sex '${meta.sex}' ${list} ${args} \\
        --segments-out ${meta.pair_id}.segments.tsv --genes-out ${meta.pair_id}.gene_copies.tsv \\
        --het-sites-out ${meta.pair_id}.het_sites.tsv -o ${meta.pair_id}.copy_number.json
    """

    stub:
    """
    printf 'chrom\\tstart\\tt_ref\\tt_alt\\tn_ref\\tn_alt\\n' > ${meta.pair_id}.het_sites.tsv
    printf 'chrom\\tstart\\tend\\tn_bin\\tlog2\\tn_het\\tbaf\\ttotal_cn\\tminor_cn\\tcell_fraction\\n' > stub.tsv
    wes-biomarkers feature copy-number --segments stub.tsv --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' \\
        --segments-out ${meta.pair_id}.segments.tsv --genes-out ${meta.pair_id}.gene_copies.tsv -o ${meta.pair_id}.copy_number.json
    """
}
