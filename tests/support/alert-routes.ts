import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "../../src/platform/process/project.ts"

export const alertmanagerFile = join(projectRoot, "deploy", "alertmanager", "alertmanager.yml")
const text = readFileSync(alertmanagerFile, "utf8")
const [routes = "", inhibitions = ""] = text.split(/^inhibit_rules:$/m)

/** The alert names of a matcher `alertname="A"` or `alertname=~"A|B"`. */
const namesIn = (matcher: string): ReadonlyArray<string> => /alertname=~?"([^"]+)"/.exec(matcher)?.[1]?.split("|") ?? []

/** For each list of a route: the alerts in it. */
export const routeLists: ReadonlyArray<ReadonlyArray<string>> = [...routes.matchAll(/^.*alertname=~?".*$/gm)].map(
  ([line]) => namesIn(line)
)

interface Inhibition {
  readonly causes: ReadonlyArray<string>
  readonly consequences: ReadonlyArray<string>
  /** Labels that both must have with the same value. */
  readonly equal: ReadonlyArray<string>
  /** A further condition on the consequence, such as `cause=~"a|b"`. */
  readonly only: string | undefined
}

/** Cause and consequences by name; the rule of the same alert with two severities has none. */
export const inhibitionRules: ReadonlyArray<Inhibition> = inhibitions
  .split(/^ {2}- (?=source_matchers:)/m)
  .flatMap((rule) => {
    const [source = "", target = ""] = rule.split(/^ {4}target_matchers:/m)
    const causes = namesIn(source)
    return causes.length === 0
      ? []
      : [
          {
            causes,
            consequences: namesIn(target),
            equal: /^ {4}equal: \[(.+)\]$/m.exec(target)?.[1]?.split(", ") ?? [],
            only: /, (\w+=~?"[^"]+")\]/.exec(target)?.[1]
          }
        ]
  })
