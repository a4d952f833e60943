import { environmentNames } from "./config-variables.ts"

/** Variables that other parts of tickd read: the vendor's simulation, the scripts, the compose file, and the verbs. */
const otherNames = [
  "ACTIVE_FEED",
  "SESSION_CONFIG",
  "CTP_FOLDER",
  "NATS_SERVER",
  "PUSHGATEWAY_URL",
  "TICKD_ENV_FILE",
  "TICKD_NATS_ROUTES",
  "TICKD_NODE",
  "TICKD_RECORDINGS"
] as const

const ownPrefix = /^(TICKD|TICK|CTP|MD_FAILOVER|MD_FAILBACK)_/
/** The simulated library has switches of its own; Kubernetes sets the others for each service of a namespace. */
const notMeant = /^TICKD_SIM_|_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_TCP/
/** Kubernetes sets NAME_PORT for a service NAME, so under a prefix of tickd it is a slip only where a known name is near. */
const serviceLink = /_PORT$/

/** Edits between two names: a letter more, less or another one, or two letters exchanged. Source: Damerau, 1964. */
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

/** The name that is meant, if one is near: two edits, three in a long name. */
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
 * One sentence for each variable that looks like one of tickd's and is none: it has no effect, and the start is when that
 * is noticed. A name without one of tickd's prefixes counts when it is at most two edits away from a known one.
 */
export const unknownVariables = (env: Readonly<Record<string, string | undefined>>): ReadonlyArray<string> => {
  // The primary profile may also be set under the names of the reference service.
  const known = [...environmentNames, ...environmentNames.map((name) => name.replace("CTP_PRIMARY_", "CTP_"))]
  const all = new Set<string>([...known, ...otherNames])
  return Object.keys(env)
    .filter((name) => /^[A-Za-z]\w{6,63}$/.test(name) && !all.has(name) && !notMeant.test(name))
    .sort()
    .flatMap((name) => {
      const capitals = name.toUpperCase()
      // A name in small letters is another program's unless it is exactly one of ours, or has one of our prefixes.
      const near = name === capitals || ownPrefix.test(capitals) ? nearestOf(capitals, known) : undefined
      const nearest = all.has(capitals) ? capitals : near
      if (nearest !== undefined) return [`${name} is no variable of tickd and has no effect: is ${nearest} meant?`]
      return ownPrefix.test(name) && !serviceLink.test(name)
        ? [`${name} is no variable of tickd and has no effect: see docs/reference/cli.md.`]
        : []
    })
}

/**
 * One sentence for each variable of tickd whose value is in quotes: an env file of docker and of many other programs keeps
 * them, and a login with quotes is somebody else's. The value is not repeated, it may be a secret.
 */
export const quotedVariables = (env: Readonly<Record<string, string | undefined>>): ReadonlyArray<string> =>
  [...environmentNames, ...environmentNames.map((name) => name.replace("CTP_PRIMARY_", "CTP_"))]
    .filter((name, at, all) => all.indexOf(name) === at && /^\s*(["']).*\1\s*$/s.test(env[name] ?? ""))
    .map(
      (name) =>
        `The value of ${name} begins and ends with a quote, which is taken as part of it: write it without quotes where the env file keeps them.`
    )
