// Altered driver genes and pathways of a pair, by mutations with copy number and by mutations alone.
process WES_DRIVERS {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    // meta: pair_id, patient_id, tumor_sample_id, normal_sample_id, sex; each of the last four may be []
    tuple val(meta), path(vcf), path(tbi), path(callable), path(segments), path(clonality), path(msi)
    path bundle

    output:
    tuple val(meta), path('*.drivers.json'), emit: records
    tuple val(meta), path('*.drivers.tsv'), emit: genes

    script:
    def args = task.ext.args ?: ''
    def known = [callable ? "--callable ${callable}" : '', segments ? "--segments ${segments}" : '',
                 clonality ? "--clonality ${clonality}" : '', msi ? "--msi-record ${msi}" : ''].join(' ')
    """
    wes-biomarkers feature drivers --vcf ${vcf} ${known} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --sex '${meta.sex ?: 'unknown'}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' \\
        ${args} --drivers-out ${meta.pair_id}.drivers.tsv -o ${meta.pair_id}.drivers.json
    """

    stub:
    """
    wes-biomarkers feature drivers --vcf ${vcf} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' \\
        --drivers-out ${meta.pair_id}.drivers.tsv -o ${meta.pair_id}.drivers.json
    """
}
