// Microsatellite instability of a pair, and the table of its sites.
process WES_MSI {
    tag "${meta.pair_id}"
    label 'process_medium'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(tumor, stageAs: 'tumor/*'), path(tumor_index, stageAs: 'tumor/*'), path(normal, stageAs: 'normal/*'), path(normal_index, stageAs: 'normal/*')   // meta: pair_id, patient_id, specimen
    path bundle

    output:
    tuple val(meta), path('*.msi.json'), emit: records
    tuple val(meta), path('msi_sites.tsv.gz'), emit: sites

    script:
    def args = task.ext.args ?: ''
    """
    wes-biomarkers feature msi --tumor ${tumor} --normal ${normal} --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --pair-id '${meta.pair_id}' --specimen '${meta.specimen}' --processes ${task.cpus} ${args} \\
        --sites-out msi_sites.tsv.gz -o ${meta.pair_id}.msi.json
    """

    stub:
    """
    cat > ${meta.pair_id}.msi.json <<'EOF_RECORD'
    {"schema": "wes_biomarkers.record/1", "patient_id": "${meta.patient_id}", "sample_id": "", "pair_id": "${meta.pair_id}",
     "feature": "msi", "definition_id": "msi_paired", "status": "not_evaluable", "reason": "a stub run reads no alignments",
     "flags": [], "values": {}, "numerator": null, "denominator": null, "ci": null, "provenance": {}}
    EOF_RECORD
    printf 'chrom\\tstart\\tend\\tunit\\tn_unit\\tdepth_tumor\\tdepth_normal\\tp\\tq\\tshift\\tevaluable\\tunstable\\timbalance\\tlengths_tumor\\tlengths_normal\\n' \\
      | gzip -n > msi_sites.tsv.gz
    """
}
