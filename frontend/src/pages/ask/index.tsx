/** Ask: SQL over the cohort's tables, read only, with limits of rows and time. */

import { useMemo, useRef, useState } from "preact/hooks";
import { ApiError, isStatic, post, type Row } from "../../api";
import { Fault } from "../../components/Fault";
import { Drawer } from "../../components/Figure";
import { Grid } from "../../components/Grid";
import { csv, save } from "../../download";
import { useApi } from "../../hooks";
import { choose } from "../../router";
import type { Cohort } from "../../types";
import { count, number } from "../../words";
import type { Page, PageProps } from "../index";
import { Editor } from "./Editor";
import { readSaved, writeSaved, type Saved } from "./saved";

interface Result {
  columns: { name: string; dtype: string }[];
  rows: Row[];
  truncated: boolean;
  seconds: number;
}
interface TableHelp {
  name: string;
  doc: string;
  n_row?: number | null;
  columns: { name: string; dtype: string; unit?: string | null; doc?: string }[];
}

const LIMITS = [100, 1000, 10_000];
const FIRST = "SELECT gene, count(DISTINCT patient_id) AS n_patient\nFROM variant\nWHERE is_pass AND gene IS NOT NULL\nGROUP BY gene\nORDER BY n_patient DESC, gene";

function AskView({ cohort, route }: PageProps) {
  const tables = useApi<TableHelp[]>("/api/tables");
  const help = tables.data ?? cohort.tables.map((each) => ({ ...each, columns: [] }));
  const schema = useMemo(() => Object.fromEntries(help.map((table) => [table.name, table.columns.map((column) => column.name)])), [tables.data]);
  const [text, setText] = useState(route.choices.q ?? FIRST);
  const [opened, setOpened] = useState(0);
  const open = (sql: string) => {
    setText(sql);
    setOpened(opened + 1);
  };
  const [limit, setLimit] = useState(1000);
  const { result, error, asking, run, stop } = useQuestion();
  const ask = () => {
    choose(route, { q: text });
    void run(text, limit);
  };
  return (
    <div class="ask">
      <div class="ask-main">
        <section class="card" aria-labelledby="question">
          <h2 id="question">Question</h2>
          <Editor key={opened} text={text} schema={schema} onChange={setText} onRun={ask} />
          <div class="controls ask-controls">
            {asking ? (
              <button type="button" class="plain" onClick={stop}>
                Stop
              </button>
            ) : (
              <button type="button" class="main" onClick={ask}>
                Run
              </button>
            )}
            <label class="field beside">
              <span>Rows at most</span>
              <select value={limit} onChange={(event) => setLimit(Number(event.currentTarget.value))}>
                {LIMITS.map((each) => (
                  <option key={each} value={each}>
                    {count(each)}
                  </option>
                ))}
              </select>
            </label>
            <p class="note">Control and Enter runs it. Tables are read only, and long questions are stopped.</p>
          </div>
        </section>
        <div role="status" aria-live="polite">
          {asking && <p class="note">Asking …</p>}
          {!asking && result && <Tally result={result} />}
        </div>
        {error && <Fault error={error} />}
        {result && <Answer result={result} sql={text} />}
      </div>
      <aside class="ask-side">
        <Questions cohort={cohort} text={text} onPick={open} />
        <Help tables={help} onPick={(name) => open(`SELECT *\nFROM ${name}`)} />
      </aside>
    </div>
  );
}

/** The last answer, and how to ask and to stop asking. */
function useQuestion() {
  const [result, setResult] = useState<Result | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [asking, setAsking] = useState(false);
  const stopper = useRef<AbortController | null>(null);
  const run = async (sql: string, limit: number) => {
    stopper.current?.abort();
    const mine = (stopper.current = new AbortController());
    setAsking(true);
    setError(null);
    try {
      setResult(await post<Result>("/api/sql", { sql, limit }, mine.signal));
    } catch (fault) {
      if (mine.signal.aborted) return;
      setResult(null);
      setError(fault instanceof ApiError ? fault : new ApiError(String(fault), 0));
    } finally {
      if (stopper.current === mine) setAsking(false);
    }
  };
  const stop = () => {
    stopper.current?.abort();
    setAsking(false);
  };
  return { result, error, asking, run, stop };
}

function Tally({ result }: { result: Result }) {
  return (
    <p class="note">
      <strong data-count="rows">{count(result.rows.length)}</strong> {result.rows.length === 1 ? "row" : "rows"}
      {result.truncated && ", cut at the limit"} in {number(result.seconds, 2)} s
    </p>
  );
}

function Answer({ result, sql }: { result: Result; sql: string }) {
  const names = result.columns.map((column) => column.name);
  const file = (format: string) => `./api/sql/download?${new URLSearchParams({ format, sql })}`;
  return (
    <section class="card" aria-label="Answer">
      {result.rows.length > 0 ? (
        <Grid name="Answer" rows={result.rows} columns={result.columns.map(({ name, dtype }) => ({ name, title: name, numeric: /int|float|double|decimal|numeric/i.test(dtype) }))} height={Math.min(46 + result.rows.length * 34, 520)} />
      ) : (
        <p class="note">No row answers this question. Its columns: {names.join(", ")}.</p>
      )}
      <p class="downloads" role="group" aria-label="Download the answer">
        <button type="button" class="quiet" onClick={() => save(csv(result.rows, names), "answer.csv", "text/csv")}>
          CSV of these rows
        </button>
        <a class="quiet" href={file("csv")} download="answer.csv">
          CSV of all
        </a>
        <a class="quiet" href={file("parquet")} download="answer.parquet">
          Parquet of all
        </a>
      </p>
    </section>
  );
}

function Questions({ cohort, text, onPick }: { cohort: Cohort; text: string; onPick: (sql: string) => void }) {
  const [saved, setSaved] = useState(() => readSaved(cohort.name));
  const [name, setName] = useState("");
  const [kept, setKept] = useState(true);
  const keep = (questions: Saved[]) => {
    setSaved(questions);
    setKept(writeSaved(cohort.name, questions));
  };
  const add = (event: Event) => {
    event.preventDefault();
    if (!name.trim()) return;
    keep([...saved.filter((each) => each.name !== name.trim()), { name: name.trim(), sql: text }]);
    setName("");
  };
  return (
    <section class="card" aria-labelledby="saved">
      <h2 id="saved">Saved questions</h2>
      <ul class="saved">
        {saved.map((each) => (
          <li key={each.name}>
            <button type="button" class="quiet" onClick={() => onPick(each.sql)}>
              {each.name}
            </button>
            <button type="button" class="quiet" aria-label={`Forget ${each.name}`} onClick={() => keep(saved.filter((other) => other !== each))}>
              <span aria-hidden="true">×</span>
            </button>
          </li>
        ))}
      </ul>
      <form class="save" onSubmit={add}>
        <input type="text" aria-label="Name to save the question by" placeholder="Name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <button type="submit" class="plain">
          Save
        </button>
      </form>
      <p class="note">{kept ? "Kept in this browser only." : "This browser keeps nothing: the question is lost when the page closes."}</p>
    </section>
  );
}

function Help({ tables, onPick }: { tables: TableHelp[]; onPick: (name: string) => void }) {
  return (
    <section class="card" aria-labelledby="tables">
      <h2 id="tables">Tables</h2>
      {tables.map((table) => (
        <Drawer key={table.name} name={table.n_row === null || table.n_row === undefined ? table.name : `${table.name} (${count(table.n_row)})`}>
          {table.doc && <p class="note">{table.doc}</p>}
          <button type="button" class="quiet" onClick={() => onPick(table.name)}>
            Show its rows
          </button>
          <ul class="help">
            {table.columns.map((column) => (
              <li key={column.name}>
                <code>{column.name}</code> <span class="muted">{[column.dtype, column.unit, column.doc].filter(Boolean).join(" · ")}</span>
              </li>
            ))}
          </ul>
        </Drawer>
      ))}
    </section>
  );
}

export const askPage: Page = {
  id: "ask",
  title: "Ask",
  shown: () => !isStatic,
  unfiltered: () => true,
  View: AskView,
};
