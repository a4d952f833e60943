// One real Alertmanager with the configuration of a run: who hears of each alert, and which ones are held back. A route
// or an inhibition that is wrong is valid YAML, and is found on the night on which no one was woken.
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import { warnOfSilentAlerts } from "../../src/ops/layers/live/proofs/monitoring-proof.ts"
import { alertmanagerFile, inhibitionRules } from "../support/alert-routes.ts"
import { alerts } from "../support/alert-rules.ts"
import { endCommands, eventually, stateFolder } from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { monitoringSettings, startAlertmanager } from "../support/monitoring-stack.ts"
import { alertmanagerFault, findMonitoringTools } from "../support/monitoring-tools.ts"
import { answer, type Receiver, startReceiver } from "../support/notify-receiver.ts"

const { amtool } = findMonitoringTools(["amtool"])
const fault = amtool === undefined ? "skipped: amtool is not here" : alertmanagerFault()

let folder: ReturnType<typeof stateFolder>
let receiver: Receiver
let settings: LiveSettings
beforeAll(async () => {
  if (fault !== undefined) return
  folder = stateFolder()
  receiver = await startReceiver(answer(200, "ok"))
  settings = await monitoringSettings(folder.path)
  mkdirSync(settings.receiversDir)
  for (const name of ["critical", "warning", "watchdog"]) {
    writeFileSync(join(settings.receiversDir, `${name}.url`), `${receiver.origin}/${name}\n`)
  }
  await startAlertmanager(settings)
}, 30_000)
afterAll(async () => {
  if (fault !== undefined) return
  await endCommands()
  await receiver.close()
  folder.remove()
})

type Labels = Readonly<Record<string, string>>
const ruleOf = (name: string) => alerts.find((one) => one.name === name)?.text ?? ""
const severityOf = (name: string) => /severity: (\w+)/.exec(ruleOf(name))?.[1] ?? ""
const labelsOf = (name: string, more: Labels): Labels => ({ alertname: name, severity: severityOf(name), ...more })
const annotationsOf = (name: string): Labels =>
  Object.fromEntries(
    [...ruleOf(name).matchAll(/^ {10}(\w+): "?(.*?)"?$/gm)].map(([, key = "", text = ""]) => [key, text])
  )

const post = async (all: ReadonlyArray<Labels>) => {
  const { ok } = await fetch(`${settings.alertmanagerUrl}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(
      all.map((labels) => ({ labels, annotations: annotationsOf(labels["alertname"] ?? ""), generatorURL: "http://p" }))
    )
  })
  assert.isTrue(ok)
}

interface Shown {
  readonly fingerprint: string
  readonly labels: Labels
  readonly status: { readonly inhibitedBy: ReadonlyArray<string> }
}
/** `ALERT@INSTANCE held by ALERT@INSTANCE, …` for each alert that is held back. */
const heldBack = async () => {
  const all = (await (await fetch(`${settings.alertmanagerUrl}/api/v2/alerts`)).json()) as ReadonlyArray<Shown>
  const name = ({ labels }: Shown) => `${labels["alertname"]}@${labels["instance"]}`
  const byPrint = new Map(all.map((one) => [one.fingerprint, name(one)]))
  const held = all
    .filter(({ status }) => status.inhibitedBy.length > 0)
    .map((one) => `${name(one)} held by ${one.status.inhibitedBy.map((print) => byPrint.get(print)).join()}`)
  return { held: held.sort(), count: all.length }
}

interface Notified {
  readonly path: string
  readonly status: string
  readonly alerts: ReadonlyArray<{ readonly labels: Labels; readonly annotations: Labels }>
}
const notified = (): ReadonlyArray<Notified> =>
  receiver.received.map(({ body, url }) => ({ ...(JSON.parse(body) as Notified), path: url.pathname }))
const heard = (path: string, name: string, instance: string) =>
  notified().find(
    (one) =>
      one.path === path && one.alerts.some(({ labels: of }) => of["alertname"] === name && of["instance"] === instance)
  )

describe("Alertmanager with the configuration of this project", () => {
  it("accepts it as it is, and as a run writes it", (context) => {
    if (fault !== undefined) return context.skip(fault)
    for (const file of [alertmanagerFile, join(settings.runDir, "alertmanager.yml")]) {
      const { status, stderr, stdout } = spawnSync(amtool ?? "", ["check-config", file], { encoding: "utf8" })
      assert.strictEqual(status, 0, stdout + stderr)
    }
  })

  it("sends each alert of the rules to the receiver of its severity, and one without a decision to people too", (context) => {
    if (fault !== undefined) return context.skip(fault)
    const receiverOf = (labels: Labels) => {
      const words = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
      const test = ["config", "routes", "test", `--config.file=${alertmanagerFile}`, ...words]
      return spawnSync(amtool ?? "", test, { encoding: "utf8" }).stdout.trim()
    }
    const wanted = (name: string) => (name === "MD_Watchdog" ? "watchdog" : severityOf(name))
    const routed = alerts.map(({ name }) => `${name} ${receiverOf(labelsOf(name, { instance: "h:9100", feed: "f" }))}`)
    assert.deepStrictEqual(
      routed,
      alerts.map(({ name }) => `${name} ${wanted(name)}`)
    )
    assert.strictEqual(receiverOf({ alertname: "MD_New", severity: "warning" }), "unrouted")
  })

  it("holds back each consequence beside its cause, and neither a consequence alone nor another instance", async (context) => {
    if (fault !== undefined) return context.skip(fault)
    const consequences = [...new Set(inhibitionRules.flatMap(({ consequences: some }) => some))]
    const more = (name: string): Labels => (name === "MD_Stream_Gap" ? { cause: "ring_overrun" } : {})
    const alone = consequences.map((name) =>
      labelsOf(name, { instance: `alone-${name}`, feed: "primary", ...more(name) })
    )
    await post([labelsOf("MD_Watchdog", { instance: "h:9090" }), ...alone])
    const first = await eventually("the alerts", async () => {
      const { count, held } = await heldBack()
      return count === alone.length + 1 ? { held } : undefined
    })
    assert.deepStrictEqual(first.held, [])

    const pairs = inhibitionRules.flatMap(({ causes, consequences: some, equal }) =>
      causes.map((cause) => {
        const instance = `with-${cause}`
        const same: Labels = equal.includes("feed") ? { feed: "primary" } : {}
        return {
          cause: labelsOf(cause, { instance, ...same }),
          // Without a label in common the instances may differ.
          some: some.map((name) =>
            labelsOf(name, {
              instance: equal.length === 0 ? `other-${name}` : instance,
              feed: "primary",
              ...more(name)
            })
          )
        }
      })
    )
    const untouched = [
      labelsOf("MD_Stream_Gap", { instance: "with-MD_Ticks_Dropped", feed: "primary", cause: "store_lost" }),
      labelsOf("MD_Stream_Gap", { instance: "with-MD_Ticks_Dropped", feed: "backup", cause: "ring_overrun" }),
      labelsOf("MD_Memory_Growth", { instance: "with-MD_Daemon_Down" })
    ]
    const severities = ["critical", "warning"].map((severity) => ({
      ...labelsOf("MD_X", { instance: "two" }),
      severity
    }))
    await post([...pairs.flatMap(({ cause, some }) => [cause, ...some]), ...untouched, ...severities])
    const name = (of: Labels) => `${of["alertname"]}@${of["instance"]}`
    const wanted = pairs.flatMap(({ cause, some }) => some.map((one) => [name(one), name(cause)] as const))
    // Any Pushgateway that is down holds back what was pushed, also of another instance.
    wanted.push(["MD_Pushgateway_Stale@alone-MD_Pushgateway_Stale", "MD_Pushgateway_Down@with-MD_Pushgateway_Down"])
    // The heartbeat stops, whichever instance sends it.
    for (const instance of ["h:9090", "alone-MD_Watchdog"])
      wanted.push([`MD_Watchdog@${instance}`, "MD_Notifications_Failing@with-MD_Notifications_Failing"])
    wanted.push(["MD_X@two", "MD_X@two"])
    const lines = wanted.map(([held, by]) => `${held} held by ${by}`).sort()
    let held: ReadonlyArray<string> = []
    await eventually(
      "each consequence held back",
      async () => {
        ;({ held } = await heldBack())
        return held.length >= lines.length
      },
      10_000
    )
    assert.deepStrictEqual(held, lines)
  }, 30_000)

  it("sends receivers both languages and the page, also of a consequence alone, and not of one that is held back", async (context) => {
    if (fault !== undefined) return context.skip(fault)
    await eventually(
      "the notifications",
      () =>
        Promise.resolve(
          heard("/critical", "MD_Ticks_Dropped", "with-MD_Ticks_Dropped") !== undefined &&
            heard("/critical", "MD_Stream_Gap", "alone-MD_Stream_Gap") !== undefined
        ),
      20_000
    )
    const one = heard("/critical", "MD_Ticks_Dropped", "with-MD_Ticks_Dropped")
    const annotations = one?.alerts[0]?.annotations ?? {}
    assert.deepStrictEqual(annotations, annotationsOf("MD_Ticks_Dropped"))
    assert.match(annotations["summary_zh"] ?? "", /\p{Script=Han}/u)
    assert.strictEqual(annotations["runbook_url"], "docs/runbooks/MD_Ticks_Dropped.md")
    const gaps = notified().flatMap((one) => one.alerts.filter(({ labels: of }) => of["alertname"] === "MD_Stream_Gap"))
    const reported = gaps.map(({ labels: of }) => `${of["instance"]} ${of["feed"]} ${of["cause"]}`)
    assert.notInclude(reported, "with-MD_Ticks_Dropped primary ring_overrun")
    assert.isDefined(heard("/watchdog", "MD_Watchdog", "h:9090"))
    assert.isUndefined(heard("/critical", "MD_Watchdog", "h:9090"))
  }, 30_000)

  it("is missed by the stage of a start, in one line, where it is not ready", async (context) => {
    if (fault !== undefined) return context.skip(fault)
    const lines: Array<string> = []
    const log = { write: (level: string, text: string) => Effect.sync(() => void lines.push(`${level} ${text}`)) }
    const away = `http://127.0.0.1:${await freePort()}`
    const page = await startReceiver(answer(200, "<html>"))
    for (const alertmanagerUrl of [settings.alertmanagerUrl, page.origin, away, undefined]) {
      await Effect.runPromise(warnOfSilentAlerts({ log, settings: { ...settings, alertmanagerUrl } }))
    }
    await page.close()
    const silent = "WARN NO ALERT REACHES AN OPERATOR: Alertmanager is not ready at"
    assert.lengthOf(lines, 3)
    assert.include(lines[0], `${silent} ${page.origin} (something else answers there). See `)
    assert.include(lines[1], `${silent} ${away} (`)
    assert.strictEqual(lines[2], "INFO Prometheus sends no alert: ALERTMANAGER_URL is empty")
  })

  it("writes both languages and the page into the text of chat and mail", (context) => {
    if (fault !== undefined) return context.skip(fault)
    const data = join(folder.path, "data.json")
    const one = {
      status: "firing",
      labels: labelsOf("MD_No_Feed", { instance: "h:9100" }),
      annotations: annotationsOf("MD_No_Feed"),
      startsAt: "2026-03-02T01:00:00Z"
    }
    const resolved = { ...one, status: "resolved", endsAt: "2026-03-02T01:05:00Z" }
    const group = { status: "firing", groupLabels: one.labels, commonLabels: one.labels }
    writeFileSync(data, JSON.stringify({ ...group, alerts: [one, resolved] }))
    const glob = join(alertmanagerFile, "..", "templates", "*.tmpl")
    const text = ["title", "text"].map((name) => `{{ template "tickd.${name}" . }}`).join("\n")
    const { stderr, stdout } = spawnSync(
      amtool ?? "",
      ["template", "render", `--template.glob=${glob}`, `--template.text=${text}`, `--template.data=${data}`],
      { encoding: "utf8" }
    )
    assert.include(stdout, "[FIRING 1] critical MD_No_Feed @ h:9100\n", stderr)
    assert.include(stdout, "No feed is connected in trading hours. No session of ")
    assert.include(stdout, "交易时间内没有任何行情源在线。")
    assert.include(stdout, "Runbook 处理手册: docs/runbooks/MD_No_Feed.md\nSince 开始于: 2026-03-02 01:00:00Z\n")
    assert.match(stdout, /Resolved 已恢复:[^]*2026-03-02 01:00:00Z - 2026-03-02 01:05:00Z/)
  })
})
