// Copies of each HLA class I allele in the tumour of a pair, and whether one was lost.
process WES_HLA_LOH {
    tag "${meta.pair_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(tumor, stageAs: 'tumor/*'), path(tumor_index, stageAs: 'tumor/*'), path(normal, stageAs: 'normal/*'), path(normal_index, stageAs: 'normal/*'), path(hla), path(segments), path(purity)   // meta: pair_id, patient_id; hla: hla.tsv of the pair; segments, purity (records): [] where there are none
    path bundle

    output:
    tuple val(meta), path('*.hla_loh.json'), emit: records
    tuple val(meta), path('*.hla_loh.tsv'), emit: loci
    tuple val(meta), path('*.hla_loh_sites.tsv'), emit: sites

    script:
    def args = task.ext.args ?: ''
    def copies = (segments ? "--segments ${segments} " : '') + (purity ? "--purity ${purity}" : '')
    """
    wes-biomarkers feature hla-loh --tumor ${tumor} --normal ${normal} --hla ${hla} --reference ${bundle} ${copies} \\
        --patient-id '${meta.patient_id}' --pair-id '${meta.pair_id}' ${args} \\
        --table ${meta.pair_id}.hla_loh.tsv --sites-out ${meta.pair_id}.hla_loh_sites.tsv -o ${meta.pair_id}.hla_loh.json
    """

    stub:
    """
    cat > ${meta.pair_id}.hla_loh.json <<'EOF_RECORD'
    {"schema": "wes_biomarkers.record/1", "patient_id": "${meta.patient_id}", "sample_id": "", "pair_id": "${meta.pair_id}",
     "feature": "hla_loh", "definition_id": "wes_hla_loh", "status": "not_evaluable", "reason": "a stub run reads no alignments",
     "flags": [], "values": {}, "numerator": null, "denominator": null, "ci": null, "provenance": {}}
    EOF_RECORD
    printf 'pair_id\\tlocus\\tallele_1\\tallele_2\\tn_site\\tn_read_tumor_1\\tn_read_tumor_2\\tn_read_normal_1\\tn_read_normal_2\\tcn_1\\tcn_1_low\\tcn_1_high\\tcn_2\\tcn_2_low\\tcn_2_high\\tp_value\\ttotal_cn\\tstate\\tlost_allele\\treason\\n' \\
      > ${meta.pair_id}.hla_loh.tsv
    for locus in A B C; do
        printf '${meta.pair_id}\\t%s\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\tnot_evaluable\\t\\ta stub run reads no alignments\\n' \$locus >> ${meta.pair_id}.hla_loh.tsv
    done
    printf 'pair_id\\tlocus\\tallele\\tposition\\tn_read_tumor\\tn_read_normal\\tcopies\\n' > ${meta.pair_id}.hla_loh_sites.tsv
    """
}
