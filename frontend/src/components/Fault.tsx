/** What went wrong, said calmly, with the remedy where there is one. */

import type { ComponentChildren } from "preact";
import type { ApiError } from "../api";

interface Props {
  error: Pick<ApiError, "message" | "faults">;
  /** What can be done about it. */
  children?: ComponentChildren;
}

export function Fault({ error, children }: Props) {
  return (
    <div class="card fault" role="alert">
      <p>{error.message}</p>
      {error.faults.length > 0 && (
        <ul>
          {error.faults.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
      {children}
    </div>
  );
}
