/** The one door to the cohort's data: typed questions, answers from the server or from precomputed files. */

import type { Filter } from "./filter";

export type Scalar = string | number | boolean | null;
export type Row = Record<string, Scalar>;
export type Params = Record<string, string | number | boolean | Filter | string[] | null | undefined>;

/** What went wrong, in words for the reader; `faults` name each wrong value with its remedy. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly faults: string[] = [],
  ) {
    super(message);
  }
}

/** The question's address: empty parameters left out, names sorted so that equal questions are equal text. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const name of Object.keys(params).sort()) {
    const value = params[name];
    if (value === null || value === undefined || value === "") continue;
    if (name === "f") {
      if ((value as Filter).length) query.set("f", JSON.stringify(value));
    } else if (Array.isArray(value)) {
      if (value.length) query.set(name, value.join(","));
    } else query.set(name, String(value));
  }
  const text = query.toString();
  return `${path}${text ? `?${text}` : ""}`;
}

/** True when the page was exported as a folder: then only precomputed questions have answers. */
export const isStatic =
  document.querySelector('meta[name="wes-answers"]')?.getAttribute("content") === "static";

/** Precomputed answers by address, put there by the static export's data scripts; and which script holds which part. */
declare global {
  interface Window {
    wesAnswers?: Record<string, unknown>;
    wesParts?: Record<string, string>;
  }
}

export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return isStatic ? precomputed<T>(path, params) : fetchJson<T>(address(path, params), { signal });
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  if (isStatic) throw new ApiError("This needs the running browser (wes-biomarkers serve).", 0);
  return fetchJson<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

/** What the folder answers whole, whatever part of it a page asks for. */
const WHOLE: Record<string, string[]> = {
  "/api/counts": ["columns"],
  "/api/oncoprint": ["genes", "tracks"],
  "/api/cooccurrence": ["genes"],
};

async function precomputed<T>(path: string, params: Params): Promise<T> {
  if (path === "/api/patients") return page(await held<Table>(path, {}), params) as T;
  const left = Object.entries(params).filter(([name]) => !WHOLE[path]?.includes(name));
  return held<T>(path, Object.fromEntries(left));
}

async function held<T>(path: string, params: Params): Promise<T> {
  const asked = address(path, params);
  const part = window.wesParts?.[path.startsWith("/api/patient/") ? path : String(params.feature ?? params.x ?? "")];
  if (part) await loaded(part);
  const answer = window.wesAnswers?.[asked];
  const refusal = (answer as { error?: string } | undefined)?.error;
  if (answer === undefined || refusal)
    throw new ApiError(refusal ?? "This copy holds fixed answers; this choice needs the running browser.", 0);
  return answer as T;
}

const scripts = new Map<string, Promise<void>>();

/** A data script of the folder, once. */
function loaded(name: string): Promise<void> {
  const known = scripts.get(name);
  if (known) return known;
  const loading = new Promise<void>((done, failed) => {
    const script = document.createElement("script");
    script.src = `./${name}`;
    script.onload = () => done();
    script.onerror = () => failed(new ApiError(`A file of this copy is missing: ${name}.`, 0));
    document.head.append(script);
  });
  scripts.set(name, loading);
  return loading;
}

interface Table {
  rows: Row[];
  n: number;
}

/** A page of rows, narrowed and sorted here as the server would. */
function page({ rows }: Table, { f, sort, offset, limit }: Params): Table {
  const kept = rows.filter((row) => ((f ?? []) as Filter).every((each) => each.in?.includes(row[each.c] ?? null)));
  for (const key of String(sort ?? "").split(",").filter(Boolean).reverse()) {
    const name = key.replace(/^-/, "");
    kept.sort((a, b) => compared(a[name] ?? null, b[name] ?? null, key.startsWith("-") ? -1 : 1));
  }
  return { rows: kept.slice(Number(offset ?? 0), Number(offset ?? 0) + Number(limit ?? 50)), n: kept.length };
}

/** Unknown values stand last, whichever way. */
function compared(a: Scalar, b: Scalar, way: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return way * (a < b ? -1 : a > b ? 1 : 0);
}

/** One thing wrong with a question, in words: `age: no such level. Choose another.` Nothing if the message says it. */
function faultWords(fault: unknown, message = ""): string {
  if (typeof fault === "string") return fault;
  const { column, value, rule, remedy } = fault as Record<string, string | null | undefined>;
  if (message.includes(remedy || rule || "")) return "";
  const where = [column, value].filter(Boolean).join(" ");
  return [where && `${where}: `, rule, rule && ". ", remedy].filter(Boolean).join("");
}

async function fetchJson<T>(asked: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`.${asked}`, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The server does not answer. Is wes-biomarkers serve still running?", 0);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const fault = (body ?? {}) as { message?: string; faults?: unknown[] };
  throw new ApiError(
    fault.message ?? `The server answered ${response.status}.`,
    response.status,
    (fault.faults ?? []).map((each) => faultWords(each, fault.message)).filter(Boolean),
  );
}
