// Builds the package `tickd-client` for programs that read ticks: plain JavaScript, types, no native part, its own
// package.json.
// usage: build-client.mjs [FOLDER] [--pack FOLDER]   (dist/client; --pack also writes tickd-client-VERSION.tgz there)
import { spawnSync } from "node:child_process"
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { build } from "esbuild"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const { values, positionals } = parseArgs({ options: { pack: { type: "string" } }, allowPositionals: true })
const folder = resolve(positionals[0] ?? join(root, "dist", "client"))
const sources = join(root, "src", "client")
const entries = { index: "promise-client", effect: "tick-client" }
const nats = ["@nats-io/jetstream", "@nats-io/transport-node"]
const project = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const bundle = (name, external) =>
  build({
    entryPoints: { [name]: join(sources, `${entries[name]}.ts`) },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    // What the official NATS client runs on too.
    target: "node20",
    format: "esm",
    legalComments: "none",
    external
  })
// The NATS client is the user's own, for a connection that is handed over. `effect` is an implementation detail of the
// first entry, which brings what it uses of it; in the second it must be the user's, or it would be another library.
await bundle("index", nats)
await bundle("effect", [...nats, "effect"])

const compilerOptions = [
  "--ignoreConfig --declaration --emitDeclarationOnly --skipLibCheck --strict --exactOptionalPropertyTypes",
  "--allowImportingTsExtensions --target es2024 --lib es2024 --module nodenext --types node"
].flatMap((line) => line.split(" "))
const types = join(folder, "types")
const declarations = spawnSync(
  join(root, "node_modules", ".bin", "tsc"),
  [
    ...compilerOptions,
    "--rootDir",
    join(root, "src"),
    "--outDir",
    types,
    ...Object.values(entries).map((name) => join(sources, `${name}.ts`))
  ],
  { cwd: root, encoding: "utf8" }
)
if (declarations.status !== 0) {
  console.error(`tickd: the types of tickd-client cannot be written: ${declarations.stdout}${declarations.stderr}`)
  process.exit(1)
}
for (const name of globSync("**/*.d.ts", { cwd: types })) {
  // A declaration that names a .ts file is resolved by new compilers only.
  const path = join(types, name)
  writeFileSync(path, readFileSync(path, "utf8").replace(/(from "|import\(")(\.[^"]*)\.ts"/g, '$1$2.js"'))
}

const exported = (name) => ({
  types: `./types/client/${entries[name]}.d.ts`,
  default: `./${name}.mjs`
})
const versionOf = (name) => project.dependencies[name]
const manifest = {
  name: "tickd-client",
  version: project.version,
  description: "Reads the ticks of a tickd daemon from NATS JetStream: each once, in order, over outages",
  license: project.license,
  type: "module",
  engines: { node: ">=20.12" },
  exports: { ".": exported("index"), "./effect": exported("effect"), "./package.json": "./package.json" },
  sideEffects: false,
  dependencies: Object.fromEntries(nats.map((name) => [name, `^${versionOf(name)}`])),
  peerDependencies: { effect: `^${versionOf("effect")}` },
  peerDependenciesMeta: { effect: { optional: true } }
}
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync(join(root, "deploy", "consumers", "README.md"), join(folder, "README.md"))

const shown = (path) => `${relative(process.cwd(), path) || "."}, ${Math.round(statSync(path).size / 1024)} KiB`
for (const name of Object.keys(entries)) console.log(`[tickd] ${shown(join(folder, `${name}.mjs`))}`)
if (values.pack !== undefined) {
  const target = resolve(values.pack)
  mkdirSync(target, { recursive: true })
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", target, folder], { encoding: "utf8" })
  if (packed.status !== 0) {
    console.error(`tickd: npm pack failed: ${packed.stdout}${packed.stderr}`)
    process.exit(1)
  }
  console.log(`[tickd] ${shown(join(target, packed.stdout.trim()))}`)
}
