// A page of commands is worth what the last run of them was worth: the test takes them from the page and runs each as
// it stands.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { freePort } from "../support/free-port.ts"
import { projectRoot } from "../support/nats-server.ts"
import { blockOf, makeTerminals } from "../support/page-commands.ts"

const page = readFileSync(join(projectRoot, "docs", "operations", "rehearsal.md"), "utf8")
const variables = readFileSync(join(projectRoot, "deploy", "rehearsal.env"), "utf8")
const state = join(".state", `rehearsal-${process.pid}`)

const { end, run: terminal } = makeTerminals(projectRoot)
afterEach(() => {
  end()
  rmSync(join(projectRoot, state), { recursive: true, force: true })
})

const textOf = (title: string) => blockOf(page, title).text

it("U11: every command of the rehearsal page does what the page says", async () => {
  const [front, nats, http] = await Promise.all([freePort(), freePort(), freePort()])
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
    const variablesLine = textOf("terminal 3").split("\n")[1] ?? ""
    const shell = terminal(own(title === "terminal 3" ? textOf(title) : `${variablesLine}\n${textOf(title)}`))
    expect(await shell.ended, shell.output()).toBe(0)
    return shell.output()
  }

  const one = terminal(own(textOf("terminal 1")))
  await one.printed(/front listens on/)
  const two = terminal(own(textOf("terminal 2")))
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
