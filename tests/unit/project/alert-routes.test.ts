// An alert without a route decision wakes the wrong person or no one, and two alerts that hold each other back are
// both silent.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { inhibitionRules, routeLists } from "../../support/alert-routes.ts"
import { alerts } from "../../support/alert-rules.ts"

const none = (faults: ReadonlyArray<string>) => assert.deepStrictEqual(faults, [])
const names = alerts.map(({ name }) => name)
const severityOf = (name: string) => /severity: (\w+)/.exec(alerts.find((one) => one.name === name)?.text ?? "")?.[1]
/** Losses, dangers of a loss and results of runs: facts of their own, which no cause explains away. */
const facts =
  /^MD_(?:Notifications_|Prometheus_|Ticks_|Tick_|Ledger_|Integrity_|Spool_Ticks_|Spool_Filling|Spool_Unwritable|Runbook_|Checkpoint_|Watchdog|Alertmanager_)|^TRADE_(?:Orders_Unconfirmed|Symbol_Quarantined|Facts_Refused|Kill_Switch_Engaged|Breaker_Tripped)/
/** When receivers take nothing, only the heartbeat that stops can be noticed. */
const stopsHeartbeat = (causes: ReadonlyArray<string>) => causes.join() === "MD_Notifications_Failing"

describe("deploy/alertmanager/alertmanager.yml", () => {
  it("has each alert of the rules in one list of its routes, and no other name", () => {
    const listed = routeLists.flat()
    none(
      names
        .filter((name) => listed.filter((one) => one === name).length !== 1)
        .map((name) => `${name}: add it to the list of one route of deploy/alertmanager/alertmanager.yml`)
    )
    none(listed.filter((name) => !names.includes(name)).map((name) => `no such alert: ${name}`))
  })

  it("holds back only what exists and is no fact of its own, and no critical alert for a warning", () => {
    assert.isAbove(inhibitionRules.length, 10)
    none(
      inhibitionRules.flatMap(({ causes, consequences, only }) => [
        ...[...causes, ...consequences].filter((name) => !names.includes(name)).map((name) => `no such alert: ${name}`),
        ...(consequences.length === 0 ? [`${causes.join()}: no consequence`] : []),
        // A gap record may have one of several causes, which the rule must name.
        ...consequences.filter(
          (name) =>
            (facts.test(name) && !(stopsHeartbeat(causes) && name === "MD_Watchdog")) ||
            (name === "MD_Stream_Gap" && only === undefined)
        ),
        ...causes.flatMap((cause) =>
          severityOf(cause) === "critical" ? [] : consequences.filter((name) => severityOf(name) === "critical")
        )
      ])
    )
  })

  it("has no two alerts that hold each other back, on any way round", () => {
    const heldBy = (name: string, seen: ReadonlyArray<string> = []): ReadonlyArray<string> =>
      seen.includes(name)
        ? [`${[...seen, name].join(" -> ")}`]
        : inhibitionRules
            .filter(({ causes }) => causes.includes(name))
            .flatMap(({ consequences }) => consequences.flatMap((next) => heldBy(next, [...seen, name])))
    none(names.flatMap((name) => heldBy(name)))
  })

  it("stands in the page of the monitoring, in both languages, cause by cause", () => {
    const page = readFileSync(join(projectRoot, "docs", "operations", "monitoring.md"), "utf8")
    for (const half of [page.slice(0, page.indexOf("\n# 监控")), page.slice(page.indexOf("\n# 监控"))]) {
      const rows = [...half.matchAll(/^\| (\w+) \| ([^|[]+) \| [^|]+ \|$/gm)]
        .filter(([, cause = ""]) => names.includes(cause))
        .flatMap(([, cause, consequences = ""]) => consequences.split(", ").map((name) => `${cause} -> ${name}`))
      const written = inhibitionRules.flatMap(({ causes, consequences }) =>
        causes.flatMap((cause) => consequences.map((name) => `${cause} -> ${name}`))
      )
      assert.deepStrictEqual(rows.sort(), written.sort())
    }
  })
})
