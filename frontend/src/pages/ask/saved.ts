/** Questions kept in this browser; they never leave it. */

export interface Saved {
  name: string;
  sql: string;
}

const key = (cohort: string): string => `wes-biomarkers:questions:${cohort}`;

export function readSaved(cohort: string): Saved[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key(cohort)) ?? "[]");
    return Array.isArray(found) ? found.filter(isSaved) : [];
  } catch {
    return [];
  }
}

/** False where the browser keeps nothing (private windows, full storage). */
export function writeSaved(cohort: string, questions: Saved[]): boolean {
  try {
    localStorage.setItem(key(cohort), JSON.stringify(questions));
    return true;
  } catch {
    return false;
  }
}

function isSaved(value: unknown): value is Saved {
  const each = value as Saved;
  return typeof each?.name === "string" && typeof each.sql === "string";
}
