// What a patient's later pairs gained, lost and kept of the first one's mutations, with clusters over all of them.
process WES_EVOLUTION {
    tag "${meta.patient_id}"
    label 'process_single'
    conda "${moduleDir}/../../../../containers/wes-biomarkers/environment.yml"
    container 'wes-biomarkers/wes-biomarkers:0.1.0'

    input:
    tuple val(meta), val(pairs), path(folders), path(bams), path(indices)   // meta: patient_id, sex; pairs: pair_id, sample ids, specimen, bam (its name) by time; their published folders; tumour alignments
    path bundle

    output:
    tuple val(meta), path("${meta.patient_id}"), emit: folder

    script:
    def args = task.ext.args ?: ''
    def rows = pairs.collect { pair -> [pair.pair_id, "${pair.pair_id}/somatic.vcf.gz", "${pair.pair_id}/segments.tsv", "${pair.pair_id}/records/copy_number.json",
                                        "${pair.pair_id}/callable.bed.gz", pair.bam, pair.tumor_sample_id, pair.normal_sample_id, pair.specimen].join(',') }.join('\n')
    """
    mkdir -p ${meta.patient_id}/records
    printf '%s\\n' pair_id,vcf,segments,purity,callable,bam,tumor,normal,specimen '${rows}' > pairs.csv
    wes-biomarkers feature clonality --pairs pairs.csv --only-evolution --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --sex '${meta.sex}' ${args} --variants-out ${meta.patient_id}/clonality.tsv -o ${meta.patient_id}/records/evolution.json
    """

    stub:
    def rows = pairs.collect { pair -> [pair.pair_id, "${pair.pair_id}/somatic.vcf.gz", "${pair.pair_id}/segments.tsv", "${pair.pair_id}/records/copy_number.json",
                                        pair.tumor_sample_id, pair.normal_sample_id, pair.specimen].join(',') }.join('\n')
    """
    mkdir -p ${meta.patient_id}/records
    printf '%s\\n' pair_id,vcf,segments,purity,tumor,normal,specimen '${rows}' > pairs.csv
    wes-biomarkers feature clonality --pairs pairs.csv --only-evolution --reference ${bundle} --patient-id '${meta.patient_id}' \\
        --variants-out ${meta.patient_id}/clonality.tsv -o ${meta.patient_id}/records/evolution.json
    """
}
