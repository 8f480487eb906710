// The samplesheet as channels of lanes, alignments, calls and pairs.
include { WES_RESOLVE } from './modules/wes/resolve/main'

workflow RESOLVE_PAIRS {
    take:
    sheet      // [samplesheet, folder its relative paths start from]
    bundle     // reference bundle folder
    path_map   // list of OLD=NEW

    main:
    WES_RESOLVE(sheet, bundle, path_map)
    resolved = WES_RESOLVE.out.resolved

    samples = resolved.splitJson(path: 'samples').map { sample ->
        [
            patient_id: sample.patient_id, sample_id: sample.sample_id, role: sample.role, entry: sample.entry,
            targets: sample.targets, files: sample,
        ]
    }
    lanes = samples
        .filter { sample -> sample.entry == 'fastq' }
        .flatMap { sample ->
            sample.files.lanes.collect { lane ->
                def meta = [sample_id: sample.sample_id, lane: lane.lane, read_group: lane.read_group, n_lane: sample.files.lanes.size()]
                [meta, file(lane.fastq_1, glob: false), file(lane.fastq_2, glob: false)]
            }
        }
    alignments = samples
        .filter { sample -> sample.entry == 'bam' }
        .map { sample -> [[sample_id: sample.sample_id], file(sample.files.bam, glob: false), file(sample.files.bai, glob: false)] }
    pairs = resolved.splitJson(path: 'pairs').map { pair ->
        [
            patient_id: pair.patient_id, pair_id: pair.pair_id, tumor_sample_id: pair.tumor_sample_id,
            normal_sample_id: pair.normal_sample_id, specimen: pair.specimen, targets: pair.targets, entry: pair.entry,
            sex: pair.sex, time_rank: pair.time_rank, hla: pair.hla,
        ]
    }
    calls = samples
        .filter { sample -> sample.entry == 'vcf' }
        .map { sample -> [sample.sample_id, file(sample.files.vcf, glob: false)] }
    targets_of = samples.map { sample -> [sample.sample_id, sample.targets] }

    emit:
    resolved                                // resolved.json
    lanes                                   // [meta(sample_id, lane, read_group, n_lane), fastq_1, fastq_2]
    alignments                              // [meta(sample_id), bam, index]
    calls                                   // [tumor_sample_id, vcf]
    pairs                                   // meta(patient_id, pair_id, tumor_sample_id, normal_sample_id, ...)
    targets_of                              // [sample_id, targets]
}
