// Recalibrated base qualities written into one sample's alignment. A lane without reads on target keeps its own.
process GATK_APPLYBQSR {
    tag "${meta.sample_id}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(bam, stageAs: 'in/*'), path(bai, stageAs: 'in/*'), path(table)   // meta: sample_id
    tuple path(fasta), path(fai), path(dict)

    output:
    tuple val(meta), path("${meta.sample_id}.bam"), path("${meta.sample_id}.bam.bai"), emit: bam
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    """
    gatk --java-options "${task.ext.java_options}" ApplyBQSR \\
        -R ${fasta} -I ${bam} --bqsr-recal-file ${table} --allow-missing-read-group ${args} -O ${meta.sample_id}.bam
    mv ${meta.sample_id}.bai ${meta.sample_id}.bam.bai
    """

    stub:
    """
    printf '@HD\\tVN:1.6\\tSO:coordinate\\n' > empty.sam
    samtools view -b -o ${meta.sample_id}.bam empty.sam
    samtools index ${meta.sample_id}.bam
    """
}
