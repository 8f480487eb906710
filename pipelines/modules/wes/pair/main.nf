// Everything published about a pair, in its folder: calls, MAF, callable regions, quality, records.
process WES_PAIR {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(vcf), path(tbi), path(callable), path(contamination), path(coverage, stageAs: 'coverage/*'), path(results)   // results: records (json) and tables
    path bundle

    output:
    tuple val(meta), path("${meta.pair_id}"), emit: folder

    script:
    def args = task.ext.args ?: ''
    def optional = [callable ? "--callable ${callable}" : '', contamination ? "--contamination ${contamination}" : '', coverage ? '--coverage coverage' : ''].join(' ')
    """
    wes-biomarkers task pair --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' \\
        --normal '${meta.normal_sample_id}' --vcf ${vcf} ${optional} --reference ${bundle} ${args} --out ${meta.pair_id} ${results}
    """

    stub:
    def optional = [callable ? "--callable ${callable}" : '', contamination ? "--contamination ${contamination}" : '', coverage ? '--coverage coverage' : ''].join(' ')
    """
    wes-biomarkers task pair --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' \\
        --normal '${meta.normal_sample_id}' --vcf ${vcf} ${optional} --reference ${bundle} --out ${meta.pair_id} ${results}
    """
}
