/**
 * The OpenAPI document as a page for people: no script, nothing loaded from anywhere, and a policy that
 * allows its one style and nothing else.
 */
import type { OpenApiDocument, Operation } from "../openapi/document-types.ts";
import { Html, html, prose } from "./html.ts";
import { renderContent, renderOperation } from "./operation.ts";
import { renderMembers } from "./schema.ts";
import { STYLE } from "./style.ts";

interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** Renders a document; the calls it shows go to `origin`. */
export async function renderPage(document: OpenApiDocument, origin: string): Promise<Page> {
  const { info, tags } = document;
  const operations = listOperations(document);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header>
          <h1>${info.title}</h1>
          ${info.description.split("\n\n").map((text) => html`<p>${prose(text)}</p>`)}
          <p>For programs: <a href="/manage/openapi.json">openapi.json</a></p>
        </header>
        <nav aria-label="Routes">${tags.map(({ name }) => renderIndex(name, operations))}</nav>
        <main>
          ${tags.map(
            ({ name, description }) =>
              html`<section>
                <h2>${name}</h2>
                <p>${prose(description)}</p>
                ${ofTag(name, operations).map(({ method, path, operation }) =>
                  renderOperation(method, path, operation, origin),
                )}
              </section>`,
          )}
          ${renderRefusals(document)} ${renderSchemas(document)} ${renderHeaders(document)}
        </main>
      </body>
    </html>`;
  return { html: page.toString(), contentSecurityPolicy: await policyFor(STYLE) };
}

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function listOperations({ paths }: OpenApiDocument): readonly Listed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

function ofTag(tag: string, operations: readonly Listed[]): readonly Listed[] {
  return operations.filter(({ operation }) => operation.tags.includes(tag));
}

function renderIndex(tag: string, operations: readonly Listed[]): Html {
  return html`<strong>${tag}</strong>
    <ul>
      ${ofTag(tag, operations).map(
        ({ method, path, operation }) =>
          html`<li>
            <a href="#${operation.operationId}">${operation.summary}</a>
            <code class="quiet">${method.toUpperCase()} ${path}</code>
          </li>`,
      )}
    </ul>`;
}

function renderRefusals({ components }: OpenApiDocument): Html {
  return html`<section>
    <h2>Refusals</h2>
    <p>Each is a <a href="#Refusal">Refusal</a>.</p>
    ${Object.entries(components.responses).map(
      ([name, { description, content }]) =>
        html`<article id="${name}">
          <h3>${name}</h3>
          <p>${prose(description)}</p>
          ${renderContent(content)}
        </article>`,
    )}
  </section>`;
}

function renderSchemas({ components }: OpenApiDocument): Html {
  return html`<section>
    <h2>Members of answers</h2>
    ${Object.entries(components.schemas).map(
      ([name, schema]) =>
        html`<article id="${name}">
          <h3>${name}</h3>
          ${renderMembers(schema)}
        </article>`,
    )}
  </section>`;
}

function renderHeaders({ components }: OpenApiDocument): Html {
  return html`<section>
    <h2>Headers of answers</h2>
    <dl>
      ${Object.entries(components.headers).map(
        ([name, { description, example }]) =>
          html`<dt id="${name}"><code>${name}</code></dt>
            <dd>
              ${prose(description)}
              <span class="quiet">E.g. <code>${String(example)}</code></span>
            </dd>`,
      )}
    </dl>
  </section>`;
}

async function policyFor(style: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
