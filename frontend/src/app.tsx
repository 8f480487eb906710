/** The frame around every page: the cohort's name, the navigation, the filter. */

import { useEffect, useRef } from "preact/hooks";
import { Fault } from "./components/Fault";
import { FilterBar } from "./components/FilterBar";
import { useApi } from "./hooks";
import { pages, type Page } from "./pages";
import { href, refilter, useRoute, type Route } from "./router";
import type { Cohort, Column, Counts } from "./types";

export function App() {
  const cohort = useApi<Cohort>("/api/cohort");
  const columns = useApi<Column[]>("/api/columns");
  const error = cohort.error ?? columns.error;
  if (error) return <Fault error={error} />;
  if (!cohort.data || !columns.data)
    return (
      <p class="loading" role="status">
        Opening the cohort …
      </p>
    );
  return <Frame cohort={cohort.data} columns={columns.data} />;
}

function Frame({ cohort, columns }: { cohort: Cohort; columns: Column[] }) {
  const route = useRoute();
  const here = pages.filter((page) => page.shown(cohort));
  const known = here.find((each) => each.id === route.page);
  const page = known ?? here[0]!;
  const counts = useApi<Counts>("/api/counts", {
    f: route.filter,
    columns: page.counted?.(columns, route) ?? [],
  });
  const unfiltered = page.unfiltered?.(route) ?? false;
  const fault = unfiltered ? null : route.unread ? UNREAD : counts.error;
  const refused = fault === UNREAD || (counts.error?.status === 422 && route.filter.length > 0 && fault !== null);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${page.title} · ${cohort.name} · wes-biomarkers`;
    scrollTo(0, 0);
  }, [page.id, route.part]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skipTo(event, main.current)}>
        Skip to content
      </a>
      <Head cohort={cohort} page={page} pages={here} route={route} />
      {!unfiltered && !route.unread && (
        <FilterBar route={route} cohort={cohort} columns={columns} counts={counts.data} />
      )}
      <main ref={main} id="main" tabIndex={-1} class={counts.loading ? "waiting" : undefined}>
        {!known && <NoPage name={route.page} instead={page.title} />}
        {fault && (
          <Fault error={fault}>
            {refused && (
              <button type="button" onClick={() => refilter(route, [])}>
                Show all patients
              </button>
            )}
          </Fault>
        )}
        {!fault && (
          <page.View cohort={cohort} columns={columns} route={route} counts={counts.data} />
        )}
      </main>
    </>
  );
}

const UNREAD = { message: "The filter in this link could not be read, so no patients are shown.", faults: [] };

/** Said where a link leads to a page that is none, or that this cohort has nothing for. */
function NoPage({ name, instead }: { name: string; instead: string }) {
  return (
    <p class="card fault" role="alert">
      This cohort has no page “{name.slice(0, 40)}”. This is the page {instead}.
    </p>
  );
}

/** The address keeps the state, so the link moves the focus instead of changing it. */
function skipTo(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function Head({ cohort, page, pages, route }: { cohort: Cohort; page: Page; pages: Page[]; route: Route }) {
  return (
    <header class="head">
      <h1>
        {cohort.name}
        {cohort.synthetic && <span class="badge simulated">Simulated data</span>}
      </h1>
      <nav aria-label="Pages">
        <ul>
          {pages.map((each) => (
            <li key={each.id}>
              <a
                href={href(each.id, { filter: route.filter })}
                aria-current={each.id === page.id ? "page" : undefined}
              >
                {each.title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}
