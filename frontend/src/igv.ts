/** IGV, loaded when first asked for: a file of its own, as large as everything else together. */

import igvAddress from "virtual:igv";

export interface IgvTrack {
  contextMenuItemList?: (state: unknown) => unknown[] | undefined;
}

export interface IgvBrowser {
  genome: { sequence: { getSequence(chr: string, start: number, end: number): Promise<string | null> } };
  trackViews: { track: IgvTrack }[];
  loadTrackList(tracks: object[]): Promise<unknown>;
  zoomIn(): void;
  zoomOut(): void;
}

export interface Igv {
  createBrowser(place: HTMLElement, config: object): Promise<IgvBrowser>;
  removeBrowser(browser: IgvBrowser): void;
}

declare global {
  interface Window {
    igv?: Igv;
  }
}

let loading: Promise<Igv> | null = null;

export function loadIgv(): Promise<Igv> {
  loading ??= new Promise<Igv>((done, fail) => {
    const script = document.createElement("script");
    script.src = igvAddress;
    script.onload = () => (window.igv ? done(window.igv) : fail(new Error("IGV did not start.")));
    script.onerror = () => {
      loading = null;
      fail(new Error("IGV could not be loaded. Is wes-biomarkers serve still running?"));
    };
    document.head.append(script);
  });
  return loading;
}

/** Everything IGV would ask of others, off. */
export const OFFLINE = { loadDefaultGenomes: false, genomeList: [], queryParametersSupported: false };

/** Where there is no reference: unknown bases, but for those at `start` (0-based). IGV draws no reads without any. */
export function unknownSequence(browser: IgvBrowser, at: { chr: string; start: number; bases: string }): void {
  browser.genome.sequence.getSequence = async (chr, start, end) => {
    const known = chr === at.chr ? at.bases : "";
    return Array.from({ length: end - start }, (_, index) => known[start + index - at.start] ?? "N").join("");
  };
}

/** Takes the search at UCSC out of a browser's menus. */
export function withoutBlat(browser: IgvBrowser): void {
  for (const { track } of browser.trackViews) {
    const all = track.contextMenuItemList?.bind(track);
    if (all) track.contextMenuItemList = (state) => all(state)?.filter((each) => !isBlat(each));
  }
}

const isBlat = (item: unknown): boolean =>
  typeof item === "object" && item !== null && String((item as { label?: unknown }).label).startsWith("BLAT");
