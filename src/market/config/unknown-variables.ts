import { environmentNames } from "./config-variables.ts"
import { marketVariables } from "./variables/market-variables.ts"

const declared = marketVariables.flatMap(({ aliases = [], name }) => [name, ...aliases])

const ownPrefix = /^(TICKD|TICK|CTP|MD_FAILOVER|MD_FAILBACK)_/
/** Variables of the simulated library, and those that Kubernetes sets for each service. */
const notMeant = /^TICKD_SIM_|_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_TCP/
/** Variables of the context ops, for a caller that does not know their names. */
const ofOps = /^TICKD_(?:(?:ALERT|BACKUP|NOTIFY|RETENTION|UNIT|COMPOSE)_|RUNTIME$|RUN_DIR$)/
/**
 * Kubernetes sets NAME_PORT for a service NAME. Such a name is a misspelling only where it is close to a known name.
 */
const serviceLink = /_PORT$/

/** Edit distance: a letter added, removed or replaced, or two neighbours exchanged. Source: Damerau, 1964. */
export const editsBetween = (one: string, other: string): number => {
  let before: ReadonlyArray<number> = []
  let above = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current.push(
        Math.min(
          (above[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (above[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
        )
      )
    }
    before = above
    above = current
  }
  return above[other.length] ?? 0
}

/** The known name that is close enough: two edits, or three in a long name. */
const nearestOf = (name: string, names: ReadonlyArray<string>): string | undefined => {
  const most = name.length >= 16 ? 3 : 2
  const [nearest] = names
    .filter((known) => Math.abs(known.length - name.length) <= most)
    .map((known) => ({ known, edits: editsBetween(name, known) }))
    .filter(({ edits }) => edits <= most)
    .sort((one, other) => one.edits - other.edits)
  return nearest?.known
}

/**
 * One sentence for each variable that looks like one of tickd's and is not: it has no effect. A name without a prefix
 * of tickd counts when it is at most two edits away from a known name. `others`: the names that other contexts declare;
 * omit: theirs are not judged.
 */
export const unknownVariables = (
  env: Readonly<Record<string, string | undefined>>,
  others: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  // The reference service's names are accepted for the primary profile.
  const ofPrimary = environmentNames.map((name) => name.replace("CTP_PRIMARY_", "CTP_"))
  const known = [...environmentNames, ...ofPrimary, ...others]
  const all = new Set<string>([...known, ...declared])
  return Object.keys(env)
    .filter((name) => /^[A-Za-z]\w{6,63}$/.test(name) && !all.has(name) && !notMeant.test(name))
    .filter((name) => others.length > 0 || !ofOps.test(name))
    .sort()
    .flatMap((name) => {
      const capitals = name.toUpperCase()
      // A name in lower case belongs to another program, unless it matches exactly or has one of our prefixes.
      const near = name === capitals || ownPrefix.test(capitals) ? nearestOf(capitals, known) : undefined
      const nearest = all.has(capitals) ? capitals : near
      if (nearest !== undefined)
        return [`${name} is not a variable of tickd and has no effect: did you mean ${nearest}?`]
      return ownPrefix.test(name) && !serviceLink.test(name)
        ? [`${name} is not a variable of tickd and has no effect: see docs/reference/config.md.`]
        : []
    })
}

/**
 * One sentence for each variable whose value is in quotes: env files of docker and other programs keep the quotes, so
 * the value is wrong. The value is not repeated, because it may be a secret.
 */
export const quotedVariables = (env: Readonly<Record<string, string | undefined>>): ReadonlyArray<string> =>
  [...environmentNames, ...environmentNames.map((name) => name.replace("CTP_PRIMARY_", "CTP_"))]
    .filter((name, at, all) => all.indexOf(name) === at && /^\s*(["']).*\1\s*$/s.test(env[name] ?? ""))
    .map(
      (name) =>
        `The value of ${name} begins and ends with a quote, which is part of the value: remove the quotes if your env file keeps them.`
    )
