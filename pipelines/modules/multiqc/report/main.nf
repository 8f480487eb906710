// Quality of reads, alignment and coverage over all samples.
process MULTIQC_REPORT {
    label 'process_low'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    path logs, stageAs: 'logs/*'

    output:
    path 'multiqc_report.html', emit: html
    path 'multiqc_report_data', emit: data, optional: true
    tuple val(task.process), val('multiqc'), eval('multiqc --version 2>/dev/null | grep -oE "[0-9.]+$"'), topic: versions

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
