// A page of commands is worth what the last run of them was worth: the test takes them from the page and runs each as
// it stands.
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, expect, it } from "vitest"
import { freePort } from "../../src/platform/nats/server-options.ts"
import { eventually } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

const page = readFileSync(join(projectRoot, "docs", "operations", "rehearsal.md"), "utf8")
const variables = readFileSync(join(projectRoot, "deploy", "rehearsal.env"), "utf8")
const state = join(".state", `rehearsal-${process.pid}`)

const started = new Set<ChildProcess>()
afterEach(() => {
  for (const { pid } of started) {
    try {
      if (pid !== undefined) process.kill(-pid, "SIGKILL")
    } catch {
      // Its process group has ended by itself.
    }
  }
  rmSync(join(projectRoot, state), { recursive: true, force: true })
})

/** The block of the page that begins with this comment. */
const blockOf = (title: string) => {
  const block = [...page.matchAll(/```sh\n(.*?)```/gs)].find(([, text = ""]) => text.startsWith(`# ${title}\n`))
  if (block?.[1] === undefined) throw new Error(`the page has no block "${title}"`)
  return block[1]
}

/** Runs a block in a shell of its own, like a terminal: its stdin stays open. */
const terminal = (block: string) => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CTP_|NATS_U|TICK)/.test(name)))
  const child = spawn("bash", ["-euo", "pipefail", "-c", block], { cwd: projectRoot, env, detached: true })
  started.add(child)
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text))
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)))
  return {
    child,
    ended,
    output: () => output,
    printed: (pattern: RegExp, times = 1) =>
      eventually(
        String(pattern),
        () => [...output.matchAll(new RegExp(pattern, "g"))].length >= times || undefined,
        60_000
      ).catch((error) => Promise.reject(new Error(`${error}\n${output.slice(-3000)}`)))
  }
}

it("U11: every command of the rehearsal page does what the page says", async () => {
  const [front, nats, http] = await Effect.runPromise(
    Effect.all([freePort("127.0.0.1"), freePort("127.0.0.1"), freePort("127.0.0.1")])
  )
  mkdirSync(join(projectRoot, state), { recursive: true })
  const own = (text: string) =>
    text
      .replaceAll("41205", String(front))
      .replaceAll("41222", String(nats))
      .replaceAll("41100", String(http))
      .replaceAll(".state/rehearsal", state)
      .replaceAll("deploy/rehearsal.env", join(state, "rehearsal.env"))
  writeFileSync(join(projectRoot, state, "rehearsal.env"), own(variables))
  const run = async (title: string) => {
    // A later block of a terminal continues where the first one has loaded the variables.
    const variablesLine = blockOf("terminal 3").split("\n")[1] ?? ""
    const shell = terminal(own(title === "terminal 3" ? blockOf(title) : `${variablesLine}\n${blockOf(title)}`))
    expect(await shell.ended, shell.output()).toBe(0)
    return shell.output()
  }

  const one = terminal(own(blockOf("terminal 1")))
  await one.printed(/front listens on/)
  const two = terminal(own(blockOf("terminal 2")))
  await two.printed(/"daemon ready"/)
  await two.printed(/"shows":"ticking"/)
  const seen = await run("terminal 3")
  expect(seen).toMatch(/READY/)
  expect(seen).toMatch(/rb2612/)
  expect(seen).toMatch(/HEALTHY/)

  one.child.stdin.write("drop\n")
  await two.printed(/session streaming → awaitingReconnect/)
  await two.printed(/session subscribing → streaming/, 2)
  const history = await run("terminal 3, after typing: drop")
  expect(history).toMatch(/awaitingReconnect/)
  expect(history).toMatch(/streaming/)

  writeFileSync(
    join(projectRoot, state, "contracts.csv"),
    "InstrumentID,ExchangeID,PriceTick\nrb2701,SHFE,1\nSR701,CZCE,1\n"
  )
  expect(await run("terminal 3, contracts")).toMatch(/rb2701 +SHFE[^]*2 of 2 contracts match/)

  // Ctrl-C goes to the whole terminal.
  if (two.child.pid !== undefined) process.kill(-two.child.pid, "SIGINT")
  expect(await two.ended, two.output().slice(-2000)).toBe(0)
  expect(two.output().trimEnd().split("\n").at(-1)).toMatch(/"event":"ledger".*"balanced":true/)
})
