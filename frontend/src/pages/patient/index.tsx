/** One patient: what happened when, and everything that was measured. What is not there is absent. */

import { useState } from "preact/hooks";
import { isStatic, type Row, type Scalar } from "../../api";
import { type ChartSpec, fileOf } from "../../components/Chart";
import { Fault } from "../../components/Fault";
import { Drawer, Figure } from "../../components/Figure";
import { Grid, type GridColumn } from "../../components/Grid";
import { Table } from "../../components/Table";
import { useApi } from "../../hooks";
import { choose, go, href, type Route } from "../../router";
import { count, label, number } from "../../words";
import type { Column } from "../../types";
import type { Page, PageProps } from "../index";
import { Biomarkers } from "./Biomarkers";
import { Reads, samplesOf, siteOf } from "./Reads";
import type { PatientAnswer, Pictures, ReadsAnswer, TimelineAnswer } from "./types";

/** Facts in the head of the page, as far as the clinical table has them. */
const FACTS = ["age", "sex", "ecog", "stage", "histology", "site", "assignment", "arm_assigned", "arm_received", "pdl1_cps", "induction_response", "best_response", "os_months", "pfs_months", "highest_toxicity_grade"];

function PatientView({ route, columns }: PageProps) {
  const { data, error } = useApi<PatientAnswer>(route.part ? `/api/patient/${encodeURIComponent(route.part)}` : null);
  return (
    <>
      <Search key={route.part} route={route} />
      {!route.part && <Choose route={route} columns={columns} />}
      {error && <Fault error={error} />}
      {data && <Found key={data.patient_id} data={data} route={route} />}
    </>
  );
}

const CHOICE = ["arm_assigned", "best_response", "stage", "os_months", "tmb_per_mb", "msi_class", "highest_toxicity_grade"];

/** All patients the filter leaves, each a link. */
function Choose({ route, columns }: { route: Route; columns: Column[] }) {
  const known = CHOICE.map((name) => columns.find((each) => each.name === name)).filter((each) => each !== undefined);
  const first: GridColumn = { name: "patient_id", title: "Patient", width: 150, href: (row) => href("patient", { part: String(row.patient_id), filter: route.filter }) };
  const rest = known.map((each): GridColumn => ({ name: each.name, numeric: each.min !== undefined && each.min !== null, doc: each.doc }));
  return (
    <section class="card" aria-labelledby="choose">
      <h2 id="choose">Choose a patient</h2>
      <Grid name="Patients to choose from" columns={[first, ...rest]} path="/api/patients" params={{ f: route.filter, columns: known.map((each) => each.name) }} height={560} />
    </section>
  );
}

function Search({ route }: { route: Route }) {
  const [text, setText] = useState(route.part);
  const open = (event: Event) => {
    event.preventDefault();
    if (text.trim()) go(href("patient", { part: text.trim(), filter: route.filter }));
  };
  return (
    <form class="controls patient-search" onSubmit={open}>
      <a href={href("cohort", { filter: route.filter })}>← Cohort</a>
      <label class="field beside">
        <span>Patient</span>
        <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" class="plain">
        Open
      </button>
    </form>
  );
}

function Found({ data, route }: { data: PatientAnswer; route: Route }) {
  const { data: reads } = useApi<ReadsAnswer>(isStatic ? null : `/api/patient/${encodeURIComponent(data.patient_id)}/reads`);
  const pairs = data.pairs.map((each) => String(each.pair_id));
  const pair = pairs.includes(route.choices.pair ?? "") ? route.choices.pair! : (pairs[0] ?? "");
  const shown = data.pairs.find((each) => each.pair_id === pair);
  const of = <T extends { pair_id?: unknown }>(rows: T[]): T[] => rows.filter((each) => each.pair_id === pair);
  return (
    <div class="cards">
      <Head data={data} />
      {data.timeline && <Timeline line={data.timeline} pictures={data.pictures} />}
      {pairs.length > 1 && <Pairs pairs={data.pairs} pair={pair} route={route} />}
      <Failed pair={shown} />
      <Measurements data={data} pair={pair} />
      <Tumour data={data} pair={pair} of={of} />
      <Calls data={data} picture={data.pictures.neoantigens?.[pair]} of={of} readsAt={reads && shown && samplesOf(reads, shown).length > 0 ? (row) => href("patient", { ...route, choices: { ...route.choices, at: siteOf(row) } }) : undefined} />
      {reads && shown && <Reads reads={reads} pair={shown} variants={of(data.variants.rows)} route={route} />}
    </div>
  );
}

function Head({ data }: { data: PatientAnswer }) {
  const facts = FACTS.filter((name) => name in data.clinical);
  const rows = Object.entries(data.clinical).map(([name, value]): Row => ({ column: label(name), value: told(value) }));
  return (
    <section class="card wide" aria-labelledby="patient-id">
      <h2 id="patient-id" class="patient-id">
        Patient {data.patient_id}
      </h2>
      {facts.length > 0 && (
        <dl class="facts">
          {facts.map((name) => (
            <div key={name}>
              <dt>{label(name)}</dt>
              <dd>{told(data.clinical[name] ?? null)}</dd>
            </div>
          ))}
        </dl>
      )}
      {rows.length > 0 && (
        <Drawer name="All clinical values">
          <Table rows={rows} caption={`Clinical values of patient ${data.patient_id}`} />
        </Drawer>
      )}
    </section>
  );
}

const told = (value: Scalar): string =>
  typeof value === "number" ? number(value) : value === true ? "yes" : value === false ? "no" : String(value ?? "–").replace(/_/g, " ");

function Timeline({ line, pictures }: { line: TimelineAnswer; pictures: Pictures }) {
  const rows: Row[] = [
    ...line.phases.map((each) => ({ what: each.name, detail: each.detail, from_day: each.start, to_day: each.open ? null : each.end })),
    ...line.events.map((each) => ({ what: label(each.kind), detail: null, from_day: each.day, to_day: null })),
    ...line.samples.map((each) => ({ what: `${label(each.role)} sample`, detail: [each.specimen, each.timepoint].filter(Boolean).join(", "), from_day: each.day, to_day: null })),
    ...line.assessments.map((each) => ({ what: "Assessment", detail: each.response, from_day: each.day, to_day: null })),
    ...line.toxicity.map((each) => ({ what: label(each.term), detail: `grade ${each.grade}`, from_day: each.start, to_day: each.open ? null : each.end })),
  ];
  return (
    <>
      <Figure
        title="Time line"
        lead={`From ${line.origin}; adverse events in their grade's colour, darker with higher grade`}
        spec={pictures.timeline}
        alt="Treatment, samples, response and adverse events over time; the table holds the days"
        rows={rows}
        columns={["what", "detail", "from_day", "to_day"]}
        fill
        wide
      />
      {pictures.lesions && <Figure title="Target lesions" fill spec={pictures.lesions} alt="Change of the target lesions over time" rows={line.assessments.map((each): Row => ({ ...each }))} wide />}
    </>
  );
}

function Pairs({ pairs, pair, route }: { pairs: Row[]; pair: string; route: Route }) {
  return (
    <div class="wide pairs" role="group" aria-label="Sample shown below">
      {pairs.map((each) => (
        <button
          key={String(each.pair_id)}
          type="button"
          class={each.pair_id === pair ? "main" : "plain"}
          aria-pressed={each.pair_id === pair}
          onClick={() => choose(route, { pair: String(each.pair_id) })}
        >
          {[each.timepoint, each.specimen].filter(Boolean).map((text) => told(String(text))).join(", ") || String(each.pair_id)}
        </button>
      ))}
    </div>
  );
}

function Failed({ pair }: { pair: Row | undefined }) {
  if (!pair || pair.status === "ok") return null;
  return <p class="card fault wide">This pair did not go through: {String(pair.reason ?? "no reason recorded")}</p>;
}

function Measurements({ data, pair }: { data: PatientAnswer; pair: string }) {
  const measured = data.biomarkers.filter((each) => each.pair_id === pair);
  if (measured.length === 0) return null;
  const rows = measured.map(({ group, name, value, unit, status, reason, percentile, definition_id }): Row => ({ group, name, value, unit, status, reason, percentile: percentile ?? null, definition_id }));
  const picture = data.pictures.percentile?.[pair];
  const drawn = picture && { current: fileOf(picture) };
  return (
    <Figure title="Biomarkers" lead="The dot is the percentile among the cohort's baseline samples; the darker part of its line is the middle half" rows={rows} drawn={drawn} wide>
      <Biomarkers measured={measured} />
    </Figure>
  );
}

type Of = <T extends { pair_id?: unknown }>(rows: T[]) => T[];

function Tumour({ data, pair, of }: { data: PatientAnswer; pair: string; of: Of }) {
  const { pictures } = data;
  const segments = of(data.segments);
  const signatures = of(data.signatures);
  const clusters = of(data.evolution?.clusters ?? []);
  const followed = data.evolution?.followed ?? [];
  const clones = pictures.clones?.[pair];
  return (
    <>
      {segments.length > 0 && (
        <Figure title="Copy number" fill lead={`${count(segments.length)} segments`} spec={pictures.copy_number?.[pair]} alt="Copies of both alleles along the genome" rows={segments.map((each): Row => ({ ...each }))} wide />
      )}
      {signatures.length > 0 && (
        <Figure title="Mutational signatures" lead="Bars are shares of the mutations of a kind, lines their 95 % intervals" spec={pictures.signatures?.[pair]} alt="Shares of mutations by signature" rows={signatures} />
      )}
      {(clones || clusters.length > 0) && (
        <Figure title="Clones" fill lead="Mutations by the share of tumour cells that carry them" spec={clones} alt="Mutations by cancer cell fraction" rows={clusters} />
      )}
      {followed.length > 1 && (
        <Figure title="Mutations over time" fill lead="The first sample's mutations in the later ones; one that was not called there counts as 0" spec={pictures.ctdna} alt="Mean allele fraction by sample" rows={followed.map((each): Row => ({ ...each }))} />
      )}
      <Hla types={of(data.hla)} losses={of(data.hla_loh)} />
    </>
  );
}

function Hla({ types, losses }: { types: Row[]; losses: Row[] }) {
  const lost = new Map(losses.map((each) => [each.locus, each]));
  const rows = types.filter((each) => each.allele_1).map((each): Row => {
    const loss = lost.get(each.locus ?? null);
    return {
      locus: each.locus ?? null,
      allele_1: each.allele_1 ?? null,
      allele_2: each.allele_2 ?? null,
      confidence: each.confidence ?? null,
      ...(losses.length > 0 ? { in_the_tumour: loss ? told(loss.state ?? loss.reason ?? null) : null, lost_allele: loss?.lost_allele ?? null } : {}),
    };
  });
  if (rows.length === 0) return null;
  const n = losses.filter((each) => each.lost_allele).length;
  return (
    <Figure title="HLA types" lead={losses.length > 0 ? (n > 0 ? `${n} ${n === 1 ? "allele" : "alleles"} lost in the tumour` : "no allele lost in the tumour") : undefined}>
      <Table rows={rows} caption="HLA types and their loss in the tumour" />
    </Figure>
  );
}

const NUMERIC = new Set(["vaf", "ccf", "t_alt", "t_depth", "start", "rank", "ic50_nm", "rank_pct", "fold_change", "expression_tpm", "n_mutation", "total_cn", "minor_cn", "log2"]);

function gridColumns(rows: Row[], names?: string[]): GridColumn[] {
  const kept = (names ?? Object.keys(rows[0] ?? {})).filter((name) => name !== "pair_id" && rows.some((row) => row[name] !== undefined && row[name] !== null));
  return kept.map((name) => ({ name, numeric: NUMERIC.has(name) }));
}

function Calls({ data, picture, of, readsAt }: { data: PatientAnswer; picture?: ChartSpec; of: Of; readsAt?: (row: Row) => string }) {
  const variants = of(data.variants.rows);
  const linked: GridColumn[] = readsAt ? [{ name: "reads", href: readsAt }] : [];
  const neoantigens = of(data.neoantigens.rows);
  const genes = of(data.genes);
  return (
    <>
      {genes.length > 0 && (
        <Figure title="Driver and pathway genes" lead={`${count(genes.length)} not unaltered`} rows={genes} wide>
          <Grid name="Driver and pathway genes" rows={genes} columns={gridColumns(genes, ["gene", "role", "status", "hits", "mutations", "clonality", "total_cn", "minor_cn", "log2"])} height={height(genes)} />
        </Figure>
      )}
      {variants.length > 0 && (
        <Figure title="Variants" lead={`${count(variants.length)} passing calls${data.variants.n > data.variants.rows.length ? `; the first ${count(data.variants.rows.length)} of ${count(data.variants.n)} of all samples` : ""}`} rows={variants} wide>
          <Grid name="Variants" rows={readsAt ? variants.map((each) => ({ ...each, reads: "show" })) : variants} columns={[...gridColumns(variants), ...linked]} height={height(variants)} />
        </Figure>
      )}
      {neoantigens.length > 0 && (
        <Figure title="Neoantigens" lead={`${count(neoantigens.length)} candidates in order of rank${data.neoantigens.n > data.neoantigens.rows.length ? `; the first ${count(data.neoantigens.rows.length)} of ${count(data.neoantigens.n)}` : ""}`} spec={picture} alt="Best binding ranks of the candidates, tumour against wild type" rows={neoantigens} wide>
          <Grid name="Neoantigens" rows={neoantigens} columns={gridColumns(neoantigens)} height={height(neoantigens)} />
        </Figure>
      )}
    </>
  );
}

/** As tall as its rows, up to a screen's half. */
const height = (rows: Row[]): number => Math.min(46 + rows.length * 34, 420);

export const patientPage: Page = {
  id: "patient",
  title: "Patient",
  shown: (cohort) => cohort.has.patient !== false && cohort.site?.patients !== false,
  unfiltered: (route) => route.part !== "",
  View: PatientView,
};
