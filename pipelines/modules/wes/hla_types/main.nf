// The HLA types that count for a pair: those of the sheet, else of the normal's reads, else of the tumour's.
process WES_HLA_TYPES {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(normal, stageAs: 'normal/*'), path(tumor, stageAs: 'tumor/*')   // meta: pair_id, patient_id, hla; each typing may be absent: []
    path bundle

    output:
    tuple val(meta), path('*.hla.tsv'), emit: types
    tuple val(meta), path('*.hla.json'), emit: records

    script:
    def args = task.ext.args ?: ''
    def typed = (normal ? "--typed ${normal} " : '') + (tumor ? "--tumor-typed ${tumor} " : '') + (meta.hla ? "--types '${meta.hla}'" : '')
    """
    wes-biomarkers feature hla ${typed} --reference ${bundle} --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' \\
        ${args} --table ${meta.pair_id}.hla.tsv -o ${meta.pair_id}.hla.json
    """

    stub:
    def typed = (normal ? "--typed ${normal} " : '') + (tumor ? "--tumor-typed ${tumor} " : '') + (meta.hla ? "--types '${meta.hla}'" : '')
    """
    wes-biomarkers feature hla ${typed} --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' \\
        --table ${meta.pair_id}.hla.tsv -o ${meta.pair_id}.hla.json
    """
}
