// Candidates of a pair judged: PASS or the reasons why not.
process GATK_FILTERMUTECTCALLS {
    tag "${meta.pair_id}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(vcf), path(tbi), path(stats), path(model), path(contamination), path(segments)   // meta: pair_id; the last two may be []
    tuple path(fasta), path(fai), path(dict)

    output:
    tuple val(meta), path('*.filtered.vcf.gz'), path('*.filtered.vcf.gz.tbi'), emit: vcf
    path '*.filteringStats.tsv', emit: log, optional: true
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def table = contamination ? "--contamination-table ${contamination} --tumor-segmentation ${segments}" : ''
    """
    gatk --java-options "${task.ext.java_options}" FilterMutectCalls \\
        -R ${fasta} -V ${vcf} --stats ${stats} --ob-priors ${model} ${table} ${args} -O ${meta.pair_id}.filtered.vcf.gz
    """

    stub:
    """
    cp -L ${vcf} ${meta.pair_id}.filtered.vcf.gz
    tabix -p vcf ${meta.pair_id}.filtered.vcf.gz
    """
}
