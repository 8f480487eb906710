/** The genes: what is altered in whom, where in the protein, and what goes together. */

import { useState } from "preact/hooks";
import type { Row } from "../../api";
import type { Drawn } from "../../components/Chart";
import { Fault } from "../../components/Fault";
import { Figure } from "../../components/Figure";
import { Finder } from "../../components/Finder";
import { useApi } from "../../hooks";
import { choose } from "../../router";
import { count, label } from "../../words";
import type { Page, PageProps } from "../index";
import { Cooccurrence } from "./Cooccurrence";
import { Frequencies } from "./Frequencies";
import { Lollipop } from "./Lollipop";
import { kindName, Oncoprint } from "./Oncoprint";
import type { Oncoprint as Print } from "./types";

const list = (text: string | undefined): string[] => (text ?? "").split(",").filter(Boolean);

function GenesView({ cohort, route, columns }: PageProps) {
  const { site } = cohort;
  const asked = list(route.choices.genes);
  const tracks = list(route.choices.tracks);
  const { data, error, loading } = useApi<Print>("/api/oncoprint", { genes: asked, tracks, sort: route.choices.sort ?? "", f: route.filter });
  const all = useApi<{ gene: string; n: number }[]>("/api/genes");
  const [drawn] = useState<{ current: Drawn | null }>({ current: null });
  if (error) return <Fault error={error} />;
  if (!data)
    return (
      <p class="loading" role="status">
        Reading the genes …
      </p>
    );
  const genes = data.genes.map((row) => row.gene);
  const shownTracks = data.tracks.map((track) => track.name);
  const sort = shownTracks.includes(route.choices.sort ?? "") ? route.choices.sort! : "";
  const gene = route.choices.gene ?? genes[0];
  const whole = data.patients.length > 0;
  const few = site !== undefined && site.min_cell > 1 && route.filter.length > 0;
  const add = (name: string) => choose(route, { genes: [...genes.filter((each) => each !== name), name].join(","), gene: name });
  return (
    <div class="cards">
      <Figure
        title={whole ? "Alterations by patient" : "Altered genes"}
        lead={
          data.n === 0
            ? "No sequenced patient meets the filter."
            : `${count(data.n)} sequenced patients, one baseline pair each${whole ? "; a click opens the patient" : ""}`
        }
        rows={data.genes.map((row): Row => tableRow(row, data.kinds))}
        about={data}
        drawn={whole ? drawn : undefined}
        busy={loading}
        wide
      >
        <div class="controls">
          {!site && (
            <>
          <Finder
            name="Add a gene"
            placeholder="Symbol"
            choices={(all.data ?? []).filter((each) => !genes.includes(each.gene)).map((each) => ({ value: each.gene, label: `${each.gene} (${count(each.n)})` }))}
            onPick={add}
          />
          <Finder
            name="Add a track"
            placeholder="Column of the cohort"
            choices={columns.filter((each) => !shownTracks.includes(each.name) && each.dtype !== "date").map((each) => ({ value: each.name, label: label(each.name) }))}
            onPick={(name) => choose(route, { tracks: [...shownTracks, name].join(",") })}
          />
            </>
          )}
          {shownTracks.length > 0 && (
            <label class="field">
              <span>Group by</span>
              <select value={sort} onChange={(event) => choose(route, { sort: event.currentTarget.value })}>
                <option value="">Genes only</option>
                {shownTracks.map((name) => (
                  <option key={name} value={name}>
                    {label(name)}
                  </option>
                ))}
              </select>
            </label>
          )}
          {!site && (asked.length > 0 || tracks.length > 0) && (
            <button type="button" class="plain" onClick={() => choose(route, { genes: "", tracks: "", sort: "" })}>
              Most altered genes
            </button>
          )}
        </div>
        {!whole && data.n !== 0 && <Frequencies print={data} gene={gene ?? ""} route={route} />}
        {whole && data.n > 0 && <Oncoprint print={data} gene={gene ?? ""} route={route} onDrawn={(now) => (drawn.current = now)} />}
      </Figure>
      {few && <p class="card note">Mutations along the protein and pairs of genes: this copy holds them for all patients together.</p>}
      {!few && gene && <Lollipop gene={gene} route={route} />}
      {!few && genes.length > 1 && <Cooccurrence genes={genes} route={route} />}
    </div>
  );
}

function tableRow(row: Print["genes"][number], kinds: string[]): Row {
  const counts = kinds.map((kind, index) => {
    const told = row.by_kind?.find((each) => each.name === kind);
    return [kindName(kind), told ? told.n : row.bits.filter((bits) => bits & (1 << index)).length];
  });
  return { gene: row.gene, role: row.role, altered: row.n_altered, evaluable: row.n_known, ...Object.fromEntries(counts) };
}

export const genesPage: Page = {
  id: "genes",
  title: "Genes",
  shown: (cohort) => cohort.has.genes !== false,
  View: GenesView,
};
