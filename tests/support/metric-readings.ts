import type { MetricSection } from "../../src/kernel/metric.ts"

interface File {
  readonly path: string
  readonly text: string
}

/** Prefixes of this project's metrics. What Prometheus and its exporters have is theirs. */
const own = /\b(?:md|tickd|consumer|feed|nodejs|process)_[a-z0-9_]+\b/g
/** Series that a histogram has beside its name. */
const ending = /_(?:bucket|sum|count)$/

/** Expressions of rule files and dashboards, without their comments; `by (…)` and matchers hold labels only. */
const expressionsOf = ({ path, text }: File): ReadonlyArray<string> =>
  path.endsWith(".json")
    ? [...text.matchAll(/"(?:expr|query|definition)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)].map(([, expr = ""]) => expr)
    : [...text.matchAll(/^(\s*)(?:- )?expr:(.*(?:\n\1\s+.*|\n(?=\n))*)/gm)].map(([, , expr = ""]) => expr)

const namesIn = (expression: string): ReadonlyArray<string> =>
  expression
    .replace(/#.*$/gm, "")
    .replace(/\{[^}]*\}|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|"[^"]*"/g, " ")
    .match(own) ?? []

/**
 * What is wrong between the declarations and their readers: a reader of a metric that does not exist, and a panel that
 * a declaration names and that is not there.
 */
export const metricReadingFaults = (
  sections: ReadonlyArray<MetricSection>,
  { dashboards, rules }: { readonly rules: ReadonlyArray<File>; readonly dashboards: ReadonlyArray<File> }
): ReadonlyArray<string> => {
  const metrics = sections.flatMap((section) => Object.entries(section.metrics))
  const histograms = new Set(metrics.flatMap(([name, { type }]) => (type === "histogram" ? [name] : [])))
  const titles = (files: ReadonlyArray<File>, pattern: RegExp) =>
    new Set(files.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name = ""]) => name)))
  const recorded = titles(rules, /^\s*(?:- )?record:\s*"?([\w:]+)/gm)
  const panels = titles(dashboards, /"title"\s*:\s*"((?:[^"\\]|\\.)*)"/g)
  const known = new Set([...metrics.map(([name]) => name), ...recorded])
  const isKnown = (name: string) => known.has(name) || (ending.test(name) && histograms.has(name.replace(ending, "")))
  return [
    ...new Set([
      ...[...rules, ...dashboards].flatMap((file) =>
        expressionsOf(file)
          .flatMap(namesIn)
          .filter((name) => !isKnown(name))
          .map((name) => `${file.path} reads ${name}, which no program has`)
      ),
      ...metrics.flatMap(([name, of]) =>
        (of.panels ?? [])
          .filter((each) => !panels.has(each))
          .map((each) => `${name} names the panel ${each}, which no dashboard has`)
      )
    ])
  ].sort()
}
