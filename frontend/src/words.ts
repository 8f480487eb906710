/** Numbers and names as the reader sees them. */

const whole = new Intl.NumberFormat("en-GB");

export const count = (n: number): string => whole.format(n);

export const patients = (n: number): string => `${count(n)} ${n === 1 ? "patient" : "patients"}`;

/** A number to three significant digits, without a trailing exponent where it can be avoided. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return whole.format(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(Math.max(digits - 1, 0));
  return String(Number(value.toPrecision(digits)));
}

/** A p value as journals print it. */
export function pValue(p: number | null | undefined): string {
  if (p === null || p === undefined || Number.isNaN(p)) return "–";
  if (p < 0.0001) return "< 0.0001";
  return p < 0.001 ? p.toFixed(4) : p < 0.01 ? p.toFixed(4) : p.toFixed(3);
}

export const interval = (low: number | null | undefined, high: number | null | undefined): string =>
  `${number(low)} to ${number(high)}`;

export const percent = (part: number, all: number): string =>
  all > 0 ? `${Math.round((100 * part) / all)} %` : "–";

const SHORT: Record<string, string> = {
  tmb: "TMB", msi: "MSI", ecog: "ECOG", pdl1: "PD-L1", cps: "CPS", hla: "HLA", loh: "LOH", os: "OS", pfs: "PFS",
  hrd: "HRD", lst: "LST", tai: "TAI", sbs: "SBS", snv: "SNV", mnv: "MNV", wgd: "WGD", fga: "FGA", qc: "QC", mmr: "MMR",
  hed: "HED", nlr: "NLR", ctdna: "ctDNA", phbr: "PHBR", pole: "POLE", pold1: "POLD1", rtk: "RTK", ras: "RAS", id: "ID",
  apobec: "APOBEC", mb: "Mb", ii: "II", tumor: "tumour",
};

/** A column's name as words: `tmb_per_mb` → `TMB per Mb`, `n_neoantigen` → `Count of neoantigen`. */
export function label(name: string): string {
  if (name.startsWith("gene:")) return `${name.slice(5)} mutated`;
  const text = name
    .replace(/^n_/, "Count of ")
    .split(/[_ ]/)
    .map((word) => SHORT[word] ?? word)
    .join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
