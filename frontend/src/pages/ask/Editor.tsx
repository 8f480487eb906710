/**
 * The SQL editor. It lives in a shadow root, where CodeMirror's styles are constructed sheets, because the page's
 * policy allows no style element.
 */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql, type SQLNamespace } from "@codemirror/lang-sql";
import { bracketMatching, defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "preact/hooks";

const look = EditorView.theme({
  "&": { fontSize: "13.5px", border: "1px solid #aab4bf", borderRadius: "8px", background: "#fff" },
  "&.cm-focused": { outline: "2.5px solid #0072b2", outlineOffset: "1px" },
  ".cm-content": { fontFamily: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace", padding: "10px 0", minHeight: "150px" },
  ".cm-scroller": { maxHeight: "340px", overflow: "auto", lineHeight: "1.55" },
  ".cm-gutters": { background: "#f5f7f9", border: "0", color: "#5f6c79", borderRadius: "8px 0 0 8px" },
  ".cm-tooltip": { border: "1px solid #cdd4db", borderRadius: "7px", background: "#fff" },
});

/** Typing over a selection, done here: Chromium would carry styles over as attributes, which the policy forbids. */
const overtype = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    if (event.inputType !== "insertText" || event.data === null || view.state.selection.main.empty) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

interface Props {
  /** What it starts with; another text needs another editor (a new `key`). */
  text: string;
  /** Tables and their columns, for completion. */
  schema: SQLNamespace;
  onChange: (text: string) => void;
  onRun: () => void;
}

export function Editor({ text, schema, onChange, onRun }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const now = useRef({ onChange, onRun });
  now.current = { onChange, onRun };
  useEffect(() => {
    const root = place.current!.shadowRoot ?? place.current!.attachShadow({ mode: "open" });
    const run = { key: "Mod-Enter", run: () => (now.current.onRun(), true) };
    view.current = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
          language.current.of(sql({ dialect: PostgreSQL, schema })),
          keymap.of([run, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
          overtype,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "SQL question; Tab leaves the editor, Control and Enter runs it" }),
          EditorView.updateListener.of((update) => update.docChanged && now.current.onChange(update.state.doc.toString())),
          look,
        ],
      }),
    });
    return () => view.current?.destroy();
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(sql({ dialect: PostgreSQL, schema })) });
  }, [schema]);
  return <div class="editor" ref={place} />;
}
