/** The data grid: sorts and pages at the server, moves by keyboard, draws only the rows in sight. */

import { useEffect, useRef } from "preact/hooks";
import {
  AjaxModule,
  ColumnCalcsModule,
  FormatModule,
  FrozenColumnsModule,
  InteractionModule,
  KeybindingsModule,
  PageModule,
  ResizeColumnsModule,
  SortModule,
  Tabulator,
  TooltipModule,
  type ColumnDefinition,
} from "tabulator-tables";
import { address, get, type Params, type Row, type Scalar } from "../api";
import type { Rows } from "../types";
import { label, number } from "../words";

Tabulator.registerModule([
  AjaxModule,
  ColumnCalcsModule,
  FormatModule,
  FrozenColumnsModule,
  InteractionModule,
  KeybindingsModule,
  PageModule,
  ResizeColumnsModule,
  SortModule,
  TooltipModule,
]);

export interface GridColumn {
  name: string;
  title?: string;
  numeric?: boolean;
  width?: number;
  /** The address a cell links to. */
  href?: (row: Row) => string;
  doc?: string;
}

interface Props {
  /** What the rows are, for screen readers. */
  name: string;
  columns: GridColumn[];
  /** Rows at hand, or the API route (`{rows, n}`) that pages through them with sort, offset, limit. */
  rows?: Row[];
  path?: string;
  params?: Params;
  height?: number;
  pageSize?: number;
}

export function Grid(props: Props) {
  const { name, columns, rows, path, params, height = 480, pageSize = 50 } = props;
  const place = useRef<HTMLDivElement>(null);
  const foot = useRef<HTMLDivElement>(null);
  const key = JSON.stringify([columns, path, rows]);
  const asked = path && address(path, params);
  const question = useRef<Question>({ path: path ?? "", params: params ?? {} });
  question.current = { path: path ?? "", params: params ?? {} };
  const grid = useRef<Built | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const element = document.createElement("div");
    place.current.append(element);
    let left = false;
    let built = false;
    const table = new Tabulator(element, {
      height: height,
      layout: "fitDataFill",
      columns: columns.map(definition),
      placeholder: "No rows",
      columnDefaults: { headerSortTristate: true, minWidth: 70 },
      ...(path ? { ...paged(question, pageSize, () => left), paginationElement: foot.current! } : { data: rows ?? [] }),
    });
    table.on("tableBuilt", () => {
      built = true;
      if (left) return table.destroy();
      tell(table.element, name);
      grid.current = { table, asked };
      refresh(grid.current, question.current);
    });
    const pages = foot.current;
    return () => {
      grid.current = null;
      left = true;
      if (built) table.destroy(); // a table that is still being built warns when it is taken away
      element.remove();
      pages?.replaceChildren();
    };
  }, [key]);
  // Another filter changes the rows, not the grid.
  useEffect(() => {
    if (grid.current) refresh(grid.current, question.current);
  }, [asked]);
  return (
    <div class="grid">
      <div ref={place} />
      {path && <div class="grid-pages" role="group" aria-label={`Pages of ${name}`} ref={foot} />}
    </div>
  );
}

/** What the grid is, for screen readers; the scrolling part is its group of rows. */
function tell(grid: HTMLElement, name: string): void {
  grid.setAttribute("aria-label", name);
  grid.querySelector(".tabulator-tableholder")?.setAttribute("role", "rowgroup");
  grid.querySelector(".tabulator-table")?.setAttribute("role", "presentation");
}

interface Question {
  path: string;
  params: Params;
}

interface Built {
  table: Tabulator;
  asked: string | undefined;
}

/** Asks for the first page again if the question is another one. */
function refresh(grid: Built, { path, params }: Question): void {
  const asked = address(path, params);
  if (!path || grid.asked === asked) return;
  grid.asked = asked;
  void grid.table.setPage(1);
}

function paged(question: { current: Question }, size: number, left: () => boolean) {
  return {
    pagination: true,
    paginationMode: "remote" as const,
    paginationSize: size,
    paginationCounter: "rows" as const,
    sortMode: "remote" as const,
    ajaxURL: question.current.path,
    ajaxRequestFunc: async (_url: string, _config: unknown, asked: AskedPage) => {
      const { path, params } = question.current;
      const page = asked.page ?? 1;
      const sort = asked.sort?.map((each) => `${each.dir === "desc" ? "-" : ""}${each.field}`).join(",");
      const answer = await get<Rows>(path, { ...params, sort, offset: (page - 1) * size, limit: size });
      if (left()) return new Promise<never>(() => undefined); // nobody waits for these rows any more
      return { data: answer.rows, last_page: Math.max(Math.ceil(answer.n / size), 1), last_row: answer.n };
    },
  };
}

interface AskedPage {
  page?: number;
  sort?: { field: string; dir: "asc" | "desc" }[];
}

function definition(column: GridColumn): ColumnDefinition {
  return {
    title: column.title ?? label(column.name),
    field: column.name,
    hozAlign: column.numeric ? "right" : "left",
    headerHozAlign: column.numeric ? "right" : "left",
    headerTooltip: column.doc ?? false,
    width: column.width,
    formatter: (cell) => content(column, cell.getValue() as Scalar, cell.getData() as Row),
  };
}

/** A level such as `stop_gained` as words; whatever else holds a line below is left as it is. */
const words = (column: GridColumn, text: string): string =>
  !column.href && /^[a-z35]+(_[a-zA-Z]+)+$/.test(text) ? text.replace(/_/g, " ") : text;

/** A cell's content as a node: text stays text. */
function content(column: GridColumn, value: Scalar | undefined, row: Row): HTMLElement {
  const text =
    typeof value === "number" ? number(value, 4) : value === null || value === undefined ? "–" : words(column, String(value));
  const node = document.createElement(column.href ? "a" : "span");
  node.textContent = text;
  if (column.href) (node as HTMLAnchorElement).href = column.href(row);
  return node;
}
