/** IGV, loaded when first asked for: a file of its own, as large as everything else together. */

import igvAddress from "virtual:igv";

export interface IgvTrack {
  contextMenuItemList?: (state: unknown) => unknown[] | undefined;
}

export interface IgvBrowser {
  trackViews: { track: IgvTrack }[];
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

/** Takes the search at UCSC out of a browser's menus. */
export function withoutBlat(browser: IgvBrowser): void {
  for (const { track } of browser.trackViews) {
    const all = track.contextMenuItemList?.bind(track);
    if (all) track.contextMenuItemList = (state) => all(state)?.filter((each) => !isBlat(each));
  }
}

const isBlat = (item: unknown): boolean =>
  typeof item === "object" && item !== null && String((item as { label?: unknown }).label).startsWith("BLAT");
