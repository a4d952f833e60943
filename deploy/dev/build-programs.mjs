// The bundled programs: one for each role, and how it is bundled.
import { join } from "node:path"
import { build } from "esbuild"

/**
 * `verbs` undefined: every verb. A daemon has a program of its own, so that it carries nothing that only another verb
 * uses: what several verbs share is one chunk, and a process that needs a part of it loads all of it.
 * `src/app/tickd.mjs` chooses the program.
 */
export const programs = [
  { name: "tickd", role: "every verb; each loads its own chunks", verbs: undefined },
  { name: "daemon", role: "tickd run", verbs: ["run"] }
]

/** Replaces the verbs that a program does not have. The launcher starts no program without the verb. */
const onlyVerbs = (name, verbs) => ({
  name: "only-verbs",
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\// }, ({ path, importer, kind }) =>
      kind === "dynamic-import" &&
      importer.endsWith("/src/app/verbs.ts") &&
      !verbs.some((verb) => path === `./${verb}.ts`)
        ? { path, namespace: "absent-verb" }
        : undefined
    )
    builder.onLoad({ filter: /./, namespace: "absent-verb" }, () => ({
      contents: `throw new Error("dist/${name}.mjs has only: ${verbs.join(", ")}; run src/app/tickd.mjs")`
    }))
  }
})

/** Bundles `entryPoints` as the programs are bundled. Benchmarks bundle theirs with it. */
export const bundle = (options) =>
  build({
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // A verb loads its own chunk and what it shares with others: `--help` loads none.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    // Names stay: stack traces, profiles and names of errors read as in the sources. Shorter names would save 2 MB.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    // A map gives file and line; the text is in the repository, and three times as large.
    sourcesContent: false,
    legalComments: "none",
    metafile: true,
    // koffi loads its own native part from its package
    external: ["koffi"],
    // prom-client and the NATS client are CommonJS and ask for Node's modules at run time
    banner: {
      js: "import { createRequire as tickdRequire } from 'node:module'; const require = tickdRequire(import.meta.url);"
    },
    ...options
  })

/** Bundles one program into `dist`. Returns its row of the table. */
export const bundleProgram = async ({ name, role, verbs }, { root, dist }) => {
  const { metafile } = await bundle({
    absWorkingDir: root,
    outdir: dist,
    chunkNames: `chunks/${name === "tickd" ? "" : `${name}-`}[name]-[hash]`,
    entryPoints: { [name]: join(root, "src", "app", "main.ts") },
    plugins: verbs === undefined ? [] : [onlyVerbs(name, verbs)]
  })
  const outputs = Object.entries(metafile.outputs)
  const bytesOf = (ending) => outputs.reduce((sum, [path, { bytes }]) => sum + (path.endsWith(ending) ? bytes : 0), 0)
  return {
    program: `${name}.mjs`,
    bytes: bytesOf(".mjs"),
    mapBytes: bytesOf(".map"),
    chunks: outputs.filter(([path, { entryPoint }]) => path.endsWith(".mjs") && !entryPoint?.endsWith("main.ts"))
      .length,
    about: role
  }
}
