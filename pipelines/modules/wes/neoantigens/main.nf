// Neoantigen burden of a pair, and its ranked table of candidates.
process WES_NEOANTIGENS {
    tag "${meta.pair_id}"
    label 'process_medium'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    // meta: pair_id, patient_id, tumor_sample_id, normal_sample_id; hla: hla.tsv of the pair; germline: VCF of the normal; bam, bai: of the tumour; tmb: records. All but vcf and tbi may be []
    tuple val(meta), path(vcf), path(tbi), path(hla), path(germline), path(bam), path(bai), path(clonality), path(hla_loh), path(tmb), path(expression)
    path bundle

    output:
    tuple val(meta), path('*.neoantigens.json'), emit: records
    tuple val(meta), path('*.neoantigens.tsv'), emit: candidates
    tuple val(meta), path('*.proteins.fa'), emit: proteins
    tuple val(meta), path('*.neoantigens.svg'), emit: plot

    script:
    def args = task.ext.args ?: ''
    def known = [hla ? "--hla-table ${hla}" : '', germline ? "--germline ${germline}" : '', bam ? "--tumor-bam ${bam}" : '',
                 clonality ? "--clonality ${clonality}" : '', hla_loh ? "--hla-loh ${hla_loh}" : '', tmb ? "--tmb ${tmb}" : '',
                 expression ? "--expression ${expression}" : ''].join(' ')
    """
    wes-biomarkers feature neoantigens --vcf ${vcf} ${known} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' ${args} \\
        --table ${meta.pair_id}.neoantigens.tsv --fasta ${meta.pair_id}.proteins.fa --plot ${meta.pair_id}.neoantigens.svg -o ${meta.pair_id}.neoantigens.json
    """

    stub:
    """
    wes-biomarkers feature neoantigens --vcf ${vcf} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' \\
        --table ${meta.pair_id}.neoantigens.tsv --fasta ${meta.pair_id}.proteins.fa --plot ${meta.pair_id}.neoantigens.svg -o ${meta.pair_id}.neoantigens.json
    """
}
