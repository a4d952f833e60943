// A drill that believes the daemon proves nothing: its own reader follows two real switches of two simulated fronts,
// and each planted fault of the checks fails the stage that it belongs to.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { daemonEnvironment } from "../../support/cli-daemon.ts"
import { endCommands, startTickd, stateFolder } from "../../support/cli-process.ts"
import { openDrill } from "../../support/drill-run.ts"
import { liveSettings } from "../../support/live-settings.ts"
import { streamingTwoFeeds } from "../../support/two-feeds.ts"

const folder = stateFolder()
let stack: Awaited<ReturnType<typeof streamingTwoFeeds>>["stack"]

beforeAll(async () => {
  ;({ stack } = await streamingTwoFeeds(folder.path))
})
afterAll(async () => {
  await endCommands()
  folder.remove()
})

const settings = (more: Readonly<Record<string, string>> = {}) =>
  liveSettings({
    natsUrl: stack.nats,
    logDir: folder.path,
    instance: "acceptance",
    variables: {
      ...daemonEnvironment(folder.path, stack.fronts.primary.address),
      DRILL_HEALTH_EXTRA_ARGS: "--expect wanted --skip-metrics",
      ...more
    }
  })

it("a whole drill passes with the latencies of the stream, and the reader finds every tick once and in order", async () => {
  const drill = await openDrill(settings())
  try {
    await drill.prove("drillAllowed")
    await drill.prove("drillHealthStart")
    await drill.prove("drillConsumersStart")
    await drill.switchTo("backup")
    const failover = await drill.prove("drillFailover")
    await drill.prove("drillConsumersBackup")
    await drill.prove("drillHealthBackup")
    await drill.switchTo("primary")
    const failback = await drill.prove("drillFailback")
    await drill.prove("drillConsumersPrimary")
    await drill.prove("drillHealthPrimary")
    expect(failover.failoverMs).toBeLessThan(5_000)
    expect(failback.failbackMs).toBeLessThan(5_000)
    const found = drill.journal.readEvidence?.()
    expect(found).toMatchObject({ lost: 0, repeated: 0, outOfOrder: 0, unknownGaps: 0, gapRecordsRead: true })
    expect(found?.ticks).toBe((found?.lastSequence ?? 0) - (found?.firstSequence ?? 0) + 1)
    expect(found?.instruments).toBe(20)
    expect(drill.log.join("\n")).toContain("INFO verify_consumer_metrics: feed backup, 0 series")
    expect(drill.journal.notes.get("drillFailback")).toMatchObject({ to: "primary", active_session: "primary" })
  } finally {
    await drill.close()
  }
}, 90_000)

const inDrill = async (more: Readonly<Record<string, string>>, use: (drill: Drill) => Promise<void>) => {
  const drill = await openDrill(settings(more))
  await use(drill).finally(drill.close)
}
type Drill = Awaited<ReturnType<typeof openDrill>>

it("the health command is run without a shell: 0 passes, 1 passes with a warning, everything else fails its stage", async () => {
  const program = (code: number) => `${process.execPath} -e "console.log('said: ;|'); process.exit(${code})"`
  const cases = [0, 1].map((code) =>
    inDrill({ DRILL_HEALTH_CMD: program(code), DRILL_HEALTH_EXTRA_ARGS: "" }, async (drill) => {
      await drill.prove("drillHealthStart")
      expect(drill.log.join()).toContain(
        code === 1 ? "WARN Health check on primary passed with warnings: said: ;|" : "Health check on primary passed"
      )
    })
  )
  await Promise.all(cases)
  await inDrill({ DRILL_HEALTH_CMD: program(2), DRILL_HEALTH_EXTRA_ARGS: "" }, async (drill) => {
    const fault = await drill.refusal("drillHealthBackup")
    expect(fault).toMatchObject({ exit: "drillHealthBackup" })
    expect(fault.message).toBe("The health check on backup ended with 2: said: ;|")
  })
  await inDrill({ DRILL_HEALTH_CMD: "/nonexistent/check --strict" }, async (drill) => {
    expect((await drill.refusal("drillHealthPrimary")).message).toMatch(
      /cannot run \(ENOENT\): correct DRILL_HEALTH_CMD/
    )
  })
}, 30_000)

it("the metrics of another feed, above the threshold or in no file fail the stage of the consumers", async () => {
  const file = join(folder.path, "metrics.prom")
  writeFileSync(file, 'consumer_backlog_messages{feed="primary"} 5\n')
  await inDrill({ DRILL_METRICS_SOURCE: file }, async (drill) => {
    await drill.prove("drillConsumersStart")
    expect(drill.log.at(-1)).toBe(
      `INFO verify_consumer_metrics: feed primary, 1 series, largest backlog 5 of 2000 allowed (${file})`
    )
    const fault = await drill.refusal("drillConsumersBackup")
    expect(fault).toMatchObject({ exit: "drillConsumersBackup" })
    expect(fault.message).toContain("holds no consumer_backlog_messages of feed backup")
    expect(drill.log.at(-1)).toContain("ERROR verify_consumer_metrics: ")
  })
  await inDrill({ DRILL_METRICS_SOURCE: file, DRILL_CONSUMER_BACKLOG_THRESHOLD: "4" }, async (drill) => {
    expect((await drill.refusal("drillConsumersPrimary")).message).toContain("at most 4 is allowed")
  })
  await inDrill({ DRILL_METRICS_SOURCE: `${file}.missing` }, async (drill) => {
    expect((await drill.refusal("drillConsumersStart")).message).toContain("cannot be read (ENOENT): name another file")
  })
  await inDrill({ DRILL_METRICS_SOURCE: file, DRILL_EXPECT_FEED: "primary" }, async (drill) => {
    await drill.prove("drillConsumersBackup")
  })
}, 60_000)

it("a drill is refused with a wrong variable, a hold or the backup active, and forced only where the daemon can switch", async () => {
  await inDrill({ DRILL_CONSUMER_BACKLOG_THRESHOLD: "many", DRILL_HEALTH_CMD: "check 'open" }, async (drill) => {
    const fault = await drill.refusal("drillAllowed")
    expect(fault).toMatchObject({ exit: "drillRefused" })
    expect(fault.message).toMatch(/DRILL_HEALTH_CMD: .*; DRILL_CONSUMER_BACKLOG_THRESHOLD: /)
  })
  await inDrill({}, async (drill) => {
    await drill.switchTo("backup")
    expect((await drill.refusal("drillAllowed", { force: true, reason: "x" })).message).toBe(
      "Drill refused: the active feed is backup: run --failback first"
    )
    await drill.switchTo("primary")
    await drill.prove("drillAllowed")
  })
  const verb = (name: string) =>
    startTickd([name, "--server", stack.nats, "--instance", "acceptance", "--reason", "test"]).ended
  await verb("failover-hold")
  await inDrill({}, async (drill) => {
    expect((await drill.refusal("drillAllowed")).message).toBe(
      "Drill refused: switches are held: run `tickd failover-release` (--force --reason TEXT drills anyway)"
    )
    await drill.prove("drillAllowed", { force: true, reason: "rehearsal" })
    expect(drill.journal.forcedOver).toEqual(["switches are held: run `tickd failover-release`"])
    expect(drill.log.join()).toContain("Drill forced (rehearsal) although it would be refused: switches are held")
  })
  await verb("failover-release")
}, 60_000)

it("another account than the primary's after the failback fails the switch", async () => {
  await inDrill({ CTP_PRIMARY_USER_ID: "5555555555" }, async (drill) => {
    await drill.prove("drillConsumersStart")
    await drill.switchTo("backup")
    await drill.prove("drillFailover")
    await drill.switchTo("primary")
    const fault = await drill.refusal("drillFailback")
    expect(fault).toMatchObject({ exit: "switch" })
    expect(fault.message).toMatch(/is primary with account 0123...89, not primary with 5555...55/)
  })
}, 60_000)
