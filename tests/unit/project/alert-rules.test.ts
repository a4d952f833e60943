// An operator who is woken at night reads the alert and its page: each must be there, in both languages, and true.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { alertPages, alerts, pageCommands, testNames } from "../../support/alert-rules.ts"

const none = (faults: ReadonlyArray<string>) => assert.deepStrictEqual(faults, [])
const names = alerts.map(({ name }) => name)

/** The table of the reference service. */
const reference = [
  "MD_Throughput_Below_Target",
  "MD_Subscription_Coverage_Drop",
  "MD_Rate_Limit_Spike",
  "MD_Runbook_Failure",
  "MD_Failover_Latency_High",
  "Consumer_Backlog_Growth"
]

describe("the alerts", () => {
  it("have every name of the reference, each once", () => {
    assert.isAbove(names.length, 35)
    none(reference.filter((name) => !names.includes(name)))
    assert.strictEqual(new Set(names).size, names.length)
  })

  it("have a severity, both languages, and the address of their page", () => {
    none(
      alerts.flatMap(({ name, text }) => {
        const value = (key: string) => new RegExp(`^ +${key}: "(.+)"$`, "m").exec(text)?.[1] ?? ""
        const isChinese = (key: string) => /\p{Script=Han}/u.test(value(key))
        return [
          /^ +labels: \{ severity: (?:critical|warning|none) \}$/m.test(text) ? "" : "no severity",
          ...["summary", "description"].map((key) => (value(key) === "" || isChinese(key) ? `no English ${key}` : "")),
          ...["summary_zh", "description_zh"].map((key) => (isChinese(key) ? "" : `no Chinese ${key}`)),
          text.includes(`runbook_url: docs/runbooks/${name}.md\n`) ? "" : "no address of its page"
        ].flatMap((fault) => (fault === "" ? [] : [`${name}: ${fault}`]))
      })
    )
  })

  it("have a test in which they fire, and one in which they must not", () => {
    none(
      names.flatMap((name) =>
        ["fires", "stays quiet"]
          .filter((kind) => !testNames.some((test) => test.startsWith(`${name} ${kind} `)))
          .map((kind) => `${name}: no test "${name} ${kind} …"`)
      )
    )
    none(testNames.filter((test) => !names.includes(test.split(" ")[0] ?? "")).map((test) => `no alert for: ${test}`))
  })

  it("have one page each, whose first line in each language says what to do", () => {
    none(
      names.flatMap((name) => {
        const text = alertPages.find(({ path }) => path === `docs/runbooks/${name}.md`)?.text ?? ""
        const titles = text.split("\n").filter((line) => line.startsWith("# "))
        const parts = ["**End.**", "**If ignored.**", "**结束**", "**不处理的后果**", "| cause,", "| 原因，"]
        return [
          text.startsWith(`# ${name}: `) ? "" : "its page does not begin with what to do",
          titles[1]?.startsWith(`# ${name}：`) === true ? "" : "its page has no Chinese half",
          ...parts.map((part) => (text.includes(part) ? "" : `its page lacks ${part}`))
        ].flatMap((fault) => (fault === "" ? [] : [`${name}: ${fault}`]))
      })
    )
    none(
      alertPages.map(({ path }) => path).filter((path) => !names.includes(path.replace(/^docs\/runbooks\/|\.md$/g, "")))
    )
  })

  it("name no script and no timer that is not there", () => {
    none(
      pageCommands.flatMap(({ command, page }) => {
        const timer = /(tickd-[\w-]+\.timer)/.exec(command)?.[1]
        const path =
          /^(deploy\/\S+)/.exec(command)?.[1] ?? (timer === undefined ? undefined : `deploy/systemd/${timer}`)
        return path === undefined || existsSync(join(projectRoot, path)) ? [] : [`${page}: ${command}`]
      })
    )
  })
})
