// Somatic candidates of a tumour against its normal, in one shard of the target.
process GATK_MUTECT2 {
    tag "${meta.pair_id}${meta.n_shard > 1 ? '.' + shard.baseName : ''}"
    label 'process_gatk'
    conda "${moduleDir}/../../../../containers/gatk/environment.yml"
    container 'wes-biomarkers/gatk:0.1.0'

    input:
    tuple val(meta), path(tumor, stageAs: 'tumor/*'), path(tumor_index, stageAs: 'tumor/*'), path(normal, stageAs: 'normal/*'), path(normal_index, stageAs: 'normal/*'), path(shard)   // meta: pair_id, tumor_sample_id, normal_sample_id, n_shard
    tuple path(fasta), path(fai), path(dict)
    path germline, stageAs: 'germline/*'   // [vcf, tbi] or []
    path pon, stageAs: 'pon/*'             // [vcf, tbi] or []

    output:
    tuple val(meta), path('*.vcf.gz'), path('*.vcf.gz.tbi'), path('*.vcf.gz.stats'), path('*.f1r2.tar.gz'), emit: calls
    tuple val(task.process), val('gatk'), eval('gatk --version | sed -n "s/.*(GATK) v//p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def name = "${meta.pair_id}.${shard.baseName}"
    def resource = germline ? "--germline-resource ${germline[0]}" : ''
    def panel = pon ? "--panel-of-normals ${pon[0]}" : ''
    """
    gatk --java-options "${task.ext.java_options}" Mutect2 \\
        -R ${fasta} -I ${tumor} -I ${normal} -normal '${meta.normal_sample_id}' -L ${shard} ${resource} ${panel} ${args} \\
        --native-pair-hmm-threads ${task.cpus} --f1r2-tar-gz ${name}.f1r2.tar.gz -O ${name}.vcf.gz
    """

    stub:
    def name = "${meta.pair_id}.${shard.baseName}"
    """
    {
      printf '##fileformat=VCFv4.2\\n##FILTER=<ID=PASS,Description="passed">\\n##tumor_sample=${meta.tumor_sample_id}\\n##normal_sample=${meta.normal_sample_id}\\n##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\\n##FORMAT=<ID=AD,Number=R,Type=Integer,Description="depth of each allele">\\n##FORMAT=<ID=AF,Number=A,Type=Float,Description="allele fraction">\\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">\\n'
      awk '{ print "##contig=<ID=" \$1 ",length=" \$2 ">" }' ${fai}
      printf '#CHROM\\tPOS\\tID\\tREF\\tALT\\tQUAL\\tFILTER\\tINFO\\tFORMAT\\t${meta.normal_sample_id}\\t${meta.tumor_sample_id}\\n'
    } | bgzip > ${name}.vcf.gz
    tabix -p vcf ${name}.vcf.gz
    touch ${name}.vcf.gz.stats ${name}.f1r2.tar.gz
    """
}
