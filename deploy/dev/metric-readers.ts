// Which alerts read a metric: from the rules themselves, so that the reference page cannot be stale.
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

const rules = globSync("deploy/prometheus/rules/*.yml", { cwd: root })
  .sort()
  .flatMap((path) =>
    readFileSync(`${root}/${path}`, "utf8")
      .split(/^ {6}- (?=alert:|record:)/m)
      .slice(1)
  )
  .map((text) => {
    const [, kind = "", name = ""] = /^(alert|record): ([\w:]+)$/m.exec(text) ?? []
    const [, expression = ""] = /^ {8}expr:(.*\n(?: {10}.*\n)*)/m.exec(text) ?? []
    const reads = new Set(expression.replace(/\{[^}]*\}/g, " ").match(/[a-z][\w:]*/g))
    return { isRecord: kind === "record", name, reads }
  })

/** Names of the alerts that read a metric, also through a recording rule. */
export const alertsReading = (metric: string, seen: ReadonlyArray<string> = []): ReadonlyArray<string> => [
  ...new Set(
    rules
      .filter(({ name, reads }) => reads.has(metric) && !seen.includes(name))
      .flatMap(({ isRecord, name }) => (isRecord ? alertsReading(name, [...seen, name]) : [name]))
  )
]
