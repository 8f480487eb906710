// One self-contained HTML page about the cohort, and its sections for MultiQC.
process WES_REPORT {
    label 'process_single'
    label 'required'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    path cohort

    output:
    path 'index.html', emit: html
    path 'multiqc/*_mqc.json', emit: multiqc, optional: true

    script:
    def args = task.ext.args ?: ''
    """
    wes-biomarkers report ${cohort} ${args} -o index.html --multiqc multiqc
    """

    stub:
    """
    wes-biomarkers report ${cohort} -o index.html --multiqc multiqc
    """
}
