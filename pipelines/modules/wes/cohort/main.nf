// The study index (with failed pairs and why) and the cohort tables.
process WES_COHORT {
    label 'process_medium'
    label 'required'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    path resolved
    path bundle
    path completed                          // lines: stage, id
    path versions                           // lines: tool, version
    path folders, stageAs: 'pairs/*'        // one a finished pair
    path patients, stageAs: 'patients/*'    // one a patient with several finished pairs
    path clinical, stageAs: 'clinical/*'    // file or []
    path toxicity, stageAs: 'toxicity/*'    // file or []
    path assessments, stageAs: 'assessments/*'          // file or []
    path endpoint_rules, stageAs: 'endpoint_rules/*'    // file or []
    path exclude, stageAs: 'exclude/*'      // file or []
    path proteomics, stageAs: 'proteomics/*'                    // file or []
    path proteomics_sample, stageAs: 'proteomics_sample/*'      // file or []
    path proteomics_settings, stageAs: 'proteomics_settings/*'  // file or []
    val settings                            // parameters that shape values, as JSON

    output:
    path 'cohort', emit: cohort
    path 'study.json', emit: study

    script:
    def args = task.ext.args ?: ''
    def tables = [
        clinical ? "--clinical ${clinical}" : '', toxicity ? "--toxicity ${toxicity}" : '', exclude ? "--exclude ${exclude}" : '',
        assessments ? "--assessments ${assessments}" : '', endpoint_rules ? "--endpoint-rules ${endpoint_rules}" : '',
    ].join(' ')
    def proteins = [
        proteomics ? "--proteomics ${proteomics}" : '', proteomics_sample ? "--proteomics-sample ${proteomics_sample}" : '',
        proteomics_settings ? "--proteomics-settings ${proteomics_settings}" : '',
    ].join(' ')
    """
    wes-biomarkers task study --resolved ${resolved} --reference ${bundle} --completed ${completed} --versions ${versions} --parameters '${settings}' -o study.json
    wes-biomarkers cohort build . --out cohort ${tables} ${proteins} ${args}
    """

    stub:
    def tables = [
        clinical ? "--clinical ${clinical}" : '', toxicity ? "--toxicity ${toxicity}" : '', exclude ? "--exclude ${exclude}" : '',
        assessments ? "--assessments ${assessments}" : '', endpoint_rules ? "--endpoint-rules ${endpoint_rules}" : '',
    ].join(' ')
    def proteins = [
        proteomics ? "--proteomics ${proteomics}" : '', proteomics_sample ? "--proteomics-sample ${proteomics_sample}" : '',
        proteomics_settings ? "--proteomics-settings ${proteomics_settings}" : '',
    ].join(' ')
    """
    wes-biomarkers task study --resolved ${resolved} --reference ${bundle} --completed ${completed} --versions ${versions} --parameters '${settings}' -o study.json
    wes-biomarkers cohort build . --out cohort ${tables} ${proteins}
    """
}
