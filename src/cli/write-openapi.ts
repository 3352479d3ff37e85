/** Writes the OpenAPI document to a file, for the programs that check it. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describeRoutes } from "../management/openapi/document.ts";
import { ROUTES } from "../management/routes.ts";

const FILE = ".wrangler/openapi.json";

await mkdir(dirname(FILE), { recursive: true });
await writeFile(FILE, `${JSON.stringify(describeRoutes(ROUTES), null, 2)}\n`);
