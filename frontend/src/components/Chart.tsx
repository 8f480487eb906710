/** A Vega-Lite chart, its expressions interpreted instead of compiled, so that the page needs no `eval`. */

import { useEffect, useRef, useState } from "preact/hooks";
import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { chartConfig, FONT } from "../theme";
import { hideTip, showTip } from "../tip";

/**
 * A Vega-Lite specification. `width: "container"` fills the place; data are written into it. One of the server's
 * pictures (it has `$schema`) is drawn as it is, without its title, which the page tells in words; files keep it.
 */
export type ChartSpec = Record<string, unknown>;

const isPicture = (spec: ChartSpec): boolean => "$schema" in spec;

/** A drawn chart as a file. */
export interface Drawn {
  svg(): Promise<string>;
  png(): Promise<Blob>;
}

interface Props {
  spec: ChartSpec;
  /** What the picture shows, for readers who do not see it. */
  alt: string;
  /** Called with the datum of a clicked mark. */
  onPick?: (datum: Record<string, unknown>) => void;
  onDrawn?: (drawn: Drawn | null) => void;
  /** One of the server's pictures as wide as its place, its letters in their size; of a single plot only. */
  fill?: boolean;
}

export function Chart({ spec, alt, onPick, onDrawn, fill = false }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const pick = useRef(onPick);
  pick.current = onPick;
  const key = JSON.stringify(spec);
  useEffect(() => {
    if (!place.current || width === 0) return;
    const view = draw(spec, place.current, width, fill);
    view.addEventListener("click", (_event, item) => {
      if (item?.datum) pick.current?.(item.datum as Record<string, unknown>);
    });
    onDrawn?.(files(isPicture(spec) ? quietly(spec) : view));
    return () => {
      hideTip();
      onDrawn?.(null);
      view.finalize();
    };
  }, [key, width]);
  return <div class="chart" ref={place} role="img" aria-label={alt} />;
}

/** The place's width in pixels, following the window. */
function useWidth(place: { current: HTMLDivElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const measure = () => setWidth(Math.round(place.current?.clientWidth ?? 0));
    measure();
    const watch = new ResizeObserver(measure);
    if (place.current) watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return width;
}

const FITTED = { type: "fit-x", contains: "padding" };

function draw(spec: ChartSpec, place: HTMLElement, width: number, fill: boolean): View {
  const { title: _title, ...untitled } = spec;
  const sized = isPicture(spec)
    ? {
        ...untitled,
        ...(fill ? { autosize: FITTED, width } : {}),
        config: { ...(spec.config as object), font: FONT, background: "transparent" },
      }
    : {
        autosize: FITTED,
        ...spec,
        ...(spec.width === "container" ? { width } : {}),
        config: chartConfig,
      };
  const view = made(sized, place);
  view.tooltip((_handler: unknown, event: MouseEvent, _item: unknown, value: unknown) => showTip(event, value));
  void view.runAsync().then(() => {
    if (isPicture(spec)) scaleDown(place);
    hideMarksFromReaders(place);
  });
  return view;
}

function made(spec: ChartSpec, container?: HTMLElement): View {
  const vega = compile(spec as unknown as TopLevelSpec).spec;
  return new View(parse(vega, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: container ? "svg" : "none",
    container,
    hover: container !== undefined,
  });
}

/** The whole picture with its title, drawn for files only. */
const quietly = (spec: ChartSpec): View => made(spec);

/** One of the server's pictures as a file, where the page does not draw it. */
export const fileOf = (spec: ChartSpec): Drawn => ({
  svg: () => files(quietly(spec)).svg(),
  png: () => files(quietly(spec)).png(),
});

/** A picture wider than its place shrinks as a whole. */
function scaleDown(place: HTMLElement) {
  for (const svg of place.querySelectorAll<SVGSVGElement>("svg.marks")) svg.style.height = "auto";
}

/** The picture has one name; its thousand marks are not read out one by one. */
const hideMarksFromReaders = (place: HTMLElement) => {
  for (const part of place.children) part.setAttribute("aria-hidden", "true");
};

function files(view: View): Drawn {
  return {
    svg: () => view.toSVG(),
    png: async () => {
      const canvas = (await view.toCanvas(3)) as HTMLCanvasElement;
      const white = document.createElement("canvas");
      Object.assign(white, { width: canvas.width, height: canvas.height });
      const pen = white.getContext("2d")!;
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, white.width, white.height);
      pen.drawImage(canvas, 0, 0);
      return new Promise((done, fail) =>
        white.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"),
      );
    },
  };
}
