/** One operation of the document as a section of the page: what to send, a call to paste, the answers. */
import type {
  Content,
  Operation,
  Parameter,
  Reference,
  ResponseObject,
} from "../openapi/document-types.ts";
import { writeCall } from "./call.ts";
import { html, prose, type Html } from "./html.ts";
import { describeType, nameOf, renderMember, renderMembers } from "./schema.ts";

/** Renders an operation; its call goes to `origin`. */
export function renderOperation(
  method: string,
  path: string,
  operation: Operation,
  origin: string,
): Html {
  const { operationId, summary, description = "", parameters, requestBody, responses } = operation;
  return html`<article id="${operationId}">
    <h3>${summary}</h3>
    <p class="route"><code class="method">${method.toUpperCase()}</code> <code>${path}</code></p>
    ${description === "" ? "" : html`<p>${prose(description)}</p>`} ${renderParameters(parameters)}
    ${requestBody === undefined ? "" : renderBody(requestBody.content, requestBody.required)}
    <h4>Call</h4>
    <pre>${writeCall(method, path, operation, origin)}</pre>
    ${Object.entries(responses).map(([status, answer]) =>
      "$ref" in answer ? "" : renderAnswer(status, answer),
    )}
    ${renderRefusals(responses)}
  </article>`;
}

const PLACES = { path: "In the path.", query: "In the query.", header: "A header." } as const;

function renderParameters(parameters: readonly Parameter[]): Html {
  if (parameters.length === 0) return html``;
  return html`<h4>Parameters</h4>
    <dl>
      ${parameters.map(({ name, in: place, required, description, schema }) =>
        renderMember(name, { ...schema, description: `${PLACES[place]} ${description}` }, required),
      )}
    </dl>`;
}

function renderBody(content: Content, required: boolean): Html {
  return html`${Object.values(content).map(({ schema }) => {
    const members = renderMembers(schema);
    const rule = required ? "" : " (may be left out)";
    if (Object.keys(schema.properties ?? {}).length === 0) {
      return html`<p class="quiet">The body has no members${rule}.</p>`;
    }
    return html`<h4>Members of the body${rule}</h4>
      ${members}`;
  })}`;
}

function renderAnswer(status: string, { description, headers, content }: ResponseObject): Html {
  const names = Object.keys(headers).map((name) => html` <a href="#${name}">${name}</a>`);
  return html`<h4>Answer ${status}</h4>
    <p>${prose(description)}</p>
    <p class="quiet">Headers:${names}</p>
    ${renderContent(content)}`;
}

/** What a body is, and its examples. */
export function renderContent(content: Content): Html {
  return html`${Object.entries(content).map(
    ([mediaType, { schema, examples }]) =>
      html`<p class="quiet"><code>${mediaType}</code>: ${describeBody(schema)}</p>
        ${Object.values(examples).map(({ value }) => html`<pre>${writeValue(value)}</pre>`)}`,
  )}`;
}

/** An answer's `data` where it has one, else the body itself. */
function describeBody(schema: Content[string]["schema"]): Html {
  const data = schema.properties?.["data"];
  return data === undefined
    ? describeType(schema)
    : html`<code>data</code> is ${describeType(data)}`;
}

function writeValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function renderRefusals(responses: Readonly<Record<string, ResponseObject | Reference>>): Html {
  const refusals = Object.entries(responses).flatMap(([status, answer]) =>
    "$ref" in answer ? [html` <a href="#${nameOf(answer)}">${status}</a>`] : [],
  );
  return html`<p class="quiet">Refused with:${refusals}</p>`;
}
