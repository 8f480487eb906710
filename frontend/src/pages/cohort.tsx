/** The cohort: who is in it, narrowed by linked filters; every summary chart is also a filter. */

import { useApi } from "../hooks";
import { Bars } from "../components/Bars";
import { Facet } from "../components/Facet";
import { Grid, type GridColumn } from "../components/Grid";
import { Finder } from "../components/Finder";
import { condition, withCondition } from "../filter";
import { choose, href, refilter, type Route } from "../router";
import type { Column, Counts } from "../types";
import { count, label, percent } from "../words";
import type { Page, PageProps } from "./index";

/** Charts shown first, in this order, where the cohort has them; any other is a choice away. */
const FIRST = [
  "arm_assigned",
  "assignment",
  "site",
  "induction_response",
  "best_response",
  "highest_toxicity_grade",
  "stage",
  "histology",
  "sex",
  "ecog",
  "age",
  "pdl1_cps",
  "tmb_per_mb",
  "msi_class",
  "n_neoantigen",
];
const QUALITY = ["mean_coverage_tumor", "mean_coverage_normal", "callable_mb", "contamination", "purity", "sbs_cosine"];
/** Columns of the patients' grid, as far as the cohort has them. */
const GRID = [...FIRST.slice(0, 6), "sex", "age", "stage", "tmb_per_mb", "msi_class", "purity", "os_months", "pfs_months"];
const GENES_SHOWN = 12;

const isFilter = (column: Column): boolean =>
  (column.levels?.length ?? 0) > 0 || (column.min !== null && column.min !== undefined);

/** The columns whose charts the page shows: the first ones, the added ones, and all that filter. */
function charted(columns: Column[], route: Route): Column[] {
  const added = (route.choices.show ?? "").split(",").filter(Boolean);
  const filtered = route.filter.map((each) => each.c);
  const names = [...new Set([...FIRST, ...added, ...filtered])].filter((name) => !QUALITY.includes(name));
  return pick(columns, names);
}

const pick = (columns: Column[], names: string[]): Column[] =>
  names.flatMap((name) => columns.find((column) => column.name === name && isFilter(column)) ?? []);

function CohortView({ cohort, columns, route, counts }: PageProps) {
  const quality = pick(columns, QUALITY);
  return (
    <>
      <Facets cohort={cohort} columns={columns} route={route} counts={counts} />
      {quality.length > 0 && (
        <section aria-labelledby="quality">
          <div class="section-head">
            <h2 id="quality">Sequencing quality</h2>
          </div>
          <div class="facets">
            {quality.map((column) => (
              <Facet key={column.name} column={column} bins={counts?.by[column.name]} route={route} site={cohort.site} />
            ))}
          </div>
        </section>
      )}
      <div class="below">
        {counts && counts.flow.length > 0 && <Flow counts={counts} />}
        <Missing columns={columns} all={cohort.counts.n_patient ?? 0} />
      </div>
      {cohort.site?.patients !== false && (
        <Patients columns={columns} route={route} hasPages={cohort.has.patient !== false} />
      )}
    </>
  );
}

function Facets({ cohort, columns, route, counts }: PageProps) {
  const shown = charted(columns, route);
  const added = (route.choices.show ?? "").split(",").filter(Boolean);
  const others = columns.filter((column) => isFilter(column) && !shown.includes(column));
  const show = (names: string[]) => choose(route, { show: names.join(",") });
  return (
    <section aria-labelledby="who">
      <div class="section-head">
        <h2 id="who">Who is in the cohort</h2>
        <div class="controls">
          <Finder
            name="Add a chart"
            placeholder="Biomarker or clinical column"
            choices={others.map((column) => ({ value: column.name, label: label(column.name) }))}
            onPick={(name) => show([...added, name])}
          />
        </div>
      </div>
      <div class="facets">
        {shown.map((column) => (
          <Facet
            key={column.name}
            column={column}
            bins={counts?.by[column.name]}
            route={route}
            site={cohort.site}
            onClose={added.includes(column.name) ? () => show(added.filter((each) => each !== column.name)) : undefined}
          />
        ))}
        <Genes route={route} fixed={cohort.site !== undefined} />
      </div>
    </section>
  );
}

function Genes({ route, fixed }: { route: Route; fixed: boolean }) {
  const all = useApi<{ gene: string; n: number }[]>("/api/genes");
  const now = useApi<{ gene: string; n: number }[]>("/api/genes", { f: route.filter });
  if (!all.data || all.data.length === 0) return null;
  const under = new Map(now.data?.map((each) => [each.gene, each.n]));
  const asked = route.filter.filter((each) => each.c.startsWith("gene:")).map((each) => each.c.slice(5));
  const top = all.data.slice(0, GENES_SHOWN);
  const shown = [...top, ...all.data.filter((each) => asked.includes(each.gene) && !top.includes(each))];
  const toggle = (gene: string) => {
    const on = condition(route.filter, `gene:${gene}`);
    refilter(route, withCondition(route.filter, `gene:${gene}`, on ? null : { in: [true] }));
  };
  return (
    <section class={`card facet${asked.length > 0 ? " chosen" : ""}`} aria-label="Altered gene">
      <header class="facet-head">
        <h3>Altered gene</h3>
      </header>
      <Bars
        name="Altered gene"
        bins={shown.map(({ gene, n }) => ({ value: gene, n: under.get(gene) ?? 0, n_all: n }))}
        chosen={asked}
        can={() => !fixed}
        onToggle={(gene) => toggle(String(gene))}
      />
      {!fixed && (
        <Finder
          name="Any gene"
          placeholder="Symbol"
          choices={all.data.map(({ gene, n }) => ({ value: gene, label: `${gene} (${count(n)})` }))}
          onPick={toggle}
        />
      )}
    </section>
  );
}

function Flow({ counts }: { counts: Counts }) {
  return (
    <section class="card" aria-labelledby="flow">
      <h2 id="flow">Flow of patients</h2>
      <ol class="flow">
        {counts.flow.map((each) => (
          <li key={each.step}>
            <b>{count(each.n)}</b>
            <span>{each.step}</span>
            {(each.excluded ?? 0) > 0 && (
              <span class="lost">
                {count(each.excluded!)} left out{each.reason ? `: ${each.reason}` : ""}
              </span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Missing({ columns, all }: { columns: Column[]; all: number }) {
  const gaps = columns
    .filter((column) => column.n_known < all && !/_date$|^hla_/.test(column.name))
    .sort((a, b) => a.n_known - b.n_known)
    .slice(0, 12);
  if (all === 0) return null;
  return (
    <section class="card" aria-labelledby="missing">
      <h2 id="missing">Least known columns</h2>
      {gaps.length === 0 && <p class="note">Every column is known for every patient.</p>}
      <ul class="gaps">
        {gaps.map((column) => (
          <li key={column.name}>
            <span class="bar-name" title={column.doc}>
              {label(column.name)}
            </span>
            <span class="bar-track" aria-hidden="true">
              <span class="bar-all" style={{ width: "100%" }} />
              <span class="bar-fill" style={{ width: `${(100 * column.n_known) / all}%` }} />
            </span>
            <span class="bar-n">{percent(column.n_known, all)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Patients({ columns, route, hasPages }: { columns: Column[]; route: Route; hasPages: boolean }) {
  const shown = [...new Set([...GRID, ...route.filter.map((each) => each.c)])];
  const known = shown.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const first: GridColumn = {
    name: "patient_id",
    title: "Patient",
    ...(hasPages ? { href: (row) => href("patient", { part: String(row.patient_id), filter: route.filter }) } : {}),
  };
  const rest = known.map(
    (column): GridColumn => ({ name: column.name, numeric: isNumeric(column), doc: column.doc }),
  );
  return (
    <section aria-labelledby="patients">
      <div class="section-head">
        <h2 id="patients">Patients</h2>
      </div>
      <Grid name="Patients" columns={[first, ...rest]} path="/api/patients" params={{ f: route.filter, columns: known.map((column) => column.name) }} />
    </section>
  );
}

const isNumeric = (column: Column): boolean => column.min !== null && column.min !== undefined;

export const cohortPage: Page = {
  id: "cohort",
  title: "Cohort",
  shown: () => true,
  counted: (columns, route) =>
    [...charted(columns, route), ...pick(columns, QUALITY)].map((column) => column.name),
  View: CohortView,
};
