// A runbook is traced when a collector is configured. The collector must never change its result or hold it up.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { startCommand } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"
import { startTraceCollector } from "../support/trace-collector.ts"

const program = join(projectRoot, "deploy", "operations", "start_live_env.sh")

/** A start whose variables are wrong: it ends in its first stage and starts nothing. */
const wrongStart = (otel: Readonly<Record<string, string>>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-trace-"))),
    (cwd) =>
      Effect.promise(() => {
        writeFileSync(join(cwd, "day.env"), "MANAGE_NATS=0\n", { mode: 0o600 })
        return startCommand(["--env-file", "day.env"], { program, cwd, env: otel }).ended
      }),
    (cwd) => Effect.sync(() => rmSync(cwd, { recursive: true }))
  )

it.live("sends the run with its exit code and the stage that failed", () =>
  Effect.gen(function* () {
    const collector = yield* startTraceCollector()
    const ended = yield* wrongStart({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret"
    })
    assert.deepInclude(ended, { code: 1, stderr: "" }, ended.stdout)
    const [validate, run] = collector.spans()
    assert.strictEqual(collector.spans().length, 2)
    assert.strictEqual(collector.requests[0]?.headers["x-key"], "secret")
    assert.deepEqual([run?.name, validate?.name, validate?.parentSpanId], ["runbook start", "validate", run?.spanId])
    assert.includeDeepMembers(
      [...(run?.attributes ?? [])],
      [
        { key: "tickd.runbook.exit_code", value: { intValue: 1 } },
        { key: "tickd.runbook.outcome", value: { stringValue: "failed" } }
      ]
    )
    assert.match(validate?.status.message ?? "", /CTP_/)
  })
)

it.live("ends with the same code beside a collector that hangs and one whose address is wrong, with one line", () =>
  Effect.gen(function* () {
    const hanging = yield* startTraceCollector(() => undefined)
    const wrong = "ftp://collector"
    const [late, refused] = yield* Effect.all(
      [hanging.url, wrong].map((url) => wrongStart({ OTEL_EXPORTER_OTLP_ENDPOINT: url })),
      { concurrency: 2 }
    )
    assert.strictEqual(late?.code, 1)
    assert.match(
      late?.stderr ?? "",
      /^tickd: the trace collector http:\S+ did not take the spans of this run \(.+\): start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT; the run itself is not affected\n$/
    )
    assert.strictEqual(hanging.requests.length, 1)
    assert.strictEqual(refused?.code, 1)
    assert.match(refused?.stderr ?? "", /^tickd: this run is not traced: OTEL_EXPORTER_OTLP_ENDPOINT: expected http/)
  })
)
