/** The plan: what was prespecified and what came out. Everything else is marked exploratory. */

import type { Row } from "../api";
import type { ChartSpec } from "../components/Chart";
import { Fault } from "../components/Fault";
import { Figure } from "../components/Figure";
import { useApi } from "../hooks";
import { count, interval, label, pValue, ratio, spelling } from "../words";
import type { Page } from "./index";

interface Association extends Row {
  analysis: string;
  feature: string;
  endpoint: string;
  population: string;
  method: string;
  term: string;
  n: number;
  n_event: number | null;
  effect_kind: string | null;
  effect: number | null;
  ci_low: number | null;
  ci_high: number | null;
  p_value: number | null;
  q_value: number | null;
  status: string;
  reason: string | null;
  prespecified: boolean;
}
/** A row with its flags in words. */
type Told = Association & { sentences: string[] };

interface PlanAnswer {
  plans: { plan_id: string; title: string; sha256: string; n: number }[];
  rows: (Omit<Told, "sentences"> & { sentences: string[] })[];
  /** By analysis, as `keyOf` names it. */
  pictures: Record<string, ChartSpec | null>;
}

function PlanView() {
  const { data, error } = useApi<PlanAnswer>("/api/plan");
  if (error) return <Fault error={error} />;
  if (!data) return null;
  const rows = data.rows as Told[];
  const planned = rows.filter((each) => each.prespecified);
  const others = rows.filter((each) => !each.prespecified);
  return (
    <div class="cards">
      {data.plans.map((plan) => (
        <section key={plan.plan_id} class="card wide" aria-label={plan.title}>
          <h2>
            {plan.title} <span class="badge prespecified">prespecified</span>
          </h2>
          <p class="note">
            {count(plan.n)} results · plan {plan.plan_id} · SHA-256 <code class="hash">{plan.sha256}</code>
          </p>
        </section>
      ))}
      {data.plans.length === 0 && (
        <p class="card wide">No plan is stored with this cohort, so every result here and on the other pages is exploratory.</p>
      )}
      {[...Map.groupBy(planned, keyOf)].map(([key, each]) => (
        <Analysis key={key} title={each[0]!.analysis} rows={each} picture={data.pictures[key]} prespecified />
      ))}
      {others.length > 0 && (
        <h2 class="wide part">
          Not in the plan <span class="badge exploratory">exploratory</span>
        </h2>
      )}
      {[...Map.groupBy(others, keyOf)].map(([key, each]) => (
        <Analysis key={key} title={exploratoryTitle(each[0]!)} rows={each} picture={data.pictures[key]} prespecified={false} />
      ))}
    </div>
  );
}

/** What names an analysis among the stored ones; as in `serve/plan_pictures.py`. */
const keyOf = (row: Told): string => `${row.prespecified ? "planned" : "exploratory"}/${row.analysis}/${row.endpoint}`;

const exploratoryTitle = ({ analysis, endpoint }: Told): string =>
  label(endpoint) + (analysis === "ad hoc" ? "" : `: ${analysis}`);

interface AnalysisProps {
  title: string;
  rows: Told[];
  picture: ChartSpec | null | undefined;
  prespecified: boolean;
}

function Analysis({ title, rows, picture, prespecified }: AnalysisProps) {
  const sentences = [...new Set(rows.flatMap((each) => each.sentences))];
  const plain = rows.map(({ sentences: told, ...row }): Row => ({ ...row, notes: told.join(" ") }));
  return (
    <Figure
      title={title}
      badge={<span class={`badge ${prespecified ? "prespecified" : "exploratory"}`}>{prespecified ? "prespecified" : "exploratory"}</span>}
      lead={[...new Set(rows.map((each) => `${label(each.endpoint)}, ${each.population}`))].join("; ")}
      spec={picture}
      alt="Effects with their 95 % intervals; the table below holds the numbers"
      rows={plain}
      about={{ sentences }}
      wide
    >
      <Results rows={rows} title={title} />
    </Figure>
  );
}

function Results({ rows, title }: { rows: Told[]; title: string }) {
  return (
    <div class="table-box results" tabIndex={0} role="region" aria-label={`Results of ${title}`}>
      <table>
        <thead>
          <tr>
            {["Feature", "What", "n", "Events", "Effect (95 % CI)", "p", "q"].map((name, index) => (
              <th key={name} scope="col" class={index > 1 ? "number" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((each, index) => (
            <tr key={index}>
              <th scope="row">{label(each.feature)}</th>
              <td>
                {each.term === each.feature ? "" : `${spelling(each.term)} · `}
                <span class="muted">{label(each.effect_kind ?? each.method).toLowerCase()}</span>
              </td>
              <td class="number">{count(each.n)}</td>
              <td class="number">{each.n_event === null ? "–" : count(each.n_event)}</td>
              {each.status === "ok" ? (
                <td class="number">
                  {ratio(each.effect)}
                  {each.ci_low !== null && <span class="muted"> ({interval(each.ci_low, each.ci_high)})</span>}
                </td>
              ) : (
                <td class="wrap">
                  {label(each.status)}: {each.reason}
                </td>
              )}
              <td class="number">{pValue(each.p_value)}</td>
              <td class="number">{pValue(each.q_value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const planPage: Page = {
  id: "plan",
  title: "Plan",
  shown: (cohort) => cohort.has.plan ?? cohort.tables.some((table) => table.name === "association"),
  unfiltered: () => true,
  View: PlanView,
};
