/**
 * `npm run check:config`: reads the vars of `wrangler.toml` as the Worker would, so that a mistake is told
 * before a deploy and not by it; `--env` and `--config` as of wrangler. Secrets are not there to be read: they are taken for set.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { unstable_readConfig } from "wrangler";
import { MIN_TOKEN_LENGTH, parseConfig } from "../config.ts";

const ENTRY = Buffer.alloc(32).toString("base64");
const SECRETS = {
  OPERATOR_TOKEN: "-".repeat(MIN_TOKEN_LENGTH),
  MASTER_KEYS: `k1:${ENTRY}`,
  ASSERTION_KEYS: `a1:${ENTRY}`,
};

const { values: asked } = parseArgs({
  options: {
    config: { type: "string", default: path.resolve(import.meta.dirname, "../../wrangler.toml") },
    env: { type: "string", default: "" },
  },
});
const { vars } = unstable_readConfig(asked);
// Either of two settings says how members' tokens are verified.
const tokens = "JWT_JWKS_URL" in vars ? {} : { JWT_SECRET: "-".repeat(32) };
const parsed = parseConfig({ ...SECRETS, ...tokens, ...vars });
if (parsed.ok) {
  console.log(
    `wrangler.toml has no mistake: ${parsed.config.apis.map(({ name }) => name).join(", ")}`,
  );
} else {
  console.error(parsed.mistakes.join("\n"));
  process.exitCode = 1;
}
