import { Effect, type Scope } from "effect"
import { startCommand } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"
import { makeRunbookStack } from "../support/runbook-stack.ts"
import { median } from "./statistics.ts"
import type { Measured, Suite } from "./suite.ts"

const program = `${projectRoot}/deploy/operations/start_live_env.sh`
const rates = [500, 20_000]
const switchesEach = 4
const validations = 5

type Stack = Awaited<ReturnType<typeof makeRunbookStack>>

/** Runs the script as an operator does, from the call to its end. */
const called = async ({ env, folder }: Stack, args: ReadonlyArray<string>, command: string = program) => {
  const atMs = Date.now()
  const { code, stderr, stdout } = await startCommand(args, { program: command, cwd: folder, env }).ended
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stdout.slice(-2000)}${stderr}`)
  if (process.env["BENCH_TRACE"] !== undefined)
    process.stderr.write(`${atMs} ${new Date(atMs).toISOString()} ${Date.now() - atMs} ${args.join(" ")}\n${stdout}\n`)
  return { atMs, ms: Date.now() - atMs, stdout }
}

const figureIn = (stdout: string, pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? Number.NaN)

const msOf = (stdout: string, sentence: string): number => {
  const line = stdout.split("\n").find((text) => text.startsWith("{") && text.includes(sentence))
  return line === undefined ? Number.NaN : Date.parse((JSON.parse(line) as { readonly timestamp: string }).timestamp)
}

/**
 * One switch. `callMs`: from the call of the script until it has read the first tick of the new feed from the stream,
 * so that it is a little more than the time until that tick was stored.
 */
const switched = async (stack: Stack, to: "backup" | "primary") => {
  const { atMs, ms, stdout } = await called(stack, [to === "backup" ? "--failover" : "--failback", "--window", "day"])
  return {
    callMs: msOf(stdout, `The switch to ${to} took`) - atMs,
    toolMs: msOf(stdout, "Stage validate") - atMs,
    ms,
    printedMs: figureIn(stdout, /^Fail(?:over|back) completed in (\d+)ms$/m)
  }
}

const measureAt = Effect.fnUntraced(function* (rate: number, say: (line: string) => void) {
  const stack = yield* Effect.acquireRelease(
    Effect.promise(() => makeRunbookStack({}, { instruments: 50, rate })),
    ({ fronts, remove }) =>
      Effect.sync(() => {
        remove()
        for (const { child } of Object.values(fronts)) child.kill("SIGTERM")
      })
  )
  say(`50 contracts, ${rate} ticks/s: start, ${switchesEach * 2} switches, restart, stop`)
  const start = yield* Effect.promise(() => called(stack, ["--window", "day"]))
  const switches = []
  for (let at = 0; at < switchesEach; at++) {
    for (const to of ["backup", "primary"] as const) switches.push(yield* Effect.promise(() => switched(stack, to)))
  }
  const restart = yield* Effect.promise(() => called(stack, ["--restart", "--window", "day"]))
  const checks = []
  for (let at = 0; at < validations; at++) {
    const args = ["env", "validate", "--env-file", ".env.live", "--profile", "live"]
    checks.push((yield* Effect.promise(() => called(stack, args, "tickd"))).ms)
  }
  const stop = yield* Effect.promise(() => called(stack, ["--stop", "--window", "day"]))
  return {
    start_ms: start.ms,
    switch_call_ms: median(switches.map(({ callMs }) => callMs)),
    switch_tool_ms: median(switches.map(({ toolMs }) => toolMs)),
    switch_call_max_ms: Math.max(...switches.map(({ callMs }) => callMs)),
    switch_printed_ms: median(switches.map(({ printedMs }) => printedMs)),
    switch_script_ms: median(switches.map(({ ms }) => ms)),
    restart_ms: restart.ms,
    restart_gap_ms: figureIn(restart.stdout, /^RESTART=OK gap_ms=(\d+)$/m),
    stop_ms: stop.ms,
    validate_ms: median(checks)
  }
})

const texts = {
  start_ms: "start of the whole line, cold",
  switch_call_ms: "switch: call of the script to the first stored tick of the new feed",
  switch_tool_ms: "switch: of this, until the tool has begun its first stage",
  switch_call_max_ms: "switch: the longest of these",
  switch_printed_ms: "switch: latency as the script prints it",
  switch_script_ms: "switch: the script from call to end",
  restart_ms: "restart: the script from call to end",
  restart_gap_ms: "restart: gap as the script prints it",
  stop_ms: "stop of the whole line",
  validate_ms: "tickd env validate"
} as const

const run = Effect.fnUntraced(function* (
  say: (line: string) => void
): Effect.fn.Return<Measured, unknown, Scope.Scope> {
  const rows: Array<readonly [string, string]> = []
  const figures: Record<string, number> = {}
  for (const rate of rates) {
    const measured = yield* Effect.scoped(measureAt(rate, say))
    for (const [name, value] of Object.entries(measured)) {
      figures[`runbook_${rate}_${name}`] = value
      rows.push([`${texts[name as keyof typeof texts]}, ${rate} ticks/s`, `${Math.round(value)} ms`])
    }
  }
  return { rows, figures }
})

export const suite: Suite = {
  name: "runbook",
  about: "start, switch, restart and stop of a machine by the script of the runbooks, and tickd env validate",
  run: ({ say }) => run(say)
}
