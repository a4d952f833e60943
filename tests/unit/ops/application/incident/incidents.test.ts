// An incident is opened once, closed once, and its record says what the report says.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { incidentFolder } from "../../../../../src/ops/adapters/files/incident-folder.ts"
import { closeIncident, openIncident, reportIncident } from "../../../../../src/ops/application/incident/incidents.ts"
import { IncidentRecords } from "../../../../../src/ops/ports/incident-records.ts"

const root = mkdtempSync(join(tmpdir(), "tickd-incident-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const ranges: Array<unknown> = []
const records = Layer.succeed(IncidentRecords, {
  read: (range) =>
    Effect.sync(() => {
      ranges.push(range)
      return {
        timeline: [],
        switches: [],
        gaps: [],
        certificates: [],
        quarantine: [],
        runs: [],
        daemon: undefined,
        auditFiles: [],
        notes: []
      }
    })
})
const given = { title: "front away", severity: "critical", opened_by: "li@ops" } as const
const closing = { resolution: undefined, closedBy: "wang@ops", language: "en" } as const

describe("incidents", () => {
  it.effect("are opened under ids of their own and closed once, with the report beside the record", () =>
    Effect.gen(function* () {
      const folder = join(root, "incidents")
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(closeIncident(undefined, closing))).code, "NO_OPEN_INCIDENT")
        yield* TestClock.setTime(Date.parse("2026-11-30T21:05:00+08:00"))
        const startedMs = Date.parse("2026-11-30T21:00:00+08:00")
        const first = yield* openIncident(given, startedMs)
        const second = yield* openIncident(given, startedMs)
        assert.deepStrictEqual([first.id, second.id], ["INC-20261130-210500", "INC-20261130-210500-2"])
        assert.strictEqual((yield* Effect.flip(closeIncident(undefined, closing))).code, "SEVERAL_OPEN_INCIDENTS")
        yield* TestClock.adjust("10 minutes")
        const { record } = yield* closeIncident(first.id, closing)
        assert.strictEqual(record.ended_at, "2026-11-30T21:15:00.000+08:00")
        assert.strictEqual(record.resolution, "No daemon answers. Gap records: 0, open 0, covered by another feed 0.")
        assert.strictEqual((yield* Effect.flip(closeIncident(first.id, closing))).code, "INCIDENT_CLOSED")
        yield* TestClock.adjust("1 hour")
        yield* reportIncident(first.id, "en")
        assert.deepStrictEqual(ranges.at(-1), { fromMs: startedMs, toMs: startedMs + 900_000 })
        const told = yield* closeIncident(undefined, { ...closing, resolution: "Broker restarted." })
        assert.strictEqual(told.record.id, second.id)
        assert.match(told.record.resolution ?? "", /^Broker restarted\. No daemon answers\./)
        assert.strictEqual((yield* reportIncident(second.id, "en")).incident.outcome, told.record.resolution)
      }).pipe(Effect.provide(Layer.merge(incidentFolder(folder), records)))
      assert.deepStrictEqual(readdirSync(folder).sort(), [
        "INC-20261130-210500-2.json",
        "INC-20261130-210500-2.yaml",
        "INC-20261130-210500.json",
        "INC-20261130-210500.yaml"
      ])
      assert.strictEqual(statSync(join(folder, "INC-20261130-210500.yaml")).mode & 0o777, 0o600)
      assert.match(readFileSync(join(folder, "INC-20261130-210500.yaml"), "utf8"), /^incident:\n {2}date_time: "2026/)
    })
  )
})
