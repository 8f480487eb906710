// Quality of reads, alignment and coverage over all samples, and the biomarkers beside it. It waits for the cohort, and the
// cohort for all versions: its own version is told by WES_RESOLVE.
process MULTIQC_REPORT {
    label 'process_low'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    path logs, stageAs: 'logs/*'

    output:
    path 'multiqc_report.html', emit: html
    path 'multiqc_report_data', emit: data, optional: true

    script:
    def args = task.ext.args ?: ''
    """
    multiqc logs --no-version-check --quiet --filename multiqc_report ${args}
    """

    stub:
    """
    touch multiqc_report.html
    """
}
