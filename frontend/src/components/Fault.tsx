/** What went wrong, said calmly, with the remedy where there is one. */

import type { ApiError } from "../api";

export function Fault({ error }: { error: ApiError }) {
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
    </div>
  );
}
