/** The page's state in the address (`#/page/part?name=value`), so that it can be shared and gone back to. */

import { useEffect, useState } from "preact/hooks";
import { readFilter, type Filter } from "./filter";

export interface Route {
  /** Page id, `cohort` when none is given. */
  page: string;
  /** What follows the page in the path, such as a patient's id. */
  part: string;
  /** Choices of the page by name; the filter is kept apart, because every page shares it. */
  choices: Record<string, string>;
  filter: Filter;
  /** The address had a filter that could not be read. */
  unread: boolean;
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [page = "", ...rest] = path.split("/");
  const { f, ...choices } = Object.fromEntries(new URLSearchParams(query));
  const filter = readFilter(f);
  const part = rest.map(decode).join("/");
  return { page: page || "cohort", part, choices, filter: filter ?? [], unread: filter === null };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a state; a link's `href`. */
export function href(page: string, to: Partial<Omit<Route, "page" | "unread">> = {}): string {
  const query = new URLSearchParams();
  if (to.filter?.length) query.set("f", JSON.stringify(to.filter));
  for (const [name, value] of Object.entries(to.choices ?? {})) if (value) query.set(name, value);
  const path = to.part ? `${page}/${encodeURIComponent(to.part)}` : page;
  const text = query.toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

/** Go to a state. `replace` leaves no step for the back button (sliders while they move). */
export function go(address: string, replace = false): void {
  if (address === location.hash) return;
  if (replace) {
    history.replaceState(null, "", address);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = address;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const read = () => setRoute(readRoute(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return route;
}

/** Change choices of the present page, keeping the others. An empty text drops a choice. */
export function choose(route: Route, choices: Record<string, string>, replace = false): void {
  go(href(route.page, { ...route, choices: { ...route.choices, ...choices } }), replace);
}

/** Change the shared filter, staying on the page. */
export function refilter(route: Route, filter: Filter, replace = false): void {
  go(href(route.page, { ...route, filter }), replace);
}
