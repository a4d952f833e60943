/** A family of metrics in the text format. */
interface Family {
  help: string
  type: string
  readonly series: Array<string>
}

export const familiesOf = (text: string): ReadonlyMap<string, Family> => {
  const families = new Map<string, Family>()
  const family = (name: string) => {
    const known = families.get(name) ?? { help: "", type: "", series: [] }
    families.set(name, known)
    return known
  }
  for (const line of text.split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (kind === "HELP") family(name).help = rest
    else if (kind === "TYPE") family(name).type = rest
    const sample = /^([a-zA-Z_:][\w:]*)(\{.*\})? \S+$/.exec(line)
    if (sample === null) continue
    const base = (sample[1] ?? "").replace(/_(bucket|sum|count)$/, "")
    family(families.has(base) ? base : (sample[1] ?? "")).series.push(`${sample[1]}${sample[2] ?? ""}`)
  }
  return families
}

const abbreviated = /_(s|ms|us|ns|sec|b|kb|mb|gb|kib|mib|gib|pct|percent)(_|$)/
const notBase = /_(milliseconds|microseconds|minutes|hours|days|kilobytes|megabytes|bits|percent)(_|$)/

/** The findings of `promtool check metrics`, by the same rules: Prometheus' promlint. */
export const metricFaults = (text: string): ReadonlyArray<string> =>
  [...familiesOf(text)].flatMap(([name, { help, type }]) => [
    ...(help === "" ? [`${name} no help text`] : []),
    ...(type === "counter" && !name.endsWith("_total") ? [`${name} counter metrics should have "_total" suffix`] : []),
    ...(type !== "counter" && name.endsWith("_total")
      ? [`${name} non-counter metrics should not have "_total" suffix`]
      : []),
    ...(!/histogram|summary/.test(type) && /_(count|sum|bucket)$/.test(name)
      ? [`${name} has a suffix of a histogram`]
      : []),
    ...(abbreviated.test(name) ? [`${name} metric names should not contain abbreviated units`] : []),
    ...(notBase.test(name) ? [`${name} use base units`] : []),
    ...(/[A-Z]|:/.test(name) ? [`${name} metric names should be written in snake_case`] : [])
  ])
