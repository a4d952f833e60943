// The log is for people: a disk that is full, or a reader that went away, must cost its lines and nothing else.
import { afterEach, expect, it } from "vitest"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  holdPort,
  launcher,
  type RunningCommand,
  startCommand,
  startTickd,
  stateFolder
} from "../support/cli-process.ts"

const folders: Array<() => void> = []
afterEach(async () => {
  await endCommands()
  for (const remove of folders.splice(0)) remove()
})

/** Runs a daemon with a blocked log until it is ready, has lost lines and still stores ticks; then ends it. */
const livesWithoutLog = async (start: (env: Readonly<Record<string, string>>) => RunningCommand) => {
  const front = await startFront()
  const state = stateFolder()
  folders.push(state.remove)
  const { port, release } = await holdPort()
  await release()
  const daemon = start(daemonEnvironment(state.path, front.address, { INGEST_METRICS_PORT: String(port) }))
  const metric = async (name: string) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, "m").exec(text)?.[1] ?? 0)
  }
  await eventually("ticks are stored", async () => (await metric("md_ticks_published_total")) > 100, 30_000)
  await eventually("lost lines are counted", async () => (await metric("md_log_lines_dropped_total")) > 0)
  daemon.child.kill("SIGTERM")
  return await daemon.ended
}

it("R15: goes on with its log on a full disk, and SIGTERM ends it with 0", async () => {
  const end = await livesWithoutLog((env) =>
    startCommand(["-c", 'exec "$0" "$@" >/dev/full', process.execPath, launcher, "run", "--embedded-nats"], {
      program: "sh",
      env
    })
  )
  expect(end).toMatchObject({ code: 0, stderr: "" })
})

it("R15: goes on when the reader of its log goes away, and SIGTERM ends it with 0", async () => {
  const end = await livesWithoutLog((env) => {
    const daemon = startTickd(["run", "--embedded-nats"], env)
    daemon.child.stdout?.once("data", () => daemon.child.stdout?.destroy())
    return daemon
  })
  expect(end).toMatchObject({ code: 0, stderr: "" })
})

it("R15: a verb whose reader has gone ends, and one on a full disk says that its output is not whole", async () => {
  const run = async (command: string) => {
    const verb = startCommand(["-c", command, process.execPath, launcher], { program: "bash" })
    return await verb.ended
  }
  const piped = await run('"$0" "$@" calendar show 20261123 2>&1 | head -n 1; echo "${PIPESTATUS[0]}"')
  expect(piped.stdout.trim().split("\n").at(-1)).toBe("0")
  const full = await run('exec "$0" "$@" calendar show 20261123 >/dev/full')
  expect(full.stderr).toMatch(/^tickd: .*ENOSPC.*\[OUTPUT_FAILED\]\n$/)
  expect(full.code).toBe(69)
})
