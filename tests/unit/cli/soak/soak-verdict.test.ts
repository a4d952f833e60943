// A verdict decides whether a system goes live: a run without ticks, without gap records or ended early proves nothing.
import { assert, describe, it } from "@effect/vitest"
import { SoakMeasure } from "../../../../src/cli/soak/soak-measure.ts"
import { subjectsCsv, summarise, windowsCsv } from "../../../../src/cli/soak/soak-summary.ts"
import { defaultThresholds, judgeSoak } from "../../../../src/cli/soak/soak-verdict.ts"
import type { TickNotice } from "../../../../src/client/notice.ts"
import { LossTable } from "../../../../src/client/stream-losses.ts"

const good = { avgMps: 5000, p99Ms: 300, errorPercent: 0.0999, unknownGaps: 0, gapRecordsRead: true, complete: true }
const failedOf = (figures: Partial<typeof good> | { readonly p99Ms: null }) => {
  const { checks, verdict } = judgeSoak({ ...good, ...figures }, defaultThresholds)
  return [verdict, ...checks.filter(({ passed }) => !passed).map(({ name }) => name)]
}

describe("the verdict of a soak", () => {
  it("passes at its limits and fails beyond each of them", () => {
    assert.deepStrictEqual(failedOf({}), ["passed"])
    assert.deepStrictEqual(failedOf({ avgMps: 4999.9 }), ["failed", "throughput"])
    assert.deepStrictEqual(failedOf({ p99Ms: 300.1 }), ["failed", "latency"])
    assert.deepStrictEqual(failedOf({ errorPercent: 0.1 }), ["failed", "errors"])
    assert.deepStrictEqual(failedOf({ unknownGaps: 1 }), ["failed", "gaps"])
  })

  it("fails what was not measured, and calls no early end a pass", () => {
    assert.deepStrictEqual(failedOf({ p99Ms: null }), ["failed", "latency"])
    assert.deepStrictEqual(failedOf({ gapRecordsRead: false }), ["failed", "gaps"])
    assert.deepStrictEqual(failedOf({ complete: false }), ["incomplete"])
  })
})

const record = (id: string, more: object): TickNotice => ({
  type: "gapRecord",
  record: {
    version: 1,
    id,
    feed: "primary",
    instrument: null,
    cause: "ring_overrun",
    state: "closed",
    from: 2000,
    to: 3000,
    count: 5,
    seqs: [1, 5],
    ...more
  }
})

describe("the losses of a soak", () => {
  it("takes the last record of each gap, without covered, superseded and earlier ones", () => {
    const table = new LossTable(1000)
    table.add(record("a", { count: 2 }))
    table.add(record("a", { count: 7 }))
    table.add(record("b", { covered_by: "backup" }))
    table.add(record("c", { cause: "superseded" }))
    table.add(record("d", { from: 100, to: 900 }))
    table.add(record("e", { cause: "session_down", count: null, seqs: null, to: null, state: "open" }))
    assert.deepInclude(table.losses, { lost: 7, unknownGaps: 1 })
    table.add(record("e", { cause: "session_down", count: null, seqs: null, covered_by: "backup" }))
    assert.strictEqual(table.losses.unknownGaps, 0)
  })

  it("counts missing numbers, repeats, expired messages, resets and outages", () => {
    const table = new LossTable(0)
    table.add({ type: "gap", feed: "primary", from: 3, to: 5, count: 3, records: [] })
    table.add({ type: "repeated", feed: "primary", from: 1, to: 2, count: 2 })
    table.add({ type: "expired", fromSequence: 10, toSequence: 13 })
    table.add({ type: "streamReset", readSequence: 20, storedSequence: 0 })
    table.add({ type: "disconnected" })
    assert.deepStrictEqual(table.losses, {
      missingNumbers: 3,
      lost: 0,
      unknownGaps: 0,
      repeated: 2,
      expired: 4,
      streamResets: 1,
      readerOutages: 1
    })
  })
})

describe("the summary of a soak", () => {
  it("has the reference's names, and the share of faulty ticks of all that should have come", () => {
    const measure = new SoakMeasure({ beganMs: 0, sampleSize: 10, seed: 1 })
    for (let at = 0; at < 97; at++) {
      measure.record("md.tick.SHFE.rb.rb2701", { symbol: "rb2701", exchange: "SHFE", feed: "p", recv_ts: at }, at + 4)
    }
    measure.closeWindow(2000)
    const table = new LossTable(0)
    table.add(record("a", { count: 2 }))
    const summary = summarise(
      measure,
      {
        losses: table.losses,
        unreadable: 1,
        missingTimestamps: 0,
        gapRecordsRead: true,
        whole: true,
        sequences: [11, 108]
      },
      { thresholds: defaultThresholds, windowSeconds: 2, subject: "all", nowMs: 2000, complete: true }
    )
    assert.deepInclude(summary, {
      complete: true,
      verdict: "failed",
      run_seconds: 2,
      window_seconds: 2,
      total_messages: 97,
      avg_mps: 48.5,
      last_window_mps: 48.5,
      unique_subjects: 1,
      per_exchange: { SHFE: 97 },
      json_errors: 1,
      missing_timestamp: 0,
      error_percent: 3,
      unread_messages: 0,
      time_utc: "1970-01-01T00:00:02.000Z"
    })
    assert.deepStrictEqual(Object.keys(summary.latency_ms), ["count", "min", "mean", "p50", "p90", "p99", "max"])
    assert.strictEqual(windowsCsv(measure.windows).split("\n").length, 3)
    assert.strictEqual(subjectsCsv([['a"b', 2]]), 'subject,count\n"a""b",2\n')
  })
})
