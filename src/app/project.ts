import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** Root of the project or of the installed package. */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..")

const native = join(projectRoot, ".build", "native")

/** What `npm run build:native` makes. */
export const nativeFiles = {
  worker: join(native, "tickd-feed-worker"),
  simulated: { "63": join(native, "libtickd_sim_md_63.so"), "65": join(native, "libtickd_sim_md_65.so") }
} as const

/** The program's first file, for children that run another verb of it. */
export const launcher = join(projectRoot, "src", "app", "tickd.mjs")
