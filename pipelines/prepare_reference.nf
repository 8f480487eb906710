// The files of a reference bundle as values. A missing optional file is an empty list.
include { WES_SHARDS } from './modules/wes/shards/main'

def read_bundle(folder) {
    return new groovy.json.JsonSlurper().parse(file("${folder}/reference.json").toFile())
}

def bundle_file(folder, reference, key) {
    return reference.files.containsKey(key) ? file("${folder}/${reference.files[key].path}", glob: false) : null
}

// A VCF or annotation with its index, or nothing.
def indexed(folder, reference, key) {
    def found = [bundle_file(folder, reference, key), bundle_file(folder, reference, "${key}_tbi".toString())]
    return found.every { item -> item } ? found : []
}

workflow PREPARE_REFERENCE {
    take:
    folder   // path of the bundle, as text

    main:
    reference = read_bundle(folder)
    known = (0..<100)
        .collect { number -> indexed(folder, reference, "known_sites_${number}".toString()) }
        .flatten()
    bwa = reference.files.keySet().findAll { key -> key.startsWith('bwa_') }.sort().collect { key -> bundle_file(folder, reference, key) }
    targets = reference.targets.collect { name, kit -> [name, bundle_file(folder, reference, kit.bed)] }

    WES_SHARDS(file(folder, glob: false))
    shards = WES_SHARDS.out.shards
        .flatten()
        .map { bed -> [bed.baseName.replaceFirst(/\.\d+$/, ''), bed] }
        .groupTuple()
        .map { kit, beds -> [kit, beds.sort { bed -> bed.name }] }

    emit:
    shards                                                                    // [name, [bed, ...]], in genome order
    bundle = channel.value(file(folder, glob: false))
    fasta_fai = channel.value([bundle_file(folder, reference, 'fasta'), bundle_file(folder, reference, 'fai')])
    fasta_fai_dict = channel.value([bundle_file(folder, reference, 'fasta'), bundle_file(folder, reference, 'fai'), bundle_file(folder, reference, 'dict')])
    fasta_bwa = channel.value([bundle_file(folder, reference, 'fasta'), bwa])
    targets = channel.fromList(targets)                                       // [name, bed]
    known_sites = channel.value(known)
    germline = channel.value(indexed(folder, reference, 'germline'))
    germline_common = channel.value(indexed(folder, reference, 'germline_common'))
    pon = channel.value(indexed(folder, reference, 'pon'))
    has_hla = channel.value(reference.files.containsKey('hla_alleles'))
    annotation = channel.value(indexed(folder, reference, 'annotation'))
}
