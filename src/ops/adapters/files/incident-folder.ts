import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { isMissing, systemCodeOf } from "../../../kernel/system-fault.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { IncidentRecord, isIncidentId } from "../../domain/incident/incident-record.ts"
import { IncidentStore, IncidentStoreError } from "../../ports/incident-store.ts"

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(IncidentRecord))
const textOf = (record: IncidentRecord) => `${JSON.stringify(record, undefined, 2)}\n`

const written = (folder: string) => (cause: unknown) =>
  new IncidentStoreError({
    code: "INCIDENT_NOT_WRITTEN",
    message: `The folder ${folder} cannot be written (${systemCodeOf(cause)}): let this user write it, or set TICKD_STATE_DIR.`
  })

/** One file `ID.json` for each incident in `folder`, and `ID.yaml` for the report of a closed one. Mode 0600. */
export const incidentFolder = (folder: string): Layer.Layer<IncidentStore> => {
  const read = (id: string): Effect.Effect<IncidentRecord, IncidentStoreError> =>
    Effect.try({
      try: () => decode(readFileSync(join(folder, `${id}.json`), "utf8")),
      catch: (cause) =>
        isMissing(cause)
          ? new IncidentStoreError({
              code: "INCIDENT_UNKNOWN",
              message: `There is no incident ${id} in ${folder}: 'ls ${folder}' shows them; set TICKD_STATE_DIR if they are elsewhere.`
            })
          : new IncidentStoreError({
              code: "INCIDENT_UNREADABLE",
              message: `${join(folder, `${id}.json`)} cannot be read (${Schema.isSchemaError(cause) ? "not its form" : systemCodeOf(cause)}): move it away or restore it.`
            })
    })
  const replace = (name: string, text: string) => {
    const next = join(folder, `.${name}.${process.pid}`)
    writeFileSync(next, text, { mode: 0o600 })
    renameSync(next, join(folder, name))
  }
  const ids = Effect.try({
    try: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".json") && isIncidentId(name.slice(0, -5)))
        .map((name) => name.slice(0, -5))
        .sort(),
    catch: (cause) => cause
  }).pipe(
    Effect.catch((cause) =>
      isMissing(cause)
        ? Effect.succeed([])
        : Effect.fail(
            new IncidentStoreError({
              code: "INCIDENT_UNREADABLE",
              message: `The folder ${folder} cannot be read (${systemCodeOf(cause)}): let this user read it.`
            })
          )
    )
  )
  return Layer.succeed(IncidentStore, {
    list: Effect.flatMap(ids, (names) => Effect.forEach(names, read)),
    get: read,
    create: (record) =>
      Effect.try({
        try: () => {
          makeFolders(folder)
          try {
            writeFileSync(join(folder, `${record.id}.json`), textOf(record), { mode: 0o600, flag: "wx" })
            return true
          } catch (cause) {
            if (systemCodeOf(cause) === "EEXIST") return false
            throw cause
          }
        },
        catch: written(folder)
      }),
    close: (record, report) =>
      Effect.try({
        try: () => {
          replace(`${record.id}.yaml`, report)
          replace(`${record.id}.json`, textOf(record))
        },
        catch: written(folder)
      })
  })
}
