// An alert is worth what arrives: a feed stops, and the receiver has the news in both languages with its page, through
// the real daemon, Prometheus and Alertmanager with the rules and routes of production. The commands are those of the
// page for newcomers. ALERT_CHAIN_TIMES=real keeps the times of production too; otherwise waits are shortened in the
// files that the runbook has written.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eventually } from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { endLeftPrograms } from "../support/left-programs.ts"
import { alertmanagerFault, findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"
import { projectRoot } from "../support/nats-server.ts"
import { answer, type Receiver, startReceiver } from "../support/notify-receiver.ts"
import { blockOf, blocksOf, makeTerminals, missingLine } from "../support/page-commands.ts"

const page = readFileSync(join(projectRoot, "docs", "operations", "monitoring-dashboard.md"), "utf8")
const [english = "", chinese = ""] = page.split(/^(?=# 从零到一条告警)/m)
const isReal = process.env["ALERT_CHAIN_TIMES"] === "real"

/** The commands in the sequence in which an operator gives them; the terminals 1 to 3 stay open. */
const titles = [
  "prepare",
  "terminal 1",
  "terminal 2",
  "terminal 3",
  "start",
  "look",
  "one feed",
  "alert",
  "failback",
  "drill",
  "silence",
  "stop",
  "clean"
]

it("has the same commands and outputs in both languages, and all of them are run below", () => {
  expect(blocksOf(english).map(({ title }) => title)).toEqual(titles)
  expect(blocksOf(chinese)).toEqual(blocksOf(english))
})

const { amtool, prometheus, pushgateway } = findMonitoringTools(["amtool", "prometheus", "pushgateway"])
const isHere = amtool !== undefined && prometheus !== undefined && pushgateway !== undefined
const fault = isHere
  ? alertmanagerFault()
  : `skipped: a program of the monitoring is missing; '${howToFetch}' brings it`
if (fault !== undefined) console.warn(fault)

/** The waits that a newcomer has and a test need not have. Everything else of the files stays. */
const shortened = {
  "prometheus.yml": [
    [/scrape_interval: \d+s/g, "scrape_interval: 1s"],
    [/scrape_timeout: \d+s/g, "scrape_timeout: 1s"],
    [/evaluation_interval: \d+s/g, "evaluation_interval: 1s"]
  ],
  "alertmanager.yml": [
    [/group_wait: (?:5|10)s/g, "group_wait: 1s"],
    [/group_interval: 1m/g, "group_interval: 1s"]
  ]
} as const

interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly status: string
}
interface Notification {
  readonly atMs: number
  readonly receiver: string
  readonly status: number
  readonly alerts: ReadonlyArray<Alert>
}

describe.skipIf(fault !== undefined)("the chain of an alert", () => {
  const state = `.state/alerts-${process.pid}`
  const folder = join(projectRoot, state)
  const run = join(folder, "run")
  const terminals = makeTerminals(projectRoot, { DRILL_HEALTH_CMD: `sh ${state}/health.sh` })
  const notifications: Array<Notification> = []
  /** How the receiver answers: 200, or an error in its place. */
  let status = 200
  let receiver: Receiver
  let ports: ReadonlyArray<readonly [string, string]> = []
  const portOf = (usual: string) => ports.find(([port]) => port === usual)?.[1] ?? ""
  const own = (text: string) =>
    ports.reduce((sum, [usual, free]) => sum.replaceAll(usual, free), text).replaceAll(".state/alerts", state)
  const usual = (text: string) =>
    ports.reduce((sum, [port, free]) => sum.replaceAll(free, port), text).replaceAll(state, ".state/alerts")

  const seen = (receiverName: string, name: string, what: string) =>
    notifications.find(
      ({ alerts, receiver: to, status: code }) =>
        code === 200 &&
        to === receiverName &&
        alerts.some(({ labels, status: now }) => labels["alertname"] === name && now === what)
    )
  const gapOf = (feed: string) =>
    notifications.find(({ alerts }) =>
      alerts.some(({ labels }) => labels["alertname"] === "MD_Liquid_Gap" && labels["feed"] === feed)
    )
  const json = async (usualPort: string, path: string) =>
    (await (await fetch(`http://127.0.0.1:${portOf(usualPort)}${path}`)).json()) as unknown
  /** State of an alert in Prometheus: pending or firing; undefined: it is neither. */
  const stateIn = async (name: string): Promise<string | undefined> => {
    const { data } = (await json("41090", "/api/v1/alerts")) as {
      readonly data: { readonly alerts: ReadonlyArray<{ readonly labels: Alert["labels"]; readonly state: string }> }
    }
    return data.alerts.find(({ labels }) => labels["alertname"] === name)?.state
  }
  const daemon = async () =>
    (await json("41100", "/status")) as {
      readonly ready: boolean
      readonly pid?: number
      readonly failover?: { readonly active: string }
      readonly sessions: ReadonlyArray<{ readonly feed: string; readonly state: string }>
    }
  const isStreaming = async (feed: string) =>
    (await daemon()).sessions.some((session) => session.feed === feed && session.state === "streaming") || undefined
  const longMs = isReal ? 120_000 : 20_000
  const until = <A>(what: string, holds: () => Promise<A | undefined> | A | undefined) =>
    eventually(what, holds, longMs)

  const times: Array<readonly [string, number]> = []
  const note = (what: string, atMs = Date.now()) => void times.push([what, atMs])

  /** Runs one block of terminal 4 as it stands, and compares what it prints. */
  const type = async (title: string, meanwhile?: (shell: ReturnType<typeof terminals.run>) => Promise<void>) => {
    const { shown, text } = blockOf(english, title)
    const shell = terminals.run(own(text))
    shell.child.stdin.end()
    await meanwhile?.(shell)
    const code = await shell.ended
    const output = usual(shell.output())
    expect(code, `${title}\n${output}`).toBe(0)
    if (shown !== undefined) expect(missingLine(shown, output), `${title}\n${output}`).toBeUndefined()
    return output
  }
  const pidOf = (name: string) =>
    (JSON.parse(readFileSync(join(run, `${name}.json`), "utf8")) as { readonly pid: number }).pid
  /** Changes a file that the runbook has written, and has its program read it again. */
  const rewrite = (program: string, change: (text: string) => string) => {
    const path = join(run, `${program}.yml`)
    writeFileSync(path, change(readFileSync(path, "utf8")))
    process.kill(pidOf(program), "SIGHUP")
  }
  /** When Prometheus has read its configuration, as it says. */
  const reloadedAt = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${portOf("41090")}/metrics`)).text()
    return /^prometheus_config_last_reload_success_timestamp_seconds (\S+)$/m.exec(metrics)?.[1]
  }
  /** The rules with a shorter `for` of the named alerts. */
  const hasten = async (names: ReadonlyArray<string>, wait: string) => {
    if (isReal) return
    const before = await reloadedAt()
    mkdirSync(join(folder, "rules"), { recursive: true })
    for (const path of globSync(join(projectRoot, "deploy", "prometheus", "rules", "*.yml"))) {
      const text = names.reduce(
        (sum, name) => sum.replace(new RegExp(`(- alert: ${name}\\n(?:(?!- alert).*\\n)*? +for: )\\S+`), `$1${wait}`),
        readFileSync(path, "utf8")
      )
      writeFileSync(join(folder, "rules", basename(path)), text)
    }
    rewrite("prometheus", (text) =>
      shortened["prometheus.yml"]
        .reduce((sum, [from, to]) => sum.replace(from, to), text)
        .replace(/- \S+\/rules\//, `- ${folder}/rules/`)
    )
    rewrite("alertmanager", (text) =>
      shortened["alertmanager.yml"].reduce((sum, [from, to]) => sum.replace(from, to), text)
    )
    await until("the new configuration", async () => (await reloadedAt()) !== before || undefined)
    // It has dropped its Alertmanager and finds it again within 5 s. What fires meanwhile is sent a minute later.
    await until("the Alertmanager of Prometheus", async () => {
      const { data } = (await json("41090", "/api/v1/alertmanagers")) as {
        readonly data: { readonly activeAlertmanagers: ReadonlyArray<unknown> }
      }
      return data.activeAlertmanagers.length > 0 || undefined
    })
  }

  let one: ReturnType<typeof terminals.run>
  let two: typeof one
  let three: typeof one
  const stop = (front: typeof one) => void front.child.stdin.write("refuse on\ndrop\n")
  const start = (front: typeof one) => void front.child.stdin.write("refuse off\n")
  /** What terminal 1 prints, as the page shows it. */
  const shownOfTerminal1 = (what: string) =>
    [...english.matchAll(/^```text\n(.*?)^```$/gms)].map(([, text = ""]) => text).find((text) => text.includes(what)) ??
    ""

  /** Terminal 1 prints a moment after the receiver of this test has passed the notification on to it. */
  const expectShown = async (what: string) => {
    const missing = () => missingLine(`…\n${shownOfTerminal1(what)}…\n`, usual(one.output()))
    await expect.poll(missing, { timeout: 10_000, message: what }).toBeUndefined()
  }

  beforeAll(async () => {
    receiver = await startReceiver((request, response) => {
      const name = request.url.pathname.slice(1)
      const { alerts } = JSON.parse(request.body) as { readonly alerts: ReadonlyArray<Alert> }
      notifications.push({ atMs: Date.now(), receiver: name, status, alerts })
      if (status !== 200) return answer(status, "the chat is down")(request, response)
      // Terminal 1 of the page gets what this receiver accepts.
      void fetch(`http://127.0.0.1:${portOf("41301")}/${name}`, { method: "POST", body: request.body }).finally(() =>
        response.end()
      )
    })
    const free = ["41090", "41091", "41093", "41100", "41101", "41205", "41206", "41222", "41301"]
    ports = [
      ...(await Promise.all(free.map(async (port) => [port, String(await freePort())] as const))),
      ["41300", String(receiver.port)]
    ]
  })
  afterAll(async () => {
    terminals.end()
    endLeftPrograms(run, state)
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
    const [begin] = times
    if (begin === undefined) return
    const rows = times.map(([what, atMs]) => `${((atMs - begin[1]) / 1000).toFixed(1).padStart(6)} s  ${what}`)
    console.log([`the chain of an alert, ${isReal ? "times of production" : "shortened"}:`, ...rows].join("\n"))
  })

  it("begins on a bare machine", { timeout: 120_000 }, async () => {
    await type("prepare")
    writeFileSync(
      join(folder, "health.sh"),
      `[ "$ACTIVE_FEED" != backup ] || [ ! -e ${state}/wait ] || for _ in $(seq 1200); do [ ! -e ${state}/go-on ] || break; sleep 0.1; done\n`
    )
    one = terminals.run(own(blockOf(english, "terminal 1").text.replace("41300", "41301")))
    two = terminals.run(own(blockOf(english, "terminal 2").text))
    three = terminals.run(own(blockOf(english, "terminal 3").text))
    await one.printed(/waiting for alerts/)
    await Promise.all([two, three].map((front) => front.printed(/front listens on/)))
    await type("start")
    await eventually("the watchdog", () => seen("watchdog", "MD_Watchdog", "firing"), 30_000)
    await hasten(["MD_No_Feed", "MD_Failover_Required"], "3s")
    await until("all targets", async () => {
      const { data } = (await json("41090", "/api/v1/targets?state=active")) as {
        readonly data: { readonly activeTargets: ReadonlyArray<{ readonly health: string }> }
      }
      return data.activeTargets.every(({ health }) => health === "up") || undefined
    })
    await type("look")
  })

  it("goes on with the other feed when one stops, and wakes no one: no tick is lost", { timeout: 60_000 }, async () => {
    note("the primary feed is stopped")
    stop(two)
    await until("the switch", async () => ((await daemon()).failover?.active === "backup" ? true : undefined))
    note("the backup feed is active")
    await type("one feed")
    await until("the cover of the gap", async () => {
      const { data } = (await json("41090", "/api/v1/query?query=sum(md_gaps_told_total{feed=%22primary%22})")) as {
        readonly data: { readonly result: ReadonlyArray<{ readonly value: readonly [number, string] }> }
      }
      return data.result[0]?.value[1] === "1" || undefined
    })
    // An uncovered gap counts 3 s after its record; then a scrape, an evaluation and the wait of its group follow.
    await new Promise((resolve) => setTimeout(resolve, isReal ? 25_000 : 7_000))
    expect(gapOf("primary")).toBeUndefined()
  })

  it("brings the alert in both languages, also to a receiver that fails at first", { timeout: 180_000 }, async () => {
    if (!isReal) status = 500
    note("the backup feed is stopped: no feed is left")
    stop(three)
    await until("pending", async () => (await stateIn("MD_No_Feed")) === "pending" || undefined)
    note("MD_No_Feed is pending in Prometheus")
    await until("firing", async () => (await stateIn("MD_No_Feed")) === "firing" || undefined)
    note("MD_No_Feed is firing in Prometheus")
    if (!isReal) {
      const failed = () =>
        notifications.filter(
          ({ alerts, status: code }) =>
            code === 500 && alerts.some(({ labels }) => labels["alertname"] === "MD_No_Feed")
        )
      await until("a second attempt", () => failed().length >= 2 || undefined)
      note("the receiver has answered 500", failed()[0]?.atMs)
      status = 200
    }
    const gap = await until("the gap", () => gapOf("backup"))
    note("the receiver has MD_Liquid_Gap of the backup feed", gap.atMs)
    await until("the gap on the terminal", () => /MD_Liquid_Gap FIRING[^]*of backup/.test(one.output()) || undefined)
    await expectShown("MD_Liquid_Gap FIRING")
    const notification = await until("the alert", () => seen("critical", "MD_No_Feed", "firing"))
    note("the receiver has accepted the alert", notification.atMs)
    expect(notification.alerts).toHaveLength(1)
    expect(notification.alerts[0]).toMatchObject({
      status: "firing",
      labels: { alertname: "MD_No_Feed", severity: "critical", instance: `127.0.0.1:${portOf("41100")}` },
      annotations: {
        summary: "No feed is connected in trading hours",
        summary_zh: "交易时间内没有任何行情源在线",
        description_zh: expect.stringMatching(/[\u4e00-\u9fff]/),
        runbook_url: "docs/runbooks/MD_No_Feed.md"
      }
    })
    await until("MD_Failover_Required", async () => (await stateIn("MD_Failover_Required")) === "firing" || undefined)
    await type("alert")
    await expectShown("MD_No_Feed FIRING")
    expect((await fetch(`http://127.0.0.1:${portOf("41100")}/healthz`)).status).toBe(200)
  })

  it("reports the end of the alert when the feeds are back, and nothing twice", { timeout: 180_000 }, async () => {
    note("both feeds are started")
    start(two)
    start(three)
    await until("a feed", async () => (await isStreaming("primary")) ?? (await isStreaming("backup")))
    note("a feed streams again")
    const notification = await until("the end", () => seen("critical", "MD_No_Feed", "resolved"))
    note("the receiver has the end of the alert", notification.atMs)
    await expectShown("MD_No_Feed RESOLVED")
    const delivered = notifications
      .filter(({ receiver: to, status: code }) => to === "critical" && code === 200)
      .flatMap(({ alerts }) => alerts.map(({ labels, status: now }) => `${labels["alertname"]} ${now}`))
    expect(delivered.filter((news) => /^MD_(?:No_Feed|Failover_Required|Feed_Silent) /.test(news))).toEqual([
      "MD_No_Feed firing",
      "MD_No_Feed resolved"
    ])
    await until(
      "both feeds",
      async () => ((await isStreaming("primary")) && (await isStreaming("backup"))) || undefined
    )
  })

  it("is silent for what a drill causes, until the drill is over", { timeout: 120_000 }, async () => {
    await type("failback")
    await hasten(["MD_No_Feed", "MD_Failover_Required", "MD_Redundancy_Lost"], "1s")
    const silenced = async () => {
      const path = "/api/v2/alerts?filter=alertname%3D%22MD_Redundancy_Lost%22"
      const [alert] = (await json("41093", path)) as ReadonlyArray<{
        readonly status: { readonly silencedBy: ReadonlyArray<string> }
      }>
      return alert !== undefined && alert.status.silencedBy.length === 1 ? true : undefined
    }
    if (!isReal) writeFileSync(join(folder, "wait"), "")
    await type("drill", async (drill) => {
      if (isReal) return
      await drill.printed(/drillHealthBackup, Status: STARTING/)
      stop(two)
      await until("an alert that is silent", silenced)
      // Twice its group_wait: what was not silent would have arrived by then.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      start(two)
      await until("the primary feed", () => isStreaming("primary"))
      writeFileSync(join(folder, "go-on"), "")
    })
    await type("silence")
    const silences = (await json("41093", "/api/v2/silences")) as ReadonlyArray<{ readonly endsAt: string }>
    expect(silences.filter(({ endsAt }) => Date.parse(endsAt) > Date.now() + 15_000)).toEqual([])
    expect(
      notifications.filter(({ alerts }) => alerts.some(({ labels }) => labels["alertname"] === "MD_Redundancy_Lost"))
    ).toEqual([])
  })

  it("leaves nothing behind", { timeout: 120_000 }, async () => {
    await type("stop")
    for (const front of [two, three]) if (front.child.pid !== undefined) process.kill(-front.child.pid, "SIGINT")
    if (one.child.pid !== undefined) process.kill(-one.child.pid, "SIGINT")
    await type("clean")
  })
})
