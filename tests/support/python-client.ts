import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startCommand } from "./cli-process.ts"
import { projectRoot } from "./nats-server.ts"

/** Python with nats-py, or why it is not available. */
export type Python = { readonly path: string } | { readonly missing: string }

/** Installs nats-py, and PyNaCl for nkeys, into the folder. */
export const installPython = (folder: string): Python => {
  const flags = ["--quiet", "--retries", "0", "--timeout", "20", "--target", folder]
  const args = ["-m", "pip", "install", ...flags, "nats-py", "pynacl"]
  const installed = spawnSync("python3", args, { encoding: "utf8", timeout: 120_000 })
  const fault = installed.error?.message ?? installed.stderr.trim().split("\n").at(-1)
  if (installed.status !== 0) return { missing: `nats-py cannot be installed with pip (${fault})` }
  const own = [join(projectRoot, "deploy", "consumers"), join(projectRoot, "tests", "support", "python")]
  return { path: [folder, ...own].join(":") }
}

/** Starts a program that imports `tickd_reader`. */
export const startPython = (python: { readonly path: string }, file: string, program: string, env = {}) => {
  writeFileSync(file, program)
  return startCommand([file], {
    program: "python3",
    env: { PYTHONPATH: python.path, PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", ...env }
  })
}
