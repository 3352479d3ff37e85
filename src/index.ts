/** The Worker's entry: its handler and the classes of its Durable Objects. No logic. */
import { handleRequest } from "./app.ts";

export { Account } from "./adapters/account.ts";
export { Directory } from "./adapters/directory.ts";
export { KeyState } from "./adapters/key-state.ts";

export default { fetch: handleRequest } satisfies ExportedHandler<Cloudflare.Env>;
