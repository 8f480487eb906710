// One lane in one stream: fastp trims, bwa mem aligns, samtools fills mate tags and sorts.
process BWA_MEM {
    tag "${meta.sample_id}.${meta.lane}"
    label 'process_high'
    conda "${moduleDir}/../../../../containers/align/environment.yml"
    container 'wes-biomarkers/align:0.1.0'

    input:
    tuple val(meta), path(reads_1, stageAs: 'reads_1/*'), path(reads_2, stageAs: 'reads_2/*')   // meta: sample_id, lane, read_group, n_lane
    tuple path(fasta), path(index)                                                             // genome.fa and its bwa index

    output:
    tuple val(meta), path('*.lane.bam'), emit: bam
    path '*.fastp.json', emit: log
    tuple val(task.process), val('bwa'), eval('bwa 2>&1 | sed -n "s/^Version: //p"'), topic: versions
    tuple val(task.process), val('fastp'), eval('fastp --version 2>&1 | sed "s/fastp //"'), topic: versions
    tuple val(task.process), val('samtools'), eval('samtools version | sed -n "1s/samtools //p"'), topic: versions

    script:
    def args = task.ext.args ?: ''
    def args_fastp = task.ext.args_fastp ?: ''
    def name = "${meta.sample_id}.${meta.lane}"
    def sort_memory = Math.max(64, Math.min(768, (task.memory.toMega() / (4 * task.cpus)) as int))
    """
    # fastp ends with 0 at the end of the shorter file, of a truncated one and at a bad record: lines are counted beside it.
    gzip -dcf ${reads_1} | wc -l > lines_1 & first=\$!
    gzip -dcf ${reads_2} | wc -l > lines_2 & second=\$!
    # fastp has one worker: several write reads in another order every time, and bwa places repeats by a read's number.
    fastp --in1 ${reads_1} --in2 ${reads_2} --stdout --thread 1 ${args_fastp} \\
        --json ${name}.fastp.json --html /dev/null 2> fastp.log \\
      | bwa mem -p -t ${task.cpus} -K 100000000 -Y -R '${meta.read_group}' ${args} ${fasta} - 2> bwa.log \\
      | samtools fixmate -m -u - - \\
      | samtools sort -@ ${task.cpus - 1} -m ${sort_memory}M -l 1 -T sort -o ${name}.lane.bam - \\
      || { status=\$?; tail -n 5 fastp.log bwa.log >&2; exit \$status; }
    wait \$first && wait \$second || { echo "${name}: a FASTQ is truncated or not gzip" >&2; exit 1; }
    ! grep '^ERROR' fastp.log >&2 || { echo "${name}: a FASTQ record is malformed" >&2; exit 1; }
    cmp -s lines_1 lines_2 || { echo "${name}: the two FASTQs differ in length" >&2; exit 1; }
    # bwa takes neighbours of different names for single reads.
    [ "\$(samtools view -c -F 1 ${name}.lane.bam)" = 0 ] || { echo "${name}: the two FASTQs differ in read names" >&2; exit 1; }
    """

    stub:
    def name = "${meta.sample_id}.${meta.lane}"
    """
    printf '@HD\\tVN:1.6\\tSO:coordinate\\n${meta.read_group}\\n' | samtools view -b -o ${name}.lane.bam -
    echo '{}' > ${name}.fastp.json
    """
}
