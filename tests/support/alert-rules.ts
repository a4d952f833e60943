import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "../../src/platform/process/project.ts"

const filesOf = (pattern: string) =>
  globSync(pattern, { cwd: projectRoot })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(projectRoot, path), "utf8") }))

export const ruleFiles = filesOf("deploy/prometheus/rules/*.yml")
export const ruleTests = filesOf("deploy/prometheus/tests/*_test.yml")
export const alertPages = filesOf("docs/runbooks/*.md")

interface Alert {
  readonly name: string
  readonly text: string
}

/** The alerts of all rule files, each with its lines. */
export const alerts: ReadonlyArray<Alert> = ruleFiles.flatMap(({ text }) =>
  text
    .split(/^ {6}- (?=alert:|record:)/m)
    .flatMap((rule) => [...rule.matchAll(/^alert: (\w+)$/gm)].map(([, name = ""]) => ({ name, text: rule })))
)

/** Names of the tests of the rules: `ALERT fires …` and `ALERT stays quiet …`. */
export const testNames = ruleTests.flatMap(({ text }) =>
  [...text.matchAll(/^ {2}- name: (.*)$/gm)].map(([, name = ""]) => name)
)

/** Commands on the pages of the alerts, in blocks and inline. */
export const pageCommands: ReadonlyArray<{ readonly page: string; readonly command: string }> = alertPages.flatMap(
  ({ path, text }) => {
    const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) => block.trim().split("\n"))
    const inline = [...text.replace(/^```.*?^```$/gms, "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code)
    return [...blocks, ...inline].map((command) => ({ page: path, command }))
  }
)
