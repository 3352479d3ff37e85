/** The dashboard's built files, as they were uploaded with the Worker. */
import type { DashboardFiles } from "../core/ports.ts";

/** Reaches the files through their binding; without one there are none. */
export function createDashboardFiles(assets: Fetcher | undefined): DashboardFiles {
  return {
    async load(path) {
      // The host does not matter: the binding looks at the path alone.
      const found = await assets?.fetch(`https://assets.invalid${path}`);
      return found?.ok === true ? found : null;
    },
  };
}
