/** The style of the page: readable at 360 px and in the dark, with no font or picture to load. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2024, #e6e8eb);
  --quiet: light-dark(#5a6169, #a3abb4);
  --line: light-dark(#d9dee3, #343a41);
  --code: light-dark(#f3f5f7, #1b2026);
  --link: light-dark(#0b5cad, #7db8f5);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0 auto; max-width: 52rem; padding: 1rem;
  background: light-dark(#fff, #111418); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
}
a { color: var(--link); }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { margin-top: 3rem; padding-top: 1rem; border-top: 2px solid var(--line); }
h3 { margin: 2.5rem 0 0.25rem; font-size: 1.15rem; }
h4 { margin: 1.25rem 0 0.25rem; font-size: 1rem; }
p { margin: 0.5rem 0; }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; }
pre {
  margin: 0.5rem 0; padding: 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem;
  background: var(--code); white-space: pre-wrap;
}
nav ul { margin: 0.25rem 0 1rem; padding: 0; list-style: none; }
nav li { padding: 0.15rem 0; }
dl { margin: 0.5rem 0; }
dt { padding-top: 0.5rem; border-top: 1px solid var(--line); }
dt code { font-weight: 600; }
dd { margin: 0 0 0.5rem; }
dd dl { margin-left: 1rem; }
.quiet { color: var(--quiet); }
.route { margin: 0; }
.method { font-weight: 700; }
`;
