// Multiplicity, cancer cell fraction and clonality of each mutation of a pair.
process WES_CLONALITY {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(vcf), path(tbi), path(segments), path(purity)   // meta: pair_id, patient_id, tumor_sample_id, normal_sample_id, specimen, sex; purity: records
    path bundle

    output:
    tuple val(meta), path('*.clonality.json'), emit: records
    tuple val(meta), path('*.clonality.tsv'), emit: mutations

    script:
    def args = task.ext.args ?: ''
    """
    wes-biomarkers feature clonality --vcf ${vcf} --segments ${segments} --purity-record ${purity} --reference ${bundle} \\
        --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' --sex '${meta.sex ?: 'unknown'}' --specimen '${meta.specimen}' \\
        --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' ${args} \\
        --variants-out ${meta.pair_id}.clonality.tsv -o ${meta.pair_id}.clonality.json
    """

    stub:
    """
    wes-biomarkers feature clonality --vcf ${vcf} --segments ${segments} --purity-record ${purity} --reference ${bundle} \\
        --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' \\
        --variants-out ${meta.pair_id}.clonality.tsv -o ${meta.pair_id}.clonality.json
    """
}
