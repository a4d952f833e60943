import { Effect, Layer } from "effect"
import { defaultCapacity, slotBytes } from "../../market/adapters/ctp/ring-layout.ts"
import { readConfig } from "../../market/config/config.ts"
import { withLegacyNames } from "../../market/config/config-variables.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import { Configuration, ConfigurationRefused } from "../../ops/ports/configuration.ts"
import { declaredStreams } from "../../protocol/market/streams.ts"
import { makeTickSubjects } from "../../protocol/market/subjects.ts"
import { readCalendar } from "../calendar-source.ts"
import { mergedWith, type ReadEnvFile, type Variables } from "../env/environment.ts"
import { type Finding, findingsOf } from "../env/findings.ts"
import { libraryFault } from "./vendor-library.ts"

const backupParts = ["MD_ADDRESS", "BROKER_ID", "USER_ID", "PASSWORD"] as const

/** Variables of the backup login that are not set, by the names that an operator has to write. */
export const missingBackup = (effective: Variables): ReadonlyArray<string> => {
  const known = withLegacyNames({ ...effective })
  const isSet = (name: string) => (known[name] ?? "").trim() !== ""
  return backupParts
    .map((part) => `CTP_BACKUP_${part}`)
    .filter((name) => !isSet(name) && !(name.endsWith("_PASSWORD") && isSet(`${name}_FILE`)))
}

/** What makes the backup feed the active one, or may. */
const needsBackup = ({ command, config }: LiveRequest): boolean =>
  command === "failover" ||
  command === "drill" ||
  (config === "backup" && (command === "start" || command === "restart"))

/** Remarks of one kind that are shown one by one; a converted file may have one for each of its lines. */
const remarksMost = 3

/** The first ones of each kind, and how many more there are. */
const shortened = (findings: ReadonlyArray<Finding>): ReadonlyArray<string> =>
  [...Map.groupBy(findings, ({ code }) => code).entries()].flatMap(([code, all]) => [
    ...all.slice(0, remarksMost).map(sentence),
    ...(all.length > remarksMost
      ? [`${all.length - remarksMost} more remarks ${code}: 'tickd env validate' shows all of them`]
      : [])
  ])

const sentence = ({ code, fix, line, message }: Finding): string =>
  `${line === null ? "" : `line ${line}: `}${message} [${code}]: ${fix}`

const backupCodes: ReadonlySet<string> = new Set(["ENV_BACKUP_INCOMPLETE", "ENV_BACKUP_REQUIRED"])

const settingsOf = (effective: Variables) =>
  Effect.gen(function* () {
    const { calendarFile, ctp, marketHours, tick } = yield* readConfig(effective)
    const subjects = yield* Effect.fromResult(makeTickSubjects(tick.subjectTemplate))
    return {
      calendar: yield* readCalendar(calendarFile),
      alwaysOpen: marketHours === "always",
      streams: declaredStreams(tick, subjects).flatMap(({ kind, plane, shape }) =>
        plane === "ticks" && kind === "stream" ? [shape] : []
      ),
      shmBytes: ctp.profiles.length * defaultCapacity * slotBytes,
      libraryFault: libraryFault(ctp.library)
    }
  }).pipe(Effect.mapError(({ message }) => new ConfigurationRefused({ faults: [message] })))

/**
 * The configuration of every program, of the environment and the env file of a run. Nothing is read before the first
 * check, so that a secret that was replaced meanwhile is the one that counts.
 */
export const runConfiguration = (env: Variables, read: () => ReadEnvFile | undefined) =>
  Layer.succeed(Configuration, {
    check: (request) =>
      Effect.suspend(() => {
        const file = read()
        const effective = mergedWith(env, file)
        const missing = needsBackup(request) ? missingBackup(effective) : []
        const profile = request.profile
        const findings = findingsOf(env, file, { profile, requireBackup: false })
        const faults = findings.filter(({ severity }) => severity === "fault")
        const others = missing.length === 0 ? faults : faults.filter(({ code }) => !backupCodes.has(code))
        const all = [
          ...(missing.length === 0
            ? []
            : [`Missing backup variables: ${missing.join(", ")}`, "Backup credential profile incomplete"]),
          ...others.map(sentence)
        ]
        if (all.length > 0) return Effect.fail(new ConfigurationRefused({ faults: all }))
        const warnings = shortened(findings.filter(({ severity }) => severity === "warning"))
        return Effect.map(settingsOf(effective), (settings) => ({ warnings, ...settings }))
      })
  })
