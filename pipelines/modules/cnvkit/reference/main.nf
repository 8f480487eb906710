// The expected log2 depth of each bin of a kit: from the run's normals, or the same for all where there are too few.
process CNVKIT_REFERENCE {
    tag "${meta.targets}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/cnvkit/environment.yml"
    container 'wes-biomarkers/cnvkit:0.1.0'

    input:
    tuple val(meta), path(bins), path(normals)   // meta: targets; normals: coverage files, or [] for a flat reference
    tuple path(fasta), path(fai)

    output:
    tuple val(meta), path('*.reference.cnn'), emit: reference
    tuple val(task.process), val('cnvkit'), eval('cnvkit.py version'), topic: versions
    tuple val(task.process), val('DNAcopy'), eval('Rscript -e "cat(format(packageVersion(\'DNAcopy\')))"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def source = normals ? "${normals}" : "--targets ${bins}"
    """
    cnvkit.py reference ${source} --fasta ${fasta} ${args} -o ${meta.targets}.reference.cnn
    """

    stub:
    """
    printf 'chromosome\\tstart\\tend\\tgene\\tlog2\\tdepth\\n' > ${meta.targets}.reference.cnn
    """
}
