/** Asking the API from a component. */

import { useEffect, useState } from "preact/hooks";
import { address, ApiError, get, type Params } from "./api";

export interface Answer<T> {
  /** The last answer; kept while the next is under way, so that charts change instead of blinking. */
  data: T | null;
  error: ApiError | null;
  loading: boolean;
}

/** The answer to a question, asked again when it changes; `path` null asks nothing. */
export function useApi<T>(path: string | null, params: Params = {}): Answer<T> {
  const asked = path === null ? null : address(path, params);
  const [answer, setAnswer] = useState<Answer<T>>({ data: null, error: null, loading: asked !== null });
  useEffect(() => {
    if (path === null) {
      setAnswer({ data: null, error: null, loading: false });
      return;
    }
    const stop = new AbortController();
    setAnswer((last) => ({ ...last, loading: true }));
    get<T>(path, params, stop.signal)
      .then((data) => setAnswer({ data, error: null, loading: false }))
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        const said = error instanceof ApiError ? error : new ApiError(String(error), 0);
        setAnswer({ data: null, error: said, loading: false });
      });
    return () => stop.abort();
  }, [asked]);
  return answer;
}
