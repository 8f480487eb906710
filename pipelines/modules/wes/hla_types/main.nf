// HLA types of a pair: those of the samplesheet, else the normal's, else the tumour's; and where they disagree.
process WES_HLA_TYPES {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(normal, stageAs: 'normal/*'), path(tumor, stageAs: 'tumor/*')   // meta: pair_id, patient_id, hla; tables of typed samples, or []
    path bundle

    output:
    tuple val(meta), path('*.hla.json'), emit: records
    tuple val(meta), path('*.hla.tsv'), emit: types

    script:
    def args = task.ext.args ?: ''
    def sources = [normal ? "--typed ${normal}" : '', tumor ? "--tumor-typed ${tumor}" : '', meta.hla ? "--types '${meta.hla}'" : ''].join(' ')
    """
    wes-biomarkers feature hla ${sources} --reference ${bundle} --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' \\
        ${args} --table ${meta.pair_id}.hla.tsv -o ${meta.pair_id}.hla.json
    """

    stub:
    def sources = [normal ? "--typed ${normal}" : '', tumor ? "--tumor-typed ${tumor}" : '', meta.hla ? "--types '${meta.hla}'" : ''].join(' ')
    """
    wes-biomarkers feature hla ${sources} --reference ${bundle} --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' \\
        --table ${meta.pair_id}.hla.tsv -o ${meta.pair_id}.hla.json
    """
}
