// The check must be right with files too, without a daemon: each exit code, each file it writes,
// each input it cannot read.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { lastJson, stateFolder, tickd } from "../support/cli-process.ts"

let folder: ReturnType<typeof stateFolder>
const file = (name: string, text: string): string => {
  const path = join(folder.path, name)
  writeFileSync(path, text)
  return path
}
beforeAll(() => {
  folder = stateFolder()
})
afterAll(() => folder.remove())

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString()
const record = (symbol: string, silentSeconds: number) => ({
  symbol,
  subscription_id: symbol,
  feed: "primary",
  active: true,
  acknowledged_at: ago(7200),
  first_tick_at: ago(7200),
  last_tick_at: ago(silentSeconds),
  ticks: 14_000
})
const check = (...flags: ReadonlyArray<string>) => tickd(["health", "check", ...flags])

/** Fields of the reference service's report, and ours. */
const fields =
  "generated_at mode coverage_ratio expected_total active_total matched_total ignored_total ignored_symbols missing_contracts missing_details unexpected_contracts stalled_contracts warnings errors exit_code not_judged thresholds metadata remediation".split(
    " "
  )

it("has an exit code for each verdict, and prints the thresholds it judged by", async () => {
  const catalogue = file("catalogue.csv", "# wanted\nsymbol,name\nrb2701.SHFE,steel\nIF2612.CFFEX,index\n")
  const both = file("both.json", JSON.stringify([record("rb2701.SHFE", 1), record("IF2612.CFFEX", 1)]))
  const files = ["--catalogue", catalogue, "--active-file", both, "--market-hours", "always"]
  const healthy = await check(...files)
  expect([healthy.code, healthy.stdout]).toEqual([0, expect.stringMatching(/^HEALTHY {2}coverage 1\.000000/)])
  const silent = file("silent.json", JSON.stringify([record("rb2701.SHFE", 150), record("IF2612.CFFEX", 1)]))
  const warned = await check("--catalogue", catalogue, "--active-file", silent, "--market-hours", "always")
  expect([warned.code, warned.stdout]).toEqual([1, expect.stringMatching(/stalled {6}rb2701\.SHFE {2}warning/)])
  const strict = await check(
    "--catalogue",
    catalogue,
    "--active-file",
    silent,
    "--market-hours",
    "always",
    "--lag-critical",
    "140",
    "--lag-warning",
    "100",
    "--gaps",
    "7",
    "--coverage-threshold",
    "0.9",
    "--liquid",
    "IF*"
  )
  expect([strict.code, strict.stdout]).toEqual([
    2,
    expect.stringContaining(
      "thresholds   coverage 0.9  silence 100 s warning, 140 s critical, and 7 mean gaps of the instrument  liquid IF*"
    )
  ])
  // The calendar decides, and reports when it cannot: a product in no list.
  const odd = file("odd.json", JSON.stringify([record("QQ2701.SHFE", 9000)]))
  const unknown = await check("--expect", "wanted", "--active-file", odd, "--market-hours", "calendar", "--json")
  expect([unknown.code, lastJson(unknown.stdout)["not_judged"]]).toEqual([
    0,
    { closed: 0, hours_unknown: 1, never_ticked: 0, no_times: 0 }
  ])
})

it("audit keeps JSON, CSV and log, and a severity in the CSV is that of the verdict", async () => {
  const expected = Array.from({ length: 1000 }, (_, at) => `x${at}.SHFE`)
  const catalogue = file("thousand.json", JSON.stringify({ symbols: [...expected, "rb2701.SHFE"] }))
  const records = [...expected.slice(1).map((symbol) => record(symbol, 1)), record("rb2701.SHFE", 400)]
  const active = file("active.json", JSON.stringify({ subscriptions: records }))
  const outDir = join(folder.path, "runbooks")
  const audit = await check(
    "--mode",
    "audit",
    "--catalogue",
    catalogue,
    "--active-file",
    active,
    "--market-hours",
    "always",
    "--out-dir",
    outDir,
    "--log-prefix",
    "night",
    "--json-indent",
    "1"
  )
  expect(audit.code, audit.stderr).toBe(2)
  const kept = readdirSync(outDir).sort()
  expect(kept.map((name) => name.replace(/\d{8}-\d{6}/, "TIME"))).toEqual([
    "night_TIME.csv",
    "night_TIME.json",
    "night_TIME.log"
  ])
  const [csv = "", json = "", log = ""] = kept.map((name) => readFileSync(join(outDir, name), "utf8"))
  const report = JSON.parse(json) as Record<string, unknown>
  expect(Object.keys(report)).toEqual(fields)
  expect(json).toMatch(/^\{\n "generated_at"/)
  // Coverage is 99.9 %, so missing instruments are a warning, although the silence of another is an error.
  expect(csv.split("\n").slice(0, 3)).toEqual([
    "kind,symbol,severity,detail,last_tick_at,lag_seconds",
    "missing,x0.SHFE,warning,not wanted,,",
    expect.stringMatching(/^stalled,rb2701\.SHFE,critical,primary,\d{4}-.*\+08:00,40\d\.\d$/)
  ])
  const events = log
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { event: string }).event)
  expect(events).toEqual([
    "health_check_start",
    "active_snapshot_loaded",
    "catalogue_loaded",
    "artifact_written",
    "artifact_written",
    "health_check_complete"
  ])
})

it("an input that it cannot read is an error of the check, a wrong flag wrong use", async () => {
  const good = file("good.json", JSON.stringify([record("rb2701.SHFE", 1)]))
  const broken = file("broken.json", "{bad")
  const numbers = file("numbers.json", "[1, 2]")
  for (const flags of [
    ["--catalogue", good, "--active-file", join(folder.path, "absent.json")],
    ["--catalogue", good, "--active-file", broken],
    ["--catalogue", good, "--active-file", numbers],
    ["--catalogue", broken, "--active-file", good],
    ["--catalogue", numbers, "--active-file", good]
  ]) {
    const { code, stderr } = await check(...flags)
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^tickd: .* cannot be used .*\[HEALTH_FILE_UNREADABLE\]\n$/)
    ])
  }
  for (const flags of [
    ["--mode", "enforce", "--catalogue", good, "--active-file", good],
    ["--escalation-command", ""],
    ["--escalation-command", "notify 'never closed"],
    ["--lag-warning", "0"],
    ["--coverage-threshold", "1.1"]
  ]) {
    const { code, stderr } = await check(...flags)
    expect([flags, code, stderr]).toEqual([flags, 64, expect.stringMatching(/^tickd: .*\[WRONG_USE\]\n$/)])
  }
})

it("a pushgateway that is away makes the check fail, and the verdict is still printed", async () => {
  const active = file("one.json", JSON.stringify([record("rb2701.SHFE", 1)]))
  const files = ["--expect", "wanted", "--active-file", active, "--market-hours", "always"]
  const away = await check(...files, "--pushgateway-url", "http://127.0.0.1:9", "--json")
  expect(away.code, away.stderr).toBe(2)
  expect(lastJson(away.stdout)).toMatchObject({
    coverage_ratio: 1,
    exit_code: 2,
    errors: [expect.stringMatching(/^The pushgateway http:\/\/127\.0\.0\.1:9 did not take the figures/)]
  })
  expect((await check(...files, "--pushgateway-url", "http://127.0.0.1:9", "--skip-metrics")).code).toBe(0)
})
