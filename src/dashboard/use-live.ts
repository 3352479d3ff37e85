/**
 * Loads something and keeps it fresh while somebody looks at it. What was loaded stays shown when a later
 * load fails; an answer that was overtaken by another question is dropped.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Failure, Result } from "./api.ts";

export interface Live<T> {
  /** What was loaded last, `null` before the first time. */
  readonly value: T | null;
  readonly nextCursor: string | null;
  /** Why the last load failed. */
  readonly failure: Failure | null;
  readonly reload: () => Promise<void>;
}

type State<T> = Omit<Live<T>, "reload"> & { readonly question: string };

/** Loads anew whenever `question` changes and every `everyMs`; 0 never again. */
export function useLive<T>(
  question: string,
  load: () => Promise<Result<T>>,
  everyMs: number = 10_000,
): Live<T> {
  const empty: State<T> = { value: null, nextCursor: null, failure: null, question };
  const [state, setState] = useState<State<T>>(empty);
  const latest = useRef({ question, load });
  latest.current = { question, load };

  const reload = useCallback(async () => {
    const asked = latest.current;
    const result = await asked.load();
    if (latest.current.question !== asked.question) return;
    setState((before) =>
      result.ok
        ? { ...result, failure: null, question: asked.question }
        : {
            ...(before.question === asked.question ? before : { value: null, nextCursor: null }),
            failure: result.failure,
            question: asked.question,
          },
    );
  }, []);

  useEffect(() => {
    void reload();
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [question, everyMs, reload]);

  const shown = state.question === question ? state : empty;
  return { value: shown.value, nextCursor: shown.nextCursor, failure: shown.failure, reload };
}
