/** Numbers and names as the reader sees them. */

const whole = new Intl.NumberFormat("en-GB");

/** A count; a dash where it is withheld. */
export const count = (n: number | null): string => (n === null ? "–" : whole.format(n));

export const patients = (n: number | null): string => `${count(n)} ${n === 1 ? "patient" : "patients"}`;

/** A number to three significant digits, without a trailing exponent where it can be avoided. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (Number.isSafeInteger(value)) return whole.format(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(Math.max(digits - 1, 0));
  return String(Number(value.toPrecision(digits)));
}

/** An odds, hazard or other ratio as journals print it: to two decimals, where these say something. */
export function ratio(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  return size >= 0.1 && size < 100 ? value.toFixed(2) : number(value, size < 0.1 ? 2 : 3);
}

/** A p value as journals print it. */
export function pValue(p: number | null | undefined): string {
  if (p === null || p === undefined || Number.isNaN(p)) return "–";
  if (p < 0.0001) return "< 0.0001";
  if (p === Number(p.toPrecision(1))) return String(p); // told to one digit
  return p < 0.001 ? p.toFixed(4) : p < 0.01 ? p.toFixed(4) : p.toFixed(3);
}

export const interval = (low: number | null | undefined, high: number | null | undefined): string =>
  `${ratio(low)} to ${ratio(high)}`;

export const percent = (part: number | null, all: number | null): string =>
  part !== null && all !== null && all > 0 ? `${Math.round((100 * part) / all)} %` : "–";

/** Words of column names that readers know in another spelling. */
const SPELLING: Record<string, string> = {
  ...Object.fromEntries(
    "TMB MSI HLA LOH HED OS PFS ECOG CPS WGD FGA HRD LST TAI MMR SNV MNV SBS APOBEC POLE POLD1 NRF2 PHBR CCF VAF CN AUC II NLR QC ID SQL MATH"
      .split(" ")
      .map((word) => [word.toLowerCase(), word]),
  ),
  mb: "Mb",
  tumor: "tumour",
  ctdna: "ctDNA",
  pdl1: "PD-L1",
  ic50: "IC50",
  nm: "nM",
  pct: "%",
  aa: "amino acid",
  dai: "DAI",
  pi3k: "PI3K",
  rtk: "RTK",
  ras: "RAS",
  grade2: "grade 2 or more",
};

/** A name inside a sentence: `tmb_per_mb` → `TMB per Mb`. */
export const spelling = (name: string): string => spelled(name.split(/[_ ]/));

const spelled = (words: string[]): string => words.join(" ").replace(/[a-z0-9]+/gi, (word) => SPELLING[word] ?? word);

/** What `n_` columns count, in the plural after "number of". */
const COUNTED = new Set("mutation snv indel mnv frameshift site neoantigen cluster driver event patient".split(" "));

/** `arm_assigned` → `Arm assigned`, `tmb_per_mb` → `TMB per Mb`; ids that say something already are left. */
export function label(name: string): string {
  if (name.startsWith("gene:")) return `${name.slice(5)} mutated`;
  const [first = "", ...rest] = name.split(/[_ ]/);
  const [next = "", ...others] = rest;
  const text =
    first !== "n" || next === ""
      ? spelled([first, ...rest])
      : COUNTED.has(next)
        ? [`number of ${spelled([next])}s`, spelled(others)].filter(Boolean).join(", ")
        : `number of ${spelled(rest)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
