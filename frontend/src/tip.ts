/** One tooltip for all charts. Text is set as text: a cell's value never becomes markup. */

import { number } from "./words";

let tip: HTMLDivElement | null = null;

export function showTip(event: MouseEvent, value: unknown): void {
  if (value === null || value === undefined || value === "") return hideTip();
  tip ??= document.body.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.replaceChildren(...lines(value));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, innerWidth - width - 8);
  const top = event.clientY + 14 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 14;
  tip.style.left = `${Math.max(left, 4)}px`;
  tip.style.top = `${Math.max(top, 4)}px`;
}

export function hideTip(): void {
  if (tip) tip.hidden = true;
}

function lines(value: unknown): Node[] {
  if (typeof value !== "object" || value === null) return [line("", String(value))];
  return Object.entries(value).map(([name, each]) => line(name, shown(each)));
}

const shown = (value: unknown): string => (typeof value === "number" ? number(value) : String(value ?? "–"));

function line(name: string, text: string): Node {
  const row = document.createElement("div");
  const key = document.createElement("span");
  const what = document.createElement("b");
  key.textContent = name;
  what.textContent = text;
  row.append(...(name ? [key, what] : [what]));
  return row;
}
