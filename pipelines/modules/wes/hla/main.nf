// HLA types of a sample from its alignment, with the evidence.
process WES_HLA {
    tag "${meta.sample_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), path(bam), path(index)   // meta: sample_id, patient_id
    path bundle

    output:
    tuple val(meta), path('*.hla.tsv'), emit: types
    tuple val(meta), path('*.hla.json'), emit: records

    script:
    def args = task.ext.args ?: ''
    """
    wes-biomarkers feature hla --bam ${bam} --reference ${bundle} --patient-id '${meta.patient_id}' --sample-id '${meta.sample_id}' \\
        ${args} --table ${meta.sample_id}.hla.tsv -o ${meta.sample_id}.hla.json
    """

    stub:
    """
    cat > ${meta.sample_id}.hla.json <<'EOF_RECORD'
    {"schema": "wes_biomarkers.record/1", "patient_id": "${meta.patient_id}", "sample_id": "${meta.sample_id}", "pair_id": "",
     "feature": "hla", "definition_id": "wes_hla", "status": "not_evaluable", "reason": "a stub run reads no alignments",
     "flags": [], "values": {}, "numerator": null, "denominator": null, "ci": null, "provenance": {}}
    EOF_RECORD
    printf 'sample_id\\tlocus\\tallele_1\\tallele_2\\tn_read\\tn_read_1\\tn_read_2\\tn_read_shared\\tsecond_1\\tsecond_2\\tmargin\\tambiguity_1\\tambiguity_2\\tconfidence\\tstatus\\treason\\tsource\\n' \\
      > ${meta.sample_id}.hla.tsv
    for locus in A B C; do
        printf '${meta.sample_id}\\t%s\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\tnot_evaluable\\ta stub run reads no alignments\\ttyped\\n' \$locus >> ${meta.sample_id}.hla.tsv
    done
    """
}
