/** A numeric column: bars to click or drag over, and two number fields that say the same by keyboard. */

import { useRef, useState } from "preact/hooks";
import type { Condition } from "../filter";
import type { Bin, Column, Count } from "../types";
import { count, label, number } from "../words";
import { hideTip, showTip } from "../tip";

const WIDTH = 240;
const HEIGHT = 64;

interface Props {
  column: Column;
  bins: Bin[];
  chosen: Condition | undefined;
  /** Without it the bars only show. */
  onRange?: (range: { ge?: number; le?: number } | null) => void;
}

export function Histogram({ column, bins, chosen, onRange }: Props) {
  const bars = bins.filter((each) => each.bin);
  const unknown = bins.find((each) => !each.bin)?.n ?? 0;
  const top = Math.max(...bars.map((each) => each.n_all ?? 0), 1);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const picture = useRef<SVGSVGElement>(null);
  const step = WIDTH / Math.max(bars.length, 1);
  const height = (n: Count) => (!n ? 0 : Math.max((n / top) * (HEIGHT - 2), 1.5));
  const at = (event: PointerEvent) => {
    const box = picture.current!.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    return Math.min(Math.max(index, 0), bars.length - 1);
  };
  const covered = (index: number) =>
    drag
      ? index >= Math.min(...drag) && index <= Math.max(...drag)
      : within(bars[index]!.bin!, chosen);
  const finish = () => {
    if (!drag) return;
    const [from, to] = [Math.min(...drag), Math.max(...drag)];
    setDrag(null);
    onRange?.({ ge: bars[from]!.bin![0], le: bars[to]!.bin![1] });
  };
  const first = bars[0]?.bin?.[0];
  const last = bars.at(-1)?.bin?.[1];
  const beyond = farther(bars);
  return (
    <>
      <svg
        ref={picture}
        class="histogram"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label(column.name)}: ${number(first)} to ${number(last)}${onRange ? "; drag to choose a range" : ""}`}
        onPointerDown={(event) => {
          if (!onRange) return;
          picture.current!.setPointerCapture(event.pointerId);
          setDrag([at(event), at(event)]);
        }}
        onPointerMove={(event) => {
          const index = at(event);
          if (drag) setDrag([drag[0], index]);
          showTip(event, tipOf(bars[index]!));
        }}
        onPointerUp={finish}
        onPointerLeave={hideTip}
      >
        {bars.map((each, index) => (
          <g key={index} class={beyond !== null && index === bars.length - 1 ? "beyond" : undefined}>
            <rect class="all" x={index * step + 0.5} width={step - 1} y={HEIGHT - height(each.n_all)} height={height(each.n_all)} />
            <rect
              class={covered(index) ? "part" : "part off"}
              x={index * step + 0.5}
              width={step - 1}
              y={HEIGHT - height(each.n)}
              height={height(each.n)}
            />
          </g>
        ))}
      </svg>
      <div class="range">
        {onRange ? (
          <>
            <Limit name={`${label(column.name)} from`} value={chosen?.ge} hint={first} onSet={(ge) => onRange({ ge, le: chosen?.le })} />
            <span class="muted">to</span>
            <Limit name={`${label(column.name)} to`} value={chosen?.le} hint={last} onSet={(le) => onRange({ ge: chosen?.ge, le })} />
          </>
        ) : (
          <span class="muted">
            {number(first)} to {number(last)}
          </span>
        )}
        {(beyond !== null || unknown > 0) && (
          <span class="note">
            {[beyond !== null && `last bar: ${number(beyond)} and more`, unknown > 0 && `${count(unknown)} unknown`]
              .filter(Boolean)
              .join(" · ")}
          </span>
        )}
      </div>
    </>
  );
}

/** Where the last bar begins if it holds all that lie far beyond the others; null where all bars are alike. */
function farther(bars: Bin[]): number | null {
  const [from, to] = bars.at(-1)?.bin ?? [0, 0];
  const width = bars.length > 2 ? bars[1]!.bin![1] - bars[1]!.bin![0] : Infinity;
  return to - from > 1.5 * width ? from : null;
}

const tipOf = (each: Bin) => ({
  [`${number(each.bin![0])} to ${number(each.bin![1])}`]: `${count(each.n)} of ${count(each.n_all)}`,
});

function within([from, to]: [number, number], chosen: Condition | undefined): boolean {
  const middle = (from + to) / 2;
  return (chosen?.ge === undefined || middle >= chosen.ge) && (chosen?.le === undefined || middle <= chosen.le);
}

interface LimitProps {
  name: string;
  value: number | undefined;
  hint: number | undefined;
  onSet: (value: number | undefined) => void;
}

function Limit({ name, value, hint, onSet }: LimitProps) {
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={name}
      value={value === undefined ? "" : String(Number(value.toPrecision(6)))}
      placeholder={hint === undefined ? "" : number(hint)}
      onChange={(event) => {
        const text = event.currentTarget.value.trim();
        const next = Number(text);
        if (text !== "" && !Number.isFinite(next)) event.currentTarget.value = "";
        else onSet(text === "" ? undefined : next);
      }}
    />
  );
}
