// Candidate calls of a pair's shards, in genome order.
process BCFTOOLS_CONCAT {
    tag "${meta.pair_id}"
    label 'process_low'
    conda "${moduleDir}/../../../../containers/bcftools/environment.yml"
    container 'wes-biomarkers/bcftools:0.1.0'

    input:
    tuple val(meta), path(vcfs), path(indexes)   // meta: pair_id; one VCF a shard

    output:
    tuple val(meta), path('*.merged.vcf.gz'), path('*.merged.vcf.gz.tbi'), emit: vcf
    tuple val(task.process), val('bcftools'), eval('bcftools version | sed -n "1s/bcftools //p"'), topic: versions

    script:
    """
    bcftools concat --no-version --allow-overlaps --rm-dups exact -Oz -o ${meta.pair_id}.merged.vcf.gz ${vcfs.sort { file -> file.name }.join(' ')}
    tabix -p vcf ${meta.pair_id}.merged.vcf.gz
    """

    stub:
    """
    cp -L ${vcfs[0]} ${meta.pair_id}.merged.vcf.gz
    tabix -p vcf ${meta.pair_id}.merged.vcf.gz
    """
}
