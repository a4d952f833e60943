import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * Nearest folder above this file with a package.json: this file is `src/platform/process/project.ts` or part of
 * `dist/tickd.mjs`.
 */
const findRoot = (folder: string): string =>
  existsSync(join(folder, "package.json")) || dirname(folder) === folder ? folder : findRoot(dirname(folder))

/** Root of the project or of the installed package. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)))

const compiled = join(projectRoot, ".build", "native")
/** Where they were compiled, or where `npm run build` put those of this processor. */
const native = existsSync(compiled) ? compiled : join(projectRoot, "dist", "native", process.arch)

/** Output files of `npm run build:native`. */
export const nativeFiles = {
  worker: join(native, "tickd-feed-worker"),
  bound: join(native, "tickd-bound"),
  contractQuery: join(native, "tickd-contract-query"),
  /** The simulated vendor library of each family. */
  simulated: {
    "63": join(native, "libtickd_sim_md_63.so"),
    "6315": join(native, "libtickd_sim_md_6315.so"),
    "65": join(native, "libtickd_sim_md_65.so")
  }
} as const

/** The program's first file, for children that run another verb of it. */
export const launcher = join(projectRoot, "src", "app", "tickd.mjs")
