import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "./project.ts"

const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  readonly version: string
  readonly stateFormat: string
}

/** Version of this package, from its package.json. */
export const projectVersion: string = manifest.version

/** Format of the folders that this version writes, `MAJOR.MINOR` (docs/decisions/0018-state-format.md). */
export const projectStateFormat: string = manifest.stateFormat
