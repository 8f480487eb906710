/** Text to copy into a terminal, an editor or a notebook. */

import { useState } from "preact/hooks";

export function Code({ text, language }: { text: string; language: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="code">
      <button type="button" class="quiet copy" onClick={() => void copy()}>
        {copied ? "Copied" : "Copy"}
      </button>
      <pre tabIndex={0} aria-label={language}>
        <code>{text}</code>
      </pre>
    </div>
  );
}
