// Builds the simulation with one mutant: patches the sources that it changes in a temporary folder, and bundles them
// with the other sources in this process. Needs no copy of the project and no process for each mutant.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const patches = join(root, "tests", "mutants")
const folder = join(root, ".build", "mutants")

export const known = readdirSync(patches)
  .filter((name) => name.endsWith(".patch"))
  .map((name) => name.slice(0, -".patch".length))
  .sort()

/** The patched text of each file that the mutant changes, by path. Throws where the patch does not fit. */
const mutate = (name) => {
  const patch = readFileSync(join(patches, `${name}.patch`), "utf8")
  const paths = [...patch.matchAll(/^--- a\/(\S+)/gm)].map(([, path]) => path)
  const copy = mkdtempSync(join(tmpdir(), "tickd-mutant-"))
  try {
    for (const path of paths) {
      mkdirSync(join(copy, dirname(path)), { recursive: true })
      cpSync(join(root, path), join(copy, path))
    }
    const options = { cwd: copy, input: patch, encoding: "utf8" }
    const patched = spawnSync("patch", ["-p1", "--fuzz=2", "--no-backup-if-mismatch"], options)
    if (patched.status !== 0) {
      const reason = patched.error?.message ?? patched.stdout.trim().replaceAll("\n", "; ")
      throw new Error(`tests/mutants/${name}.patch does not apply to the present sources (${reason}): renew it`)
    }
    return new Map(paths.map((path) => [join(root, path), readFileSync(join(copy, path), "utf8")]))
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** The seeds that look for a mutant, by what it changes; the first world that holds all of it. */
const worlds = [
  { entry: ["runbook", "runbook-seed.ts"], holds: /\/(?:ops|simulation\/runbook)\// },
  { entry: ["trading", "trade-seed.ts"], holds: /\/trading\// },
  { entry: ["run-seed.ts"], holds: /./ }
]

/**
 * Writes the bundle of the world that the mutant belongs to, and returns its path. Packages stay outside: each thread
 * loads them once from node_modules.
 */
export const bundleMutant = async (name) => {
  const changed = mutate(name)
  const { entry } = worlds.find(({ holds }) => [...changed.keys()].every((path) => holds.test(path)))
  const outfile = join(folder, `${name}.mjs`)
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, "src", "simulation", ...entry)],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node24",
    format: "esm",
    logLevel: "error",
    plugins: [
      {
        name: "mutant",
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) =>
            changed.has(path) ? { contents: changed.get(path), loader: "ts" } : undefined
          )
      }
    ]
  })
  return outfile
}
