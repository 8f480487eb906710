// A text as one word of a shell script.
def quoted(text) {
    return "'" + text.toString().replace("'", "'\\''") + "'"
}

// Reads the samplesheet and works out samples, lanes and tumour-normal pairs; rules across rows live in Python.
process WES_RESOLVE {
    tag "${sheet.name}"
    label 'process_single'
    label 'required'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple path(sheet, stageAs: 'sheet/*'), val(base_dir)   // base_dir: where the sheet's relative paths start
    path bundle                                             // reference bundle folder
    val path_map                                            // list of OLD=NEW path prefixes

    output:
    path 'resolved.json', emit: resolved
    tuple val(task.process), val('wes-biomarkers'), eval('wes-biomarkers --version | grep -oE "[0-9.]+$"'), topic: versions
    tuple val(task.process), val('multiqc'), eval('multiqc --version 2>/dev/null | grep -oE "[0-9.]+$"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def maps = path_map.collect { entry -> "--path-map ${quoted(entry)}" }.join(' ')
    """
    wes-biomarkers task resolve ${sheet} --base-dir ${quoted(base_dir)} --reference ${bundle} ${maps} ${args} --out resolved.json
    """

    stub:
    def maps = path_map.collect { entry -> "--path-map ${quoted(entry)}" }.join(' ')
    """
    wes-biomarkers task resolve ${sheet} --base-dir ${quoted(base_dir)} --reference ${bundle} ${maps} --out resolved.json
    """
}
