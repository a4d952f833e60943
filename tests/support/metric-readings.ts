import { metricCatalogue } from "../../deploy/dev/metric-catalogue.ts"
import { promqlFaults } from "../../deploy/dev/promql.ts"
import { readRuleFile } from "../../deploy/dev/rule-files.ts"
import type { MetricSection } from "../../src/kernel/metric.ts"

interface File {
  readonly path: string
  readonly text: string
}

/** Expressions of a dashboard. Grafana puts a duration for the variables of a range. */
const expressionsOf = ({ text }: File): ReadonlyArray<string> =>
  [...text.matchAll(/"expr"\s*:\s*("(?:[^"\\]|\\.)*")/g)].map(([, expr = '""']) =>
    String(JSON.parse(expr)).replaceAll(/\$(?:__rate_interval|__interval|__range)\b|\$\{__\w+\}/g, "5m")
  )

/**
 * What is wrong between the declarations and their readers: an expression that reads what does not exist or reads it
 * as it is not meant, and a panel that a declaration names and that is not there.
 */
export const metricReadingFaults = (
  sections: ReadonlyArray<MetricSection>,
  { dashboards, rules }: { readonly rules: ReadonlyArray<File>; readonly dashboards: ReadonlyArray<File> }
): ReadonlyArray<string> => {
  const files = rules.map(({ path, text }) => readRuleFile(path, text))
  const read = files.flatMap((file) => file.rules)
  const catalogue = metricCatalogue(
    sections,
    read.flatMap(({ kind, name }) => (kind === "record" ? [name] : []))
  )
  const panels = new Set(
    dashboards.flatMap(({ text }) =>
      [...text.matchAll(/"title"\s*:\s*"((?:[^"\\]|\\.)*)"/g)].map(([, name = ""]) => name)
    )
  )
  const faultsOf = (where: string, expression: string) =>
    promqlFaults(expression, catalogue).map((fault) => `${where}: ${fault}`)
  return [
    ...new Set([
      ...files.flatMap(({ faults }) => faults),
      ...read.flatMap(({ expression, line, name, path }) => faultsOf(`${path}:${line}: ${name}`, expression)),
      ...dashboards.flatMap((file) => expressionsOf(file).flatMap((expression) => faultsOf(file.path, expression))),
      ...sections
        .flatMap(({ metrics }) => Object.entries(metrics))
        .flatMap(([name, of]) =>
          (of.panels ?? [])
            .filter((each) => !panels.has(each))
            .map((each) => `${name} names the panel ${each}, which no dashboard has`)
        )
    ])
  ].sort()
}
