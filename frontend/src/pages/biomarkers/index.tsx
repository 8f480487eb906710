/** One biomarker against survival, response, toxicity, treatment, and another biomarker. */

import type { ComponentChildren } from "preact";
import type { Row } from "../../api";
import { Fault } from "../../components/Fault";
import { Figure } from "../../components/Figure";
import { Finder } from "../../components/Finder";
import { useApi } from "../../hooks";
import { choose, type Route } from "../../router";
import type { Cohort, Column } from "../../types";
import { count, interval, label, number, patients, pValue, ratio } from "../../words";
import type { Page, PageProps } from "../index";
import type { Answered, Effect, Endpoint, Group, Values } from "./types";

const FAVOURITES = ["tmb_per_mb", "pdl1_cps", "n_neoantigen", "purity"];
const CUTS = [
  { value: "", label: "Median for curves, as a number in the model" },
  { value: "median", label: "At the median" },
  { value: "maximal", label: "Where it separates most (searched)" },
  { value: "value", label: "At a value …" },
];

interface Chosen {
  cohort: Cohort;
  route: Route;
  feature: string;
  title: string;
  endpoints: Endpoint[];
  /** A static site under a filter: the first endpoint of each chart, no other cut. */
  few: boolean;
}

function BiomarkersView({ cohort, columns, route }: PageProps) {
  const { site } = cohort;
  const few = site !== undefined && route.filter.length > 0;
  const features = columns.filter(
    (each) => isFeature(each) && (!site || (few ? site.narrowed : site.features).includes(each.name)),
  );
  const asked = route.choices.feature;
  if (few && asked && !features.some((each) => each.name === asked))
    return (
      <p class="card">
        Under a filter this copy holds no answer for {label(asked)}. Clear the filter, or choose another biomarker:{" "}
        {features.map((each) => (
          <button key={each.name} type="button" class="quiet" onClick={() => choose(route, { feature: each.name })}>
            {label(each.name)}
          </button>
        ))}
      </p>
    );
  const found = features.find((each) => each.name === asked);
  const feature = found ?? first(features);
  if (!feature) return <p class="card">No biomarker differs between the patients of this cohort: there is nothing to compare.</p>;
  const endpoints = (cohort as Cohort & { endpoints?: Endpoint[] }).endpoints ?? [];
  const title = titled(feature);
  const chosen = { cohort, route, feature: feature.name, title, endpoints, few };
  return (
    <>
      {asked && !found && (
        <p class="card" role="status">
          <strong>{label(asked)}</strong> cannot be compared: this cohort has no such biomarker, or it does not differ between its patients.
          Shown is {title}.
        </p>
      )}
      <div class="controls card" role="group" aria-label="What is compared">
        <Finder
          name="Biomarker"
          placeholder="Name"
          value={feature.name}
          choices={features.map((each) => ({ value: each.name, label: label(each.name) }))}
          onPick={(name) => choose(route, { feature: name })}
        />
        <Cut route={route} numeric={isNumeric(feature) && !few} fixed={site !== undefined} />
        {feature.doc && <p class="note doc">{feature.doc}</p>}
      </div>
      <div class="cards">
        <Curves {...chosen} name="endpoint" kinds={["survival"]} heading="Survival" path="/api/survival" />
        <Outcome {...chosen} name="response" heading="Response" path="/api/response" endpoints={endpoints.filter(isResponse).sort(confirmedFirst)} />
        <Toxicity {...chosen} />
        <Treatment {...chosen} />
        <Against {...chosen} features={features} />
      </div>
    </>
  );
}

const isNumeric = (column: Column): boolean => column.min !== null && column.min !== undefined;
const isFeature = (column: Column): boolean =>
  (column.table === "biomarker" || ["pdl1_cps", "nlr", "age", "sex", "ecog", "stage", "arm_assigned"].includes(column.name)) &&
  (isNumeric(column) || ((column.levels?.length ?? 0) > 1 && column.levels!.length <= 12));
const isResponse = (each: Endpoint): boolean => each.kind === "binary" && !each.name.startsWith("toxicity");
const confirmedFirst = (a: Endpoint, b: Endpoint): number => Number(b.name === "response") - Number(a.name === "response");
const isToxicity = (each: Endpoint): boolean => each.name.startsWith("toxicity") && each.kind !== "recurrent";

const first = (features: Column[]): Column | undefined =>
  FAVOURITES.flatMap((name) => features.find((each) => each.name === name) ?? [])[0] ?? features[0];

const titled = (column: Column): string =>
  label(column.name) + (column.unit && !column.name.endsWith("per_mb") ? ` (${column.unit})` : "");

function Cut({ route, numeric, fixed }: { route: Route; numeric: boolean; fixed: boolean }) {
  if (!numeric) return null;
  const cut = route.choices.cut ?? "";
  const isValue = cut !== "" && !CUTS.some((each) => each.value === cut && cut !== "value");
  return (
    <>
      <Choice
        name="Cut"
        value={isValue ? "value" : cut}
        choices={fixed ? CUTS.slice(0, 2) : CUTS}
        onPick={(next) => choose(route, { cut: next })}
      />
      {isValue && (
        <label class="field">
          <span>Above</span>
          <input
            type="text"
            inputMode="decimal"
            value={cut === "value" ? "" : cut}
            onChange={(event) => {
              const text = event.currentTarget.value.trim();
              if (text !== "" && Number.isFinite(Number(text))) choose(route, { cut: text });
            }}
          />
        </label>
      )}
    </>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  choices: { value: string; label: string }[];
  onPick: (value: string) => void;
}

function Choice({ name, value, choices, onPick }: ChoiceProps) {
  return (
    <label class="field">
      <span>{name}</span>
      <select value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        {choices.map((each) => (
          <option key={each.value} value={each.value}>
            {each.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The cut as the API reads it: a number still to be typed asks for none. */
const cutOf = (route: Route): string => (route.choices.cut === "value" ? "" : (route.choices.cut ?? ""));

/** Ask for an analysis of the chosen feature under the present filter. */
const useAnalysis = (path: string | null, { cohort, feature, few, route }: Chosen, endpoint: string) => {
  const cut = few || (cohort.site && path !== "/api/survival") ? "" : cutOf(route);
  return useApi<Answered>(path, { endpoint, feature, cut, f: route.filter });
};

/** The endpoints to choose from. */
const offered = ({ few }: Chosen, endpoints: Endpoint[]): Endpoint[] => (few ? endpoints.slice(0, 1) : endpoints);

/** The endpoint chosen under a name in the address, or the first. */
const chosenEndpoint = (route: Route, name: string, endpoints: Endpoint[]): Endpoint | undefined =>
  endpoints.find((each) => each.name === route.choices[name]) ?? endpoints[0];

function EndpointChoice({ route, name, endpoints, value }: { route: Route; name: string; endpoints: Endpoint[]; value: string }) {
  if (endpoints.length < 2) return null;
  return (
    <Choice
      name="Endpoint"
      value={value}
      choices={endpoints.map((each) => ({ value: each.name, label: each.title }))}
      onPick={(next) => choose(route, { [name]: next })}
    />
  );
}

interface CurvesProps extends Chosen {
  name: string;
  kinds: Endpoint["kind"][];
  heading: string;
  path: string;
}

function Curves(props: CurvesProps) {
  const { route, name, kinds, heading, path, title } = props;
  const endpoints = offered(props, props.endpoints.filter((each) => kinds.includes(each.kind)));
  const endpoint = chosenEndpoint(route, name, endpoints);
  const answer = useAnalysis(endpoint ? path : null, props, endpoint?.name ?? "");
  if (!endpoint) return null;
  if (answer.error) return <Fault error={answer.error} />;
  return (
    <CurveFigure found={answer.data} busy={answer.loading} heading={`${heading}: ${endpoint.title}`} title={title} wide>
      <EndpointChoice route={route} name={name} endpoints={endpoints} value={endpoint.name} />
    </CurveFigure>
  );
}

interface CurveFigureProps {
  found: Answered | null;
  busy: boolean;
  heading: string;
  title: string;
  wide?: boolean;
  children?: ComponentChildren;
}

function CurveFigure({ found, busy, heading, title, wide, children }: CurveFigureProps) {
  const groups = found?.groups ?? [];
  return (
    <Figure
      title={heading}
      wide={wide}
      busy={busy}
      badge={found && <Status found={found} />}
      lead={found && <CurveLead found={found} />}
      spec={found?.picture}
      alt={`${heading} by ${title}: ${groups.map(curveWords).join("; ")}`}
      rows={groups.flatMap((each) => each.curve.map((step) => ({ group: each.name, ...step }) as unknown as Row))}
      about={found}
    >
      {children}
    </Figure>
  );
}

/** A cut chosen on these patients: the plain log-rank test does not pay for the search, so it is not shown. */
const isSearched = (found: Answered): boolean => found.cut_label?.includes("searched") ?? false;

function CurveLead({ found }: { found: Answered }) {
  const why = found.refused ?? found.reason;
  return (
    <>
      {found.log_rank?.p != null && !isSearched(found) && (
        <>
          Log-rank <b>p {equal(found.log_rank.p)}</b> ·{" "}
        </>
      )}
      {found.effect ? <EffectText effect={found.effect} /> : why}
      {found.cut_label && (found.groups?.length ?? 0) > 0 && <> · curves {found.cut_label}</>}
    </>
  );
}

const KINDS: Record<string, string> = {
  hazard_ratio: "HR",
  subdistribution_hazard_ratio: "subdistribution HR",
  odds_ratio: "OR",
  ratio_of_hazard_ratios: "ratio of HR",
  ratio_of_odds_ratios: "ratio of OR",
};

function EffectText({ effect }: { effect: Effect }) {
  const kind = KINDS[effect.effect_kind ?? ""] ?? label(effect.effect_kind ?? "effect");
  return (
    <>
      {kind} <b data-effect={effect.effect}>{ratio(effect.effect)}</b> ({interval(effect.ci_low, effect.ci_high)})
      {effect.scale && ` ${effect.scale}`}, <b>p {equal(effect.p_value)}</b>
    </>
  );
}

const equal = (p: number | null | undefined): string => {
  const text = pValue(p);
  return text.startsWith("<") || text === "–" ? text : `= ${text}`;
};

function Status({ found }: { found: Answered }) {
  return found.prespecified ? (
    <span class="badge prespecified">prespecified</span>
  ) : (
    <span class="badge exploratory">exploratory</span>
  );
}

/** What the picture's legend says of a group, for readers who do not see it. */
function curveWords(group: Group): string {
  const events = group.n_event === undefined ? "" : `, ${count(group.n_event)} ${group.n_event === 1 ? "event" : "events"}`;
  const median = group.median === undefined ? "" : `, median ${group.median === null ? "not reached" : `${number(group.median)} months`}`;
  return `${label(group.name)}, ${patients(group.n)}${events}${median}`;
}

interface OutcomeProps extends Chosen {
  name: string;
  heading: string;
  path: string;
}

/** A yes and no, or grades, by the feature. */
function Outcome(props: OutcomeProps) {
  const { route, name, heading, path, title } = props;
  const endpoints = offered(props, props.endpoints);
  const endpoint = chosenEndpoint(route, name, endpoints);
  const { data, error, loading } = useAnalysis(endpoint ? path : null, props, endpoint?.name ?? "");
  if (!endpoint) return null;
  if (error) return <Fault error={error} />;
  const choice = <EndpointChoice route={route} name={name} endpoints={endpoints} value={endpoint.name} />;
  const full = `${heading}: ${endpoint.title}`;
  if (data?.groups)
    return (
      <CurveFigure found={data} busy={loading} heading={full} title={title}>
        {choice}
      </CurveFigure>
    );
  const rates = data?.by_group ?? [];
  const graded = data?.kind === "ordinal";
  const spread = !graded && ((data?.points?.length ?? 0) > 0 || (data?.box?.length ?? 0) > 0);
  return (
    <Figure
      title={full}
      busy={loading}
      badge={data && <Status found={data} />}
      lead={data && <OutcomeLead found={data} />}
      spec={data?.picture}
      alt={`${full} by ${title}`}
      rows={spread ? ((data?.points?.length ? data.points : data?.box) as Row[]) : rates.map(({ levels: _levels, ...rest }) => rest as unknown as Row)}
      about={data}
    >
      {spread && data?.kind === "binary" && <Rates found={data} />}
      {choice}
    </Figure>
  );
}

function OutcomeLead({ found }: { found: Answered }) {
  return (
    <>
      {found.rank_test && found.rank_test.p !== null && (
        <>
          {found.rank_test.method} <b>p {equal(found.rank_test.p)}</b>, AUC {number(found.rank_test.auc)} ·{" "}
        </>
      )}
      {found.effect ? <EffectText effect={found.effect} /> : (found.refused ?? found.reason)}
    </>
  );
}

function Rates({ found }: { found: Answered }) {
  return (
    <ul class="rates">
      {(found.by_group ?? []).map((each) => (
        <li key={each.name}>
          <span>{label(each.name)}</span>
          <b>
            {count(each.n_event ?? null)} of {count(each.n)}
          </b>
          <span class="muted">
            {each.rate != null &&
              `${Math.round(100 * each.rate)} % (${Math.round(100 * (each.ci_low ?? 0))} to ${Math.round(100 * (each.ci_high ?? 0))})`}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Worst grades first: they tell most; the other ways to count are a choice away. */
function Toxicity(props: Chosen) {
  const order = ["ordinal", "competing", "binary"];
  const endpoints = props.endpoints
    .filter(isToxicity)
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return <Outcome {...props} name="toxicity" heading="Toxicity" path="/api/toxicity" endpoints={endpoints} />;
}

function Treatment(props: Chosen) {
  const { route, feature, title, cohort } = props;
  const arms = feature !== "arm_assigned" && cohort.has.clinical !== false;
  const compared = props.endpoints.filter((each) => each.kind === "survival" || isResponse(each));
  const endpoints = offered(
    props,
    compared.filter((each) => cohort.site?.treatment.includes(each.name) ?? true),
  );
  const endpoint = chosenEndpoint(route, "treatment", endpoints);
  const { data, error, loading } = useAnalysis(arms && endpoint ? "/api/interaction" : null, props, endpoint?.name ?? "");
  if (!arms || !endpoint || error) return null;
  const forest = data?.forest ?? [];
  if (data && forest.length === 0) return null;
  const full = `Treatment: ${endpoint.title}`;
  return (
    <Figure
      title={full}
      busy={loading}
      badge={data && <Status found={data} />}
      lead={
        data && (
          <>
            Interaction <b>p {equal(data.interaction?.p_value)}</b>
            {data.interaction?.effect != null && (
              <>
                {" "}
                · <EffectText effect={data.interaction} />
              </>
            )}
          </>
        )
      }
      spec={data?.picture}
      alt={`Effects of ${title} within arms and of the arms at its values`}
      rows={forest as Row[]}
      columns={["term", "effect_kind", "effect", "ci_low", "ci_high", "p_value", "n", "n_event"]}
      about={data}
    >
      <EndpointChoice route={route} name="treatment" endpoints={endpoints} value={endpoint.name} />
    </Figure>
  );
}

function Against({ cohort, route, feature, few, title, features }: Chosen & { features: Column[] }) {
  const { site } = cohort;
  const known = features.filter((each) => each.name !== feature && isNumeric(each));
  const held = site?.against.flatMap((name) => known.filter((each) => each.name === name));
  const others = few ? held!.slice(0, 1) : (held ?? known);
  const other = others.find((each) => each.name === route.choices.against) ?? first(others);
  const { data, error, loading } = useApi<Values>(other ? "/api/values" : null, {
    x: feature,
    y: other?.name,
    f: route.filter,
  });
  if (!other) return null;
  if (error) return <Fault error={error} />;
  const found = data?.correlation;
  return (
    <Figure
      title={`Against ${label(other.name)}`}
      busy={loading}
      lead={
        found?.value != null ? (
          <>
            {found.method} <b>{number(found.value)}</b>, p {equal(found.p)}
          </>
        ) : (
          site && data && data.bins.length + data.rows.length === 0 && "No square of the plot holds enough patients to be shown."
        )
      }
      badge={<span class="badge exploratory">exploratory</span>}
      spec={data?.picture}
      alt={`${title} against ${label(other.name)}`}
      rows={(data?.bins.length ? data.bins : (data?.rows ?? [])) as unknown as Row[]}
      about={data}
    >
      <Finder
        name="Against"
        placeholder="Name"
        value={other.name}
        choices={others.map((each) => ({ value: each.name, label: label(each.name) }))}
        onPick={(name) => choose(route, { against: name })}
      />
    </Figure>
  );
}

export const biomarkersPage: Page = {
  id: "biomarkers",
  title: "Biomarkers",
  shown: (cohort) => cohort.has.biomarkers !== false,
  View: BiomarkersView,
};
