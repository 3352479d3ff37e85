/**
 * Goes through a list a page at a time. Only one page is ever in the document, so that a list of ten
 * thousand is as quick as one of ten.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** The cursors of the pages up to the one that is shown; the first page has none. */
export interface Pages {
  readonly cursor: string | null;
  readonly number: number;
  readonly forward: (cursor: string) => void;
  readonly back: () => void;
  readonly restart: () => void;
}

/** Where in a list one is. */
export function usePages(): Pages {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return {
    cursor: cursors.at(-1) ?? null,
    number: cursors.length + 1,
    forward: (cursor) => setCursors([...cursors, cursor]),
    back: () => setCursors(cursors.slice(0, -1)),
    restart: () => setCursors([]),
  };
}

/** Buttons for the page before and the page after; nothing where there is one page. */
export function Pager(props: {
  readonly pages: Pages;
  readonly nextCursor: string | null;
}): JSX.Element | null {
  const { pages, nextCursor } = props;
  if (pages.number === 1 && nextCursor === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={pages.number === 1} onClick={pages.back}>
        Previous
      </button>
      <span>Page {pages.number}</span>
      <button
        type="button"
        disabled={nextCursor === null}
        onClick={() => nextCursor !== null && pages.forward(nextCursor)}
      >
        Next
      </button>
    </nav>
  );
}
