// Tumour mutational burden of a pair by every definition.
process WES_TMB {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(vcf), path(tbi), path(callable), path(clonality)   // meta: pair_id, patient_id, tumor_sample_id, normal_sample_id; the last two may be []
    path bundle

    output:
    tuple val(meta), path('*.tmb.json'), emit: records

    script:
    def args = task.ext.args ?: ''
    def known = [callable ? "--callable ${callable}" : '', clonality ? "--clonality ${clonality}" : ''].join(' ')
    """
    wes-biomarkers feature tmb --vcf ${vcf} ${known} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --specimen '${meta.specimen}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' ${args} -o ${meta.pair_id}.tmb.json
    """

    stub:
    def known = [callable ? "--callable ${callable}" : '', clonality ? "--clonality ${clonality}" : ''].join(' ')
    """
    wes-biomarkers feature tmb --vcf ${vcf} ${known} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --specimen '${meta.specimen}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' -o ${meta.pair_id}.tmb.json
    """
}
