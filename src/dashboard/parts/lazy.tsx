/** A part whose code is loaded when it is first shown, so that the first page is small. */
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Loading } from "./states.tsx";

const FAILURE = {
  status: 0,
  code: "unreachable",
  message: "This part of the page could not be loaded.",
  fields: [],
};

/** Shows `load`'s component with `props` once it is there. */
export function Lazy<Props extends object>(options: {
  readonly what: string;
  readonly load: () => Promise<FunctionComponent<Props>>;
  readonly props: Props;
}): JSX.Element {
  const [part, setPart] = useState<{ readonly show: FunctionComponent<Props> } | "failed" | null>(
    null,
  );
  const { load } = options;
  const start = async (): Promise<void> => {
    try {
      const show = await load();
      setPart({ show });
    } catch {
      setPart("failed");
    }
  };
  useEffect(() => void start(), [load]);
  if (part === null) return <Loading what={options.what} />;
  if (part === "failed") return <Failed failure={FAILURE} onRetry={() => void start()} />;
  const Part = part.show;
  return <Part {...options.props} />;
}
