// What a build starts with and needs: cold start, `tickd run` until its telemetry port answers, memory of an idle
// daemon, CPU of a tick. The bundle and the sources alternate.
import { spawn, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { nativeFiles, projectRoot } from "../../src/platform/process/project.ts"
import { freePort } from "../support/free-port.ts"
import { newSpaceFlag } from "./bench-child.ts"
import { startBenchServer } from "./bench-server.ts"
import { runLine } from "./line-runs.ts"
import { mappedMemory } from "./process-usage.ts"
import { median, rounded } from "./statistics.ts"
import type { Measured, Suite } from "./suite.ts"

const startRounds = 7
const tickRounds = 3
/** How long a daemon is idle before its memory is read, milliseconds. */
const idleMs = 60_000
const paced = { rate: 20_000, ticks: 180_000, burst: 1, warmUpTicks: 80_000, settleMs: 0 }

/** The two ways of running the program: folder of the launcher, and path of the bundled bench child. */
interface Build {
  readonly name: "bundle" | "sources"
  readonly root: string
  readonly child: string | undefined
}

/** Of `deploy/dev/build-programs.mjs`, which is plain JavaScript. */
interface BuildPrograms {
  readonly programs: ReadonlyArray<object>
  readonly bundleProgram: (program: object, to: { readonly root: string; readonly dist: string }) => Promise<unknown>
  readonly bundle: (options: object) => Promise<unknown>
}

/** An installed package, and the daemon of the benchmarks, bundled alike. */
const layOut = async (folder: string): Promise<Build> => {
  const build = (await import(join(projectRoot, "deploy", "dev", "build-programs.mjs"))) as BuildPrograms
  const root = join(folder, "package")
  const dist = join(root, "dist")
  mkdirSync(join(root, "src", "app"), { recursive: true })
  for (const name of ["package.json", join("src", "app", "tickd.mjs")])
    cpSync(join(projectRoot, name), join(root, name))
  for (const name of ["node_modules", ".build"]) symlinkSync(join(projectRoot, name), join(root, name))
  for (const program of build.programs) await build.bundleProgram(program, { root: projectRoot, dist })
  const entryPoints = { "line-child": join(import.meta.dirname, "line-child.ts") }
  await build.bundle({ absWorkingDir: projectRoot, outdir: join(root, "bench"), entryPoints })
  return { name: "bundle", root, child: join(root, "bench", "line-child.mjs") }
}

const commandOf = ({ root }: Build, args: ReadonlyArray<string>) => [
  newSpaceFlag,
  "--",
  join(root, "src", "app", "tickd.mjs"),
  ...args
]

const plainEnvironment = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" }

/** From the call until the process has ended, milliseconds. */
const verbMs = (build: Build, args: ReadonlyArray<string>): number => {
  const startedMs = performance.now()
  spawnSync(process.execPath, commandOf(build, args), { env: plainEnvironment, stdio: "ignore" })
  return performance.now() - startedMs
}

/** Waits until `/healthz` answers 200. The port is the bench's own, so a refused connection costs nothing. */
const untilAnswered = async (port: number, ended: () => boolean): Promise<void> => {
  while (!ended()) {
    const isUp = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false
    )
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error("tickd run ended before its telemetry port answered")
}

/** One `tickd run` with the simulated library's own front: 1,000 instruments, one tick. */
const startDaemon = (build: Build, stateDir: string, natsUrl: string, port: number) => {
  const startedMs = performance.now()
  const child = spawn(process.execPath, commandOf(build, ["run"]), {
    stdio: "ignore",
    env: {
      ...plainEnvironment,
      CTP_MD_LIBRARY: nativeFiles.simulated["65"],
      CTP_PRIMARY_MD_ADDRESS: "bench://1000:1:1",
      CTP_PRIMARY_BROKER_ID: "9999",
      CTP_PRIMARY_USER_ID: "bench",
      CTP_PRIMARY_PASSWORD: "bench",
      TICKD_INSTANCE: "bench",
      TICKD_STATE_DIR: stateDir,
      TICKD_INSTRUMENTS: Array.from({ length: 1000 }, (_, at) => `rb${String(at + 1).padStart(4, "0")}`).join(","),
      TICKD_MARKET_HOURS: "always",
      NATS_URL: natsUrl,
      INGEST_METRICS_PORT: String(port)
    }
  })
  let isOver = false
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      isOver = true
      resolve()
    })
  })
  return {
    pid: child.pid ?? 0,
    listening: async () => {
      await untilAnswered(port, () => isOver)
      return performance.now() - startedMs
    },
    stop: async () => {
      child.kill("SIGTERM")
      await ended
    }
  }
}

const listeningMs = (build: Build, binary: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* startBenchServer(binary)
      return yield* Effect.promise(async () => {
        const daemon = startDaemon(build, join(server.stateDir, "state"), server.url, await freePort())
        const ms = await daemon.listening()
        await daemon.stop()
        return ms
      })
    })
  )

const idleMemory = (build: Build, binary: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* startBenchServer(binary)
      return yield* Effect.promise(async () => {
        const daemon = startDaemon(build, join(server.stateDir, "state"), server.url, await freePort())
        await daemon.listening()
        await new Promise((resolve) => setTimeout(resolve, idleMs))
        const memory = mappedMemory(daemon.pid)
        await daemon.stop()
        return memory
      })
    })
  )

const verbs = {
  version: ["--version"],
  help: ["--help"],
  validate: ["env", "validate"]
} as const

const measure = Effect.fnUntraced(function* (
  builds: ReadonlyArray<Build>,
  binary: string,
  say: (line: string) => void
) {
  const found = new Map(builds.map(({ name }) => [name, new Map<string, Array<number>>()]))
  const note = ({ name }: Build, what: string, value: number) => {
    const values = found.get(name) as Map<string, Array<number>>
    values.set(what, [...(values.get(what) ?? []), value])
  }
  say(`cold starts, ${startRounds} rounds`)
  // The first start of each fills its compile cache.
  for (let round = 0; round <= startRounds; round++) {
    for (const build of builds) {
      for (const [verb, args] of Object.entries(verbs)) {
        const ms = verbMs(build, args)
        if (round > 0) note(build, `${verb}_ms`, ms)
      }
      const ms = yield* listeningMs(build, binary)
      if (round > 0) note(build, "listening_ms", ms)
    }
  }
  for (const build of builds) {
    say(`memory of an idle daemon after ${idleMs / 1000} s, ${build.name}`)
    const memory = yield* idleMemory(build, binary)
    note(build, "idle_rss_mb", memory.rssMb)
    note(build, "idle_pss_mb", memory.pssMb)
    note(build, "idle_private_mb", memory.privateMb)
  }
  for (let round = 1; round <= tickRounds; round++) {
    say(`20,000 ticks/s, round ${round} of ${tickRounds}`)
    for (const build of builds) {
      const program = build.child === undefined ? {} : { program: build.child }
      const { run } = yield* runLine({ binary, profileDir: undefined, format: "json", ...program }, paced, false)
      note(build, "cpu_us_per_tick", run.daemonCpuUs)
      note(build, "20k_rss_mb", run.daemonRssMb)
      note(build, "lost", run.lost)
    }
  }
  return found
})

const targets: Readonly<Record<string, string>> = {
  version_ms: "150 ms",
  listening_ms: "400 ms",
  idle_rss_mb: "120 MB",
  cpu_us_per_tick: "8 us"
}

const report = (found: ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<number>>>): Measured => {
  const figures: Record<string, number> = {}
  const rows: Array<readonly [string, string]> = []
  for (const what of found.get("bundle")?.keys() ?? []) {
    const shown = [...found].map(([name, values]) => {
      const all = values.get(what) ?? []
      const value = what === "lost" ? all.reduce((sum, one) => sum + one, 0) : median([...all])
      figures[`build_${name}_${what}`] = rounded(value, 2)
      return `${name} ${value.toFixed(1)} (${Math.min(...all).toFixed(1)} - ${Math.max(...all).toFixed(1)})`
    })
    rows.push([what, `${shown.join(", ")}${targets[what] === undefined ? "" : `; target ${targets[what]}`}`])
  }
  return { rows, figures }
}

export const suite: Suite = {
  name: "build",
  about: "cold start, idle memory and CPU per tick of the bundle and of the sources",
  run: Effect.fnUntraced(function* ({ say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => {
        mkdirSync(join(projectRoot, ".state"), { recursive: true })
        return mkdtempSync(join(projectRoot, ".state", "build-"))
      }),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
    )
    const bundled = yield* Effect.promise(() => layOut(folder))
    const sources: Build = { name: "sources", root: projectRoot, child: undefined }
    return report(yield* measure([bundled, sources], path, say))
  })
}
