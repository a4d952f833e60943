import { Context, type Effect, Schema } from "effect"
import type { IncidentRecord } from "../domain/incident/incident-record.ts"

/** `message`: one sentence with the fix. */
export class IncidentStoreError extends Schema.TaggedError<IncidentStoreError>()("IncidentStoreError", {
  code: Schema.Literals(["INCIDENT_NOT_WRITTEN", "INCIDENT_UNREADABLE", "INCIDENT_UNKNOWN"]),
  message: Schema.String
}) {}

/** Incidents on this machine. A record is replaced as a whole or not at all, and is readable by its owner only. */
export class IncidentStore extends Context.Service<
  IncidentStore,
  {
    /** Oldest first. */
    readonly list: Effect.Effect<ReadonlyArray<IncidentRecord>, IncidentStoreError>
    /** Fails with `INCIDENT_UNKNOWN` when there is none of that id. */
    readonly get: (id: string) => Effect.Effect<IncidentRecord, IncidentStoreError>
    /** Stores a new incident; false: the id is taken, and nothing was written. */
    readonly create: (record: IncidentRecord) => Effect.Effect<boolean, IncidentStoreError>
    /** Writes the report beside the record, then replaces the record. */
    readonly close: (record: IncidentRecord, report: string) => Effect.Effect<void, IncidentStoreError>
  }
>()("tickd/ops/IncidentStore") {}
