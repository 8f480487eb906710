/** Reads at a variant, where the alignments were kept. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Row } from "../../api";
import { Figure } from "../../components/Figure";
import { loadIgv, OFFLINE, unknownSequence, withoutBlat, type Igv, type IgvBrowser } from "../../igv";
import { choose, type Route } from "../../router";
import { label } from "../../words";
import type { ReadsAnswer, ReadsSample } from "./types";

/** Bases shown on either side of a variant. */
const AROUND = 60;
const NO_REFERENCE = "The reference is not at hand (serve --reference): every base is coloured, not only those that differ.";

interface Props {
  reads: ReadsAnswer;
  pair: Row;
  /** The pair's variants. */
  variants: Row[];
  route: Route;
}

export function Reads({ reads, pair, variants, route }: Props) {
  const samples = samplesOf(reads, pair);
  if (samples.length === 0 && reads.sentences.length === 0) return null;
  const at = variants.find((each) => siteOf(each) === route.choices.at);
  const notes = at && samples.length > 0 && !reads.reference ? [...reads.sentences, NO_REFERENCE] : reads.sentences;
  return (
    <Figure title="Reads" lead={at ? named(at) : "At a variant: choose one"} wide>
      {samples.length > 0 && (
        <label class="field">
          <span>Variant</span>
          <select value={at ? siteOf(at) : ""} onChange={(event) => choose(route, { at: event.currentTarget.value })}>
            <option value="">None</option>
            {variants.map((each) => (
              <option key={siteOf(each)} value={siteOf(each)}>
                {named(each)}
              </option>
            ))}
          </select>
        </label>
      )}
      {at && samples.length > 0 && <Alignments key={`${pair.pair_id} ${siteOf(at)}`} reads={reads} samples={samples} at={at} />}
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </Figure>
  );
}

/** Tumour first. */
export const samplesOf = (reads: ReadsAnswer, pair: Row): ReadsSample[] =>
  [pair.tumor_sample_id, pair.normal_sample_id].flatMap((id) => reads.samples.filter((each) => each.sample_id === id));

/** A variant's name in the address. */
export const siteOf = (variant: Row): string => [variant.chrom, variant.start, variant.ref, variant.alt].join(":");

const named = (variant: Row): string =>
  [variant.gene, variant.aa_change, `${variant.chrom}:${first(variant)}`, `${variant.ref}>${variant.alt}`].filter(Boolean).join(" ");

/** The first base, counted from 1 as IGV and VCF do. */
const first = (variant: Row): number => Number(variant.start) + 1;

/** The first base where reads with the variant differ: the one deleted, or the one behind an insertion. */
function differing(variant: Row): number {
  const [ref, alt] = [String(variant.ref ?? ""), String(variant.alt ?? "")];
  let shared = 0;
  while (shared < Math.min(ref.length, alt.length) && ref[shared] === alt[shared]) shared += 1;
  return first(variant) + shared;
}

function Alignments({ reads, samples, at }: { reads: ReadsAnswer; samples: ReadsSample[]; at: Row }) {
  const place = useRef<HTMLDivElement>(null);
  const [browser, setBrowser] = useState<IgvBrowser | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    const inside = document.createElement("div");
    place.current!.append(inside);
    place.current!.scrollIntoView({ block: "nearest" });
    let left = false;
    let remove = () => {};
    const show = async (igv: Igv) => {
      if (left) return;
      const made = await igv.createBrowser(inside, config(reads, samples, at));
      remove = () => igv.removeBrowser(made);
      if (left) return remove();
      if (!reads.reference) unknownSequence(made, { chr: String(at.chrom), start: Number(at.start), bases: String(at.ref) });
      await made.loadTrackList(tracks(reads, samples, at));
      if (left) return;
      withoutBlat(made);
      setBrowser(made);
    };
    loadIgv().then(show).catch((error: unknown) => setFault(error instanceof Error ? error.message : String(error)));
    return () => {
      left = true;
      remove();
      inside.remove();
    };
  }, []);
  return (
    <>
      <div class="controls">
        <button type="button" class="plain" disabled={!browser} onClick={() => browser?.zoomIn()}>
          Closer
        </button>
        <button type="button" class="plain" disabled={!browser} onClick={() => browser?.zoomOut()}>
          Wider
        </button>
      </div>
      {fault && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      <div class="reads" ref={place} role="group" aria-label={`Reads at ${named(at)}`} aria-busy={!browser && !fault} />
    </>
  );
}

const fileOf = (sample: ReadsSample, part: string): string => `./api/alignment/${encodeURIComponent(sample.sample_id)}/${part}`;

function config(reads: ReadsAnswer, samples: ReadsSample[], at: Row): object {
  const [chr, start, end] = [String(at.chrom), first(at), Number(at.start) + String(at.ref ?? "").length];
  const sequence = reads.reference
    ? { fastaURL: "./api/reference/data", indexURL: "./api/reference/index" }
    : { format: "chromsizes", fastaURL: fileOf(samples[0]!, "contigs") };
  return {
    ...OFFLINE,
    reference: { id: "reads", name: "reads", wholeGenomeView: false, ...sequence },
    locus: `${chr}:${Math.max(start - AROUND, 1)}-${end + AROUND}`,
    showNavigation: false,
    showIdeogram: false,
    showControls: false,
    roi: [{ name: "Variant", color: "rgba(0, 114, 178, 0.14)", features: [{ chr, start: start - 1, end }] }],
  };
}

function tracks(reads: ReadsAnswer, samples: ReadsSample[], at: Row): object[] {
  return samples.map((each) => ({
    type: "alignment",
    format: each.format,
    url: fileOf(each, "data"),
    indexURL: fileOf(each, "index"),
    name: [label(each.role), each.timepoint].filter(Boolean).join(", "),
    height: 280,
    showAllBases: !reads.reference,
    sort: { chr: String(at.chrom), position: differing(at), option: "BASE", direction: "ASC" },
  }));
}
