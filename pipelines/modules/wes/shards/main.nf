// Capture kits cut into shards for calling. Apart from the samplesheet, so that a new patient recalls nobody.
process WES_SHARDS {
    tag "${bundle.name}"
    label 'process_single'
    label 'required'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    path bundle   // reference bundle folder

    output:
    path 'shards/*.bed', emit: shards   // <targets>.<number>.bed

    script:
    def args = task.ext.args ?: ''
    """
    wes-biomarkers task shards --reference ${bundle} ${args} --out shards
    """

    stub:
    """
    wes-biomarkers task shards --reference ${bundle} --out shards
    """
}
