// Mutational signatures of a pair: SBS96, DBS78 and ID83.
process WES_SIGNATURES {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(vcf), path(tbi)   // meta: pair_id, patient_id, tumor_sample_id, normal_sample_id
    path bundle

    output:
    tuple val(meta), path('*.signatures.json'), emit: records

    script:
    def args = task.ext.args ?: ''
    """
    wes-biomarkers feature signatures --vcf ${vcf} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' ${args} \\
        -o ${meta.pair_id}.signatures.json
    """

    stub:
    """
    wes-biomarkers feature signatures --vcf ${vcf} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' --bootstrap 0 \\
        -o ${meta.pair_id}.signatures.json
    """
}
