// Neoantigens of a pair: burden, the ranked table of candidates, and the mutated proteins.
process WES_NEOANTIGENS {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(vcf), path(tbi), path(types), path(tumor, stageAs: 'tumor/*'), path(tumor_index, stageAs: 'tumor/*'), path(germline), path(germline_index), path(clonality), path(losses), path(tmb)   // meta: pair_id, patient_id, tumor_sample_id, normal_sample_id; tmb: records; from the tumour on each may be []
    path bundle
    path expression

    output:
    tuple val(meta), path('*.neoantigens.json'), emit: records
    tuple val(meta), path('*.neoantigens.tsv'), emit: table
    tuple val(meta), path('*.mutated_proteins.fa.gz'), emit: proteins

    script:
    def args = task.ext.args ?: ''
    def optional = [
        tumor ? "--tumor-bam ${tumor}" : '', germline ? "--germline ${germline}" : '', clonality ? "--clonality ${clonality}" : '',
        losses ? "--hla-loh ${losses}" : '', expression ? "--expression ${expression}" : '',
    ].join(' ')
    """
    wes-biomarkers feature neoantigens --vcf ${vcf} --reference ${bundle} --hla-table ${types} ${optional} --tmb ${tmb} \\
        --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' \\
        ${args} --fasta mutated_proteins.fa --table ${meta.pair_id}.neoantigens.tsv -o ${meta.pair_id}.neoantigens.json
    gzip -n -c mutated_proteins.fa > ${meta.pair_id}.mutated_proteins.fa.gz
    """

    stub:
    """
    wes-biomarkers feature neoantigens --vcf ${vcf} --reference ${bundle} --hla-table ${types} --tmb ${tmb} --no-class-2 \\
        --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' --tumor '${meta.tumor_sample_id}' --normal '${meta.normal_sample_id}' \\
        --table ${meta.pair_id}.neoantigens.tsv -o ${meta.pair_id}.neoantigens.json
    printf '' | gzip -n > ${meta.pair_id}.mutated_proteins.fa.gz
    """
}
