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

/** Precomputed answers by address, put there by the static export's data scripts. */
declare global {
  interface Window {
    wesAnswers?: Record<string, unknown>;
  }
}

export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const asked = address(path, params);
  return isStatic ? precomputed<T>(asked) : fetchJson<T>(asked, { signal });
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

function precomputed<T>(asked: string): T {
  const answers = window.wesAnswers ?? {};
  if (asked in answers) return answers[asked] as T;
  throw new ApiError("This copy holds fixed answers; this choice needs the running browser.", 0);
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
    (fault.faults ?? []).map((each) => (typeof each === "string" ? each : JSON.stringify(each))),
  );
}
