// Tumour mutational burden of a pair by every definition.
process WES_TMB {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(vcf), path(tbi), path(callable)   // meta: pair_id, patient_id, tumor_name, normal_name; callable may be []
    path bundle

    output:
    tuple val(meta), path('*.tmb.json'), emit: records

    script:
    def args = task.ext.args ?: ''
    def bed = callable ? "--callable ${callable}" : ''
    """
    wes-biomarkers feature tmb --vcf ${vcf} ${bed} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --specimen '${meta.specimen}' --tumor '${meta.tumor_name}' --normal '${meta.normal_name}' ${args} -o ${meta.pair_id}.tmb.json
    """

    stub:
    def bed = callable ? "--callable ${callable}" : ''
    """
    wes-biomarkers feature tmb --vcf ${vcf} ${bed} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --specimen '${meta.specimen}' --tumor '${meta.tumor_name}' --normal '${meta.normal_name}' -o ${meta.pair_id}.tmb.json
    """
}
