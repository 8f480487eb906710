#!/usr/bin/env nextflow
// Tumour-normal exome pairs to biomarker tables and a report. Start it with `wes-biomarkers run`, which checks
// the inputs first; parameters are declared in nextflow_schema.json.
nextflow.preview.output = true

include { RESOLVE_PAIRS     } from './pipelines/resolve_pairs'
include { PREPARE_REFERENCE } from './pipelines/prepare_reference'
include { FASTQ_ALIGN       } from './pipelines/fastq_align'
include { BAM_QC            } from './pipelines/bam_qc'
include { BAM_CALL_SOMATIC  } from './pipelines/bam_call_somatic'
include { BAM_CALL_GERMLINE } from './pipelines/bam_call_germline'
include { BAM_TYPE_HLA      } from './pipelines/bam_type_hla'
include { BAM_CALL_COPY_NUMBER } from './pipelines/bam_call_copy_number'
include { VCF_ANNOTATE      } from './pipelines/vcf_annotate'
include { PAIR_FEATURES     } from './pipelines/pair_features'
include { PATIENT_EVOLUTION } from './pipelines/patient_evolution'
include { COHORT            } from './pipelines/cohort'

def optional_file(name) {
    return name ? file(name, glob: false, checkIfExists: true) : []
}

workflow {
    main:
    sheet = file(params.input, glob: false, checkIfExists: true)
    PREPARE_REFERENCE(params.reference)
    reference = PREPARE_REFERENCE.out
    RESOLVE_PAIRS(
        channel.value([sheet, params.input_base ?: sheet.parent.toString()]),
        reference.bundle,
        channel.value(params.path_map ? params.path_map.tokenize(',') : []),
    )
    study = RESOLVE_PAIRS.out

    // Which bed belongs to a sample.
    sample_targets = study.targets_of.map { id, kit -> [kit, id] }.combine(reference.targets, by: 0).map { _kit, id, bed -> [id, bed] }

    // Alignments, made here or given. A normal shared by several tumours is aligned once.
    known_sites = params.bqsr ? reference.known_sites : channel.value([])
    FASTQ_ALIGN(study.lanes, sample_targets, reference.fasta_bwa, reference.fasta_fai_dict, known_sites)
    bam = FASTQ_ALIGN.out.bam.mix(study.alignments)
    by_sample = bam.map { meta, file, index -> [meta.sample_id, file, index] }
    pair_bams = study.pairs
        .filter { pair -> pair.entry != 'vcf' }
        .map { pair -> [pair.tumor_sample_id, pair] }
        .combine(by_sample, by: 0)
        .combine(sample_targets, by: 0)
        .map { _tumor, pair, file, index, targets -> [pair.normal_sample_id, pair, file, index, targets] }
        .combine(by_sample, by: 0)
        .map { _normal, pair, tumor, tumor_index, targets, normal, normal_index -> [pair, tumor, tumor_index, normal, normal_index, targets] }

    BAM_QC(bam, sample_targets, pair_bams, reference.fasta_fai)
    BAM_CALL_SOMATIC(
        pair_bams, bam, sample_targets, reference.shards, reference.fasta_fai_dict,
        reference.germline, reference.germline_common, reference.pon,
    )
    BAM_CALL_GERMLINE(pair_bams, reference.fasta_fai)
    BAM_TYPE_HLA(study.pairs, pair_bams, reference.has_hla, reference.bundle)
    BAM_CALL_COPY_NUMBER(pair_bams, BAM_CALL_GERMLINE.out.vcf, channel.value(params.cnv_min_normals), reference.fasta_fai, reference.bundle, optional_file(params.cnv_genes))

    // Calls, made here or given.
    given = study.pairs
        .filter { pair -> pair.entry == 'vcf' }
        .map { pair -> [pair.tumor_sample_id, pair] }
        .join(study.calls)
        .map { _tumor, pair, vcf -> [pair, vcf, []] }
    VCF_ANNOTATE(BAM_CALL_SOMATIC.out.vcf.mix(given), reference.fasta_fai, reference.germline, reference.annotation)

    // What a pair brings beside its calls; a pair that starts from a VCF brings none of it.
    none = given.map { pair, _vcf, _tbi -> [pair.pair_id, []] }
    coverage = pair_bams
        .map { row -> [row[0].tumor_sample_id, row[0].normal_sample_id, row[0].pair_id] }
        .combine(BAM_QC.out.coverage, by: 0)
        .map { _tumor, normal, id, files -> [normal, id, files] }
        .combine(BAM_QC.out.coverage, by: 0)
        .map { _normal, id, tumor_files, normal_files -> [id, tumor_files + normal_files] }
    PAIR_FEATURES(
        VCF_ANNOTATE.out.vcf,
        pair_bams,
        BAM_QC.out.callable.mix(none),
        BAM_CALL_SOMATIC.out.contamination.mix(none),
        coverage.mix(none),
        BAM_CALL_COPY_NUMBER.out.copies.mix(none),
        BAM_CALL_GERMLINE.out.vcf,
        BAM_TYPE_HLA.out.types,
        reference.has_hla,
        reference.bundle,
        optional_file(params.expression),
    )
    PATIENT_EVOLUTION(PAIR_FEATURES.out.folder, pair_bams, reference.bundle)

    completed = bam
        .map { meta, _bam, _index -> "aligned\t${meta.sample_id}\n" }
        .mix(
            BAM_QC.out.coverage.map { id, _files -> "measured\t${id}\n" },
            BAM_QC.out.callable.map { id, _bed -> "callable\t${id}\n" },
            BAM_CALL_SOMATIC.out.vcf.map { meta, _vcf, _tbi -> "called\t${meta.pair_id}\n" },
            BAM_CALL_COPY_NUMBER.out.copies.map { id, _files -> "copies\t${id}\n" },
            BAM_TYPE_HLA.out.types.map { id, _record, _table -> "hla\t${id}\n" },
            VCF_ANNOTATE.out.vcf.map { meta, _vcf, _tbi -> "annotated\t${meta.pair_id}\n" },
            PAIR_FEATURES.out.folder.map { meta, _folder -> "features\t${meta.pair_id}\n" },
        )
        .collectFile(name: 'completed.tsv', sort: true, seed: "stage\tid\n")
    versions = channel.topic('versions')
        .map { _process, tool, version -> "${tool}\t${version}\n" }
        .unique()
        .collectFile(name: 'versions.tsv', sort: true, seed: "tool\tversion\n")

    settings = channel.value(
        groovy.json.JsonOutput.toJson(
            [
                bqsr: params.bqsr, fastp_args: params.fastp_args, min_depth_tumor: params.min_depth_tumor,
                min_depth_normal: params.min_depth_normal, tmb_min_callable_mb: params.tmb_min_callable_mb,
                msi_high_pct: params.msi_high_pct, msi_low_pct: params.msi_low_pct, signature_bootstrap: params.signature_bootstrap,
                cnv_min_normals: params.cnv_min_normals, driver_genes: params.driver_genes, predictor: params.predictor,
            ]
        )
    )
    COHORT(
        study.resolved, reference.bundle, completed, versions, PAIR_FEATURES.out.folder, PATIENT_EVOLUTION.out.folder,
        channel.value(
            [
                optional_file(params.clinical), optional_file(params.toxicity), optional_file(params.assessments),
                optional_file(params.endpoint_rules), optional_file(params.exclude),
            ]
        ),
        channel.value(
            [optional_file(params.proteomics), optional_file(params.proteomics_sample), optional_file(params.proteomics_settings)]
        ),
        settings,
        FASTQ_ALIGN.out.logs.mix(BAM_QC.out.logs, BAM_CALL_SOMATIC.out.logs).flatten(),
    )

    publish:
    pairs = PAIR_FEATURES.out.folder.map { meta, folder -> [pair_id: meta.pair_id, patient_id: meta.patient_id, folder: folder] }
    patients = PATIENT_EVOLUTION.out.folder.map { meta, folder -> [patient_id: meta.patient_id, folder: folder] }
    germline = BAM_CALL_GERMLINE.out.vcf.map { id, vcf, tbi -> [sample_id: id, vcf: vcf, tbi: tbi] }
    hla = BAM_TYPE_HLA.out.samples.map { id, record, table -> [sample_id: id, record: record, table: table] }
    coverage = BAM_QC.out.coverage.map { id, files -> [sample_id: id, files: files] }
    alignments = params.keep_alignment ? FASTQ_ALIGN.out.bam.map { meta, file, index -> [sample_id: meta.sample_id, bam: file, bai: index] } : channel.empty()
    cohort = COHORT.out.cohort
    study = COHORT.out.study
    report = COHORT.out.report
    multiqc = COHORT.out.multiqc
    versions = versions
}

output {
    pairs {
        path { _pair -> 'pairs' }
    }
    patients {
        path { _patient -> 'patients' }
    }
    germline {
        path { sample -> "samples/${sample.sample_id}" }
    }
    hla {
        path { sample -> "samples/${sample.sample_id}" }
    }
    coverage {
        path { sample -> "samples/${sample.sample_id}/coverage" }
    }
    alignments {
        path { sample -> "samples/${sample.sample_id}" }
    }
    cohort {
        path '.'
    }
    study {
        path '.'
    }
    report {
        path 'report'
    }
    multiqc {
        path 'multiqc'
    }
    versions {
        path 'pipeline_info'
    }
}
