/** A chart with all a reader needs to trust it and take it away: n, method, definition, table, SQL, Python. */

import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { Row } from "../api";
import { csv, fileName, save } from "../download";
import type { Provenance } from "../types";
import { patients } from "../words";
import { Chart, type ChartSpec, type Drawn } from "./Chart";
import { Code } from "./Code";
import { Table } from "./Table";

interface Props {
  title: string;
  /** The finding in a line, such as "HR 0.62 (0.41 to 0.94), p = 0.024". */
  lead?: ComponentChildren;
  spec?: ChartSpec | null;
  /** What the picture shows, in words. */
  alt?: string;
  /** The numbers behind the picture: shown as a table, saved as CSV. */
  rows?: Row[];
  columns?: string[];
  about?: Provenance | null;
  /** Marks beside the title, such as "exploratory". */
  badge?: ComponentChildren;
  onPick?: (datum: Record<string, unknown>) => void;
  /** The picture among the children, where it is not a Vega-Lite chart, for the downloads. */
  drawn?: { current: Drawn | null };
  /** Instead of, or below, a Vega-Lite chart. */
  children?: ComponentChildren;
  busy?: boolean;
  wide?: boolean;
  /** The server's picture is drawn as wide as the figure. */
  fill?: boolean;
}

export function Figure(props: Props) {
  const { title, lead, spec, rows, columns, about, badge, children, busy, wide } = props;
  const id = useId();
  const drawn = useRef<Drawn | null>(null);
  return (
    <figure class={`card figure${wide ? " wide" : ""}${busy ? " busy" : ""}`} aria-labelledby={id}>
      <figcaption class="figure-head">
        <h2 id={id}>{title}</h2>
        {badge}
        {lead && <p class="lead">{lead}</p>}
      </figcaption>
      {spec && (
        <Chart
          spec={spec}
          alt={props.alt ?? title}
          fill={props.fill}
          onPick={props.onPick}
          onDrawn={(now) => (drawn.current = now)}
        />
      )}
      {children}
      <About about={about} />
      <div class="drawers">
        {rows && rows.length > 0 && (
          <Drawer name="Table">
            <Table rows={rows} columns={columns} caption={title} />
          </Drawer>
        )}
        {about?.sql && (
          <Drawer name="SQL">
            <Code text={about.sql} language="SQL" />
          </Drawer>
        )}
        {about?.python && (
          <Drawer name="Python">
            <Code text={about.python} language="Python" />
          </Drawer>
        )}
        <Downloads title={title} drawn={spec ? drawn : (props.drawn ?? null)} rows={rows} columns={columns} />
      </div>
    </figure>
  );
}

function About({ about }: { about?: Provenance | null }) {
  if (!about) return null;
  const facts = [
    about.n !== undefined && about.n !== null && patients(about.n),
    about.method?.replace(/_/g, " "),
    about.definition_id && `definition ${about.definition_id}`,
  ].filter(Boolean);
  return (
    <div class="about">
      {facts.length > 0 && <p class="method">{facts.join(" · ")}</p>}
      {about.sentences && about.sentences.length > 0 && (
        <ul class="notes">
          {about.sentences.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A part of the figure opened on demand; its content is made when first opened. */
export function Drawer({ name, children }: { name: string; children: ComponentChildren }) {
  const [opened, setOpened] = useState(false);
  return (
    <details class="drawer" onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>{name}</summary>
      {opened && <div class="drawer-body">{children}</div>}
    </details>
  );
}

interface DownloadProps {
  title: string;
  drawn: { current: Drawn | null } | null;
  rows?: Row[];
  columns?: string[];
}

function Downloads({ title, drawn, rows, columns }: DownloadProps) {
  const svg = async () => save((await drawn?.current?.svg()) ?? "", fileName(title, "svg"), "image/svg+xml");
  const png = async () => {
    const picture = await drawn?.current?.png();
    if (picture) save(picture, fileName(title, "png"));
  };
  return (
    <span class="downloads" role="group" aria-label={`Download ${title}`}>
      {drawn && (
        <>
          <button type="button" class="quiet" onClick={() => void svg()}>
            SVG
          </button>
          <button type="button" class="quiet" onClick={() => void png()}>
            PNG
          </button>
        </>
      )}
      {rows && rows.length > 0 && (
        <button type="button" class="quiet" onClick={() => save(csv(rows, columns), fileName(title, "csv"), "text/csv")}>
          CSV
        </button>
      )}
    </span>
  );
}
