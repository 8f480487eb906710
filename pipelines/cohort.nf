// All pairs together: tables, the clinical join, the report.
include { WES_COHORT     } from './modules/wes/cohort/main'
include { WES_REPORT     } from './modules/wes/report/main'
include { MULTIQC_REPORT } from './modules/multiqc/report/main'

workflow COHORT {
    take:
    resolved    // resolved.json
    bundle      // reference bundle folder
    completed   // file of lines: stage, id
    versions    // file of lines: tool, version
    folders     // [meta(pair_id, ...), folder]
    patients    // [meta(patient_id, ...), folder] of the patients with several pairs
    tables      // [clinical, toxicity, assessments, endpoint rules, exclude]: each a file or []
    proteomics  // [file, sample sheet, settings]: each a file or []
    settings    // parameters that shape values, as JSON
    logs        // files MultiQC reads

    main:
    WES_COHORT(
        resolved,
        bundle,
        completed,
        versions,
        folders.map { _meta, folder -> folder }.toSortedList { a, b -> a.name <=> b.name },
        patients.map { _meta, folder -> folder }.toSortedList { a, b -> a.name <=> b.name },
        tables.map { row -> row[0] },
        tables.map { row -> row[1] },
        tables.map { row -> row[2] },
        tables.map { row -> row[3] },
        tables.map { row -> row[4] },
        proteomics.map { row -> row[0] },
        proteomics.map { row -> row[1] },
        proteomics.map { row -> row[2] },
        settings,
    )
    WES_REPORT(WES_COHORT.out.cohort)
    MULTIQC_REPORT(logs.mix(WES_REPORT.out.multiqc.flatten()).toSortedList { a, b -> a.name <=> b.name })

    emit:
    cohort = WES_COHORT.out.cohort
    study = WES_COHORT.out.study
    report = WES_REPORT.out.html
    multiqc = MULTIQC_REPORT.out.html.mix(MULTIQC_REPORT.out.data)
}
