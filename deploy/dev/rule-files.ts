// The rule files of Prometheus, read line by line: they keep one form, so no YAML parser is needed, and a typo is a
// sentence with file and line.
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

export interface Rule {
  readonly path: string
  readonly line: number
  readonly kind: "alert" | "record"
  readonly name: string
  readonly expression: string
  /** Its lines, from its name to its last annotation. */
  readonly text: string
}

interface RuleFile {
  readonly rules: ReadonlyArray<Rule>
  /** Lines that are not of the form. Prometheus refuses a file with an unknown field, and with it all its rules. */
  readonly faults: ReadonlyArray<string>
}

const duration = String.raw`(?:\d+(?:ms|[smhdwy]))+`
const forms: ReadonlyArray<RegExp> = [
  /^ *#.*$/,
  /^$/,
  /^groups:$/,
  /^ {2}- name: [\w-]+$/,
  new RegExp(`^ {4}interval: ${duration}$`),
  /^ {4}rules:$/,
  /^ {6}- (?:alert: \w+|record: \w+(?::\w+)+)$/,
  /^ {8}expr: \S.*$/,
  new RegExp(`^ {8}(?:for|keep_firing_for): ${duration}$`),
  /^ {8}labels: \{ \w+: \w+(?:, \w+: \w+)* \}$/,
  /^ {8}annotations:$/,
  /^ {10}\w+: (?:"(?:[^"\\]|\\.)*"|[^"'\s]\S*)$/
]

/** The rules of one file, and its lines that are not of the form. */
export const readRuleFile = (path: string, text: string): RuleFile => {
  const rules: Array<Rule> = []
  const faults: Array<string> = []
  let inExpression = false
  for (const [index, line] of text.split("\n").entries()) {
    inExpression = (inExpression && /^ {10}/.test(line)) || /^ {8}expr: \|-$/.test(line)
    if (!inExpression && !forms.some((form) => form.test(line)))
      faults.push(`${path}:${index + 1}: not the form of a rule file: "${line.trim()}"`)
  }
  const parts = text.split(/^ {6}- (?=alert:|record:)/m)
  let line = (parts[0] ?? "").split("\n").length
  for (const part of parts.slice(1)) {
    const [, kind = "", name = ""] = /^(alert|record): ([\w:]+)$/m.exec(part) ?? []
    const [, first = "", rest = ""] = /^ {8}expr: (.*)\n((?: {10}.*\n)*)/m.exec(part) ?? []
    const expression = first === "|-" ? rest.replace(/^ {10}/gm, "").trimEnd() : first
    if (expression === "") faults.push(`${path}:${line}: ${name} has no expr`)
    else rules.push({ path, line, kind: kind === "record" ? "record" : "alert", name, expression, text: part })
    line += part.split("\n").length - 1
  }
  return { rules, faults }
}

/** Every rule file of `deploy/prometheus/rules`. */
export const ruleFiles: ReadonlyArray<RuleFile> = globSync("deploy/prometheus/rules/*.yml", { cwd: root })
  .sort()
  .map((path) => readRuleFile(path, readFileSync(`${root}/${path}`, "utf8")))
