import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "./project.ts"

/** Version of this package, from its package.json. */
export const projectVersion: string = (
  JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { readonly version: string }
).version
