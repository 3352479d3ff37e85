import { expect, it } from "vitest";
import { writeCall } from "../../../src/management/docs-page/call.ts";
import { html, prose } from "../../../src/management/docs-page/html.ts";
import { renderPage } from "../../../src/management/docs-page/page.ts";
import { describeRoutes } from "../../../src/management/openapi/document.ts";

it("escapes text in content and attributes", () => {
  const text = `<b title="a" lang='b'>&`;
  const escaped = "&lt;b title=&quot;a&quot; lang=&#39;b&#39;&gt;&amp;";
  expect(html`<p title="${text}">${text}</p>`.toString()).toBe(
    `<p title="${escaped}">${escaped}</p>`,
  );
});

it("puts a piece into another as it is, and lists one after another", () => {
  const items = ["a", "<", html`<i>${1}</i>`];
  expect(html`<p>${items}</p>`.toString()).toBe("<p>a&lt;<i>1</i></p>");
});

it("sets what stands in backquotes as code", () => {
  expect(prose("Send `<key>` & wait.").toString()).toBe(
    "Send <code>&lt;key&gt;</code> &amp; wait.",
  );
});

it("escapes the address that the calls go to", async () => {
  const page = await renderPage(describeRoutes([]), `https://a"><script>`);
  expect(page.html).not.toContain("<script>");
});

it("writes a call that a shell takes as it is meant", () => {
  const operation = {
    operationId: "createThing",
    tags: [],
    summary: "",
    parameters: [
      {
        name: "id",
        in: "path",
        required: true,
        description: "",
        schema: {},
        example: "a|b",
      },
    ],
    requestBody: {
      required: true,
      content: { "application/json": { schema: {}, examples: { request: { value: "it's" } } } },
    },
    responses: {},
  } as const;
  expect(writeCall("post", "/things/{id}", operation, "https://a.test")).toBe(
    [
      "curl -X POST 'https://a.test/things/a%7Cb' \\",
      '  -H "Authorization: Bearer $OPERATOR_TOKEN" \\',
      "  -H 'Content-Type: application/json' \\",
      String.raw`  -d '"it'\''s"'`,
    ].join("\n"),
  );
});
