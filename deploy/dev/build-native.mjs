// The native part of a build: what the C++ compiler made, for each processor that there is a compiler for.
import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"

/** Programs, and the simulated libraries of a demo. The other libraries of `build.sh` are for tests. */
const shipped = [
  "tickd-feed-worker",
  "tickd-contract-query",
  "tickd-bound",
  ...["63", "6315", "65"].map((family) => `libtickd_sim_md_${family}.so`)
]

/** `e_machine` of an ELF file. Source: elf(5), EM_X86_64 and EM_AARCH64. */
const processorOf = { 62: "x64", 183: "arm64" }

const output = (program, args, env) =>
  spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } })

/** The compiler of a processor: the machine's own, or a cross compiler; a sentence when there is none. */
const compilerOf = (arch, { root, fetchArm64 }) => {
  if (arch === process.arch) return { cxx: process.env.CXX ?? "g++" }
  if (arch === "x64") return { why: "no x86_64-linux-gnu-g++ is used on arm64: build on x64" }
  const script = join(root, "deploy", "dev", "arm64-compiler.sh")
  const found = spawnSync("bash", fetchArm64 ? [script] : [script, "--find"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", fetchArm64 ? "inherit" : "ignore"]
  })
  const [cxx] = found.stdout.trim().split("\n")
  if (found.status === 0) return { cxx }
  if (fetchArm64) throw new Error("--arm64: there is no compiler for arm64, see above")
  return { why: "no aarch64-linux-gnu-g++ (--arm64 fetches it)" }
}

/** Compiles for one processor and copies what ships to `dist/native/ARCH`. Returns its row of the table. */
export const buildNative = (arch, options) => {
  const { root, dist } = options
  const program = `native/${arch}/`
  const target = join(dist, "native", arch)
  rmSync(target, { recursive: true, force: true })
  const { cxx, why } = compilerOf(arch, options)
  if (cxx === undefined) return { program, about: `skipped: ${why}` }
  const compiled = join(root, ".build", arch === process.arch ? "native" : `native-${arch}`)
  const script = join(root, "src", "market", "adapters", "ctp", "native", "build.sh")
  const built = output("bash", [script, compiled], { CXX: cxx })
  if (built.status !== 0) throw new Error(`the native part for ${arch} cannot be compiled, see above`)
  mkdirSync(target, { recursive: true })
  for (const name of shipped) {
    const from = join(compiled, name)
    if (!existsSync(from)) throw new Error(`build.sh made no ${name}`)
    const machine = processorOf[readFileSync(from).readUInt16LE(18)]
    if (machine !== arch) throw new Error(`${from} is for ${machine ?? "another processor"}, not for ${arch}`)
    copyFileSync(from, join(target, name))
  }
  const bytes = shipped.reduce((sum, name) => sum + statSync(join(target, name)).size, 0)
  return { program, bytes, about: `feed worker, contract query and the demo's libraries, ${arch}` }
}
