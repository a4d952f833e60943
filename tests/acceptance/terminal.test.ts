// What an operator reads at a terminal of 80 columns: whole words, every choice and default, and which version runs.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { projectVersion } from "../../src/platform/process/project-version.ts"
import { lastJson, stateFolder, tickd } from "../support/cli-process.ts"
import { expectSentence } from "../support/cli-sentence.ts"
import { projectRoot } from "../support/nats-server.ts"

const state = stateFolder()
const settings = {
  CTP_MD_LIBRARY: "/nowhere.so",
  CTP_PRIMARY_MD_ADDRESS: "tcp://127.0.0.1:1",
  CTP_PRIMARY_BROKER_ID: "9999",
  CTP_PRIMARY_USER_ID: "1",
  CTP_PRIMARY_PASSWORD: "x",
  TICKD_STATE_DIR: join(state.path, "run"),
  TICKD_INSTANCE: "terminal"
}
const linesOf = (stdout: string) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { readonly event: string; readonly level: string; readonly version?: string })

it("U12: the help has groups, whole words within 80 columns, and no flag without effect", async () => {
  for (const verb of [[], ["run"], ["tail"], ["health", "check"]]) {
    const { code, stdout } = await tickd([...verb, "--help"])
    expect(code).toBe(0)
    const source = stdout.replaceAll(/\s+/g, " ")
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([])
    expect(source).not.toMatch(/wizard|minimum log level/)
    if (verb.length === 0)
      for (const group of ["Run", "Look", "Command (audited)"]) expect(stdout).toContain(`\n${group}\n`)
    if (verb[0] === "tail") expect(source).toMatch(/--from live\|snapshot .*\(default: live\)/)
    if (verb[0] === "health") expect(source).toMatch(/--gaps NUMBER .*\(default: 20\)/)
  }
})

it("U12: every default that is no plain off is shown in the help", () => {
  const folder = join(projectRoot, "src", "cli")
  const hidden = globSync("**/*.ts", { cwd: folder })
    .filter((name) => !name.endsWith("flags.ts"))
    .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(/Flag\.withDefault\((?!false\))[^)]*\)/g)])
  expect(hidden.map(([text]) => text)).toEqual([])
})

it("U4, U9: run begins with its version and names a misspelt variable", async () => {
  const ended = await tickd(["run"], { ...settings, TICK_QUEUE_MAXSZE: "60000" })
  expectSentence(ended, 78, "NOTHING_TO_SUBSCRIBE", /No instrument is wanted/)
  const [first, second] = linesOf(ended.stdout)
  expect(first).toMatchObject({ event: "daemon_starts", level: "INFO", version: projectVersion, instance: "terminal" })
  expect(second).toMatchObject({ event: "variable_unknown", level: "WARNING" })
  expect(JSON.stringify(second)).toContain("did you mean TICK_QUEUE_MAXSIZE?")
  expect((await tickd(["--version"])).stdout).toContain(projectVersion)
})

it("U12: --log-level of run decides where the log begins", async () => {
  const quiet = await tickd(["run", "--log-level", "error"], { ...settings, LOG_LEVEL: "DEBUG" })
  expect(linesOf(quiet.stdout)).toEqual([])
  expectSentence(
    await tickd(["run", "--log-level", "loud"], settings),
    64,
    "WRONG_USE",
    /debug, info, warning or error/
  )
})

it("U12: calendar show fails for a day that it does not know", async () => {
  const ended = await tickd(["calendar", "show", "--day", "20300102", "--json"])
  expectSentence(ended, 1, "CALENDAR_DAY_UNKNOWN", /20300102/)
  expect(lastJson(ended.stdout)).toMatchObject({ known: false, trading_day: null, night_session: null })
})

it("U12: takes a day as it is typed, a level in any case, and suggests in a sentence", async () => {
  expect((await tickd(["calendar", "show", "2027-06-01", "--json"])).stdout).toContain("20270601")
  expectSentence(await tickd(["calendar", "show", "tomorrow"]), 64, "WRONG_USE", /a day such as 20261123/)
  // The level is valid: the error is about the server.
  const away = ["--reason", "x", "--server", "nats://127.0.0.1:1"]
  expectSentence(await tickd(["log-level", "debug", ...away]), 69, "NATS_UNREACHABLE", /does not answer/)
  expectSentence(await tickd(["log-level", "loud", ...away]), 64, "WRONG_USE", /debug, info, warning or error/)
  const misspelt = await tickd(["status", "--jsno"])
  expectSentence(misspelt, 64, "WRONG_USE", /in command tickd status\. Did you mean --json\? See 'tickd status --help'/)
})
