// What the later samples of a patient gained, lost and kept, once all of the patient's pairs are done.
include { WES_EVOLUTION } from './modules/wes/evolution/main'

workflow PATIENT_EVOLUTION {
    take:
    folders     // [meta(pair_id, patient_id, time_rank, ...), published folder of the pair]
    pair_bams   // [meta(pair_id, ...), tumour bam, index, normal bam, index, target bed]
    bundle      // reference bundle folder

    main:
    WES_EVOLUTION(
        folders
            .map { meta, folder -> [meta.pair_id, meta, folder] }
            .join(pair_bams.map { meta, tumor, tumor_index, _normal, _normal_index, _targets -> [meta.pair_id, tumor, tumor_index] })
            .map { _id, meta, folder, bam, index -> [meta.patient_id, [meta + [bam: bam.name], folder, bam, index]] }
            .groupTuple()
            .filter { _patient, pairs -> pairs.size() > 1 }
            .map { patient, pairs ->
                def sorted = pairs.sort { pair -> pair[0].time_rank }
                [[patient_id: patient, sex: sorted[0][0].sex]] + (0..3).collect { column -> sorted.collect { pair -> pair[column] } }
            },
        bundle,
    )

    emit:
    folder = WES_EVOLUTION.out.folder   // [meta(patient_id, sex), folder]
}
