/** A moment as how long ago it is, with its date and time to hover over. */
import type { JSX } from "preact";
import { formatAgo, formatMoment } from "../format.ts";

/** `never` where there is none. */
export function Moment(props: {
  readonly at: string | null;
  readonly never?: string;
}): JSX.Element {
  if (props.at === null) return <span class="quiet">{props.never ?? "never"}</span>;
  return (
    <time dateTime={props.at} title={formatMoment(props.at)}>
      {formatAgo(props.at)}
    </time>
  );
}
