/** A page's heading: it names the document and takes the focus, so that a screen reader tells of it. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** The heading, what stands above it and what can be done on the page. */
export function Heading(props: {
  readonly title: string;
  readonly above?: ComponentChildren;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · edge-authorizer`;
  }, [props.title]);
  // Before the page is painted: what is done right after it appears must not lose the focus again.
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <div class="heading">
      <div>
        {props.above}
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
      </div>
      <div class="actions">{props.children}</div>
    </div>
  );
}

/** Links to the parts of a page. */
export function Tabs(props: {
  readonly label: string;
  readonly tabs: readonly {
    readonly title: string;
    readonly href: string;
    readonly current: boolean;
  }[];
}): JSX.Element {
  return (
    <nav class="tabs" aria-label={props.label}>
      {props.tabs.map(({ title, href, current }) => (
        <a key={href} href={href} {...(current ? { "aria-current": "page" as const } : {})}>
          {title}
        </a>
      ))}
    </nav>
  );
}
