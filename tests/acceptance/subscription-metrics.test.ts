// The runbook asks port 9101 for the coverage before the market opens. That port is beside the ticks: a program that
// holds it must delay no tick, and the metrics must be there as soon as it is free.
import { afterEach, expect, it } from "vitest"
import { endCommands, eventually, holdPort, startTickd, stateFolder } from "../support/cli-process.ts"
import { makeTwoFeeds, publishedOf } from "../support/two-feeds.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
})

const labelsOf = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`^${name}\\{(.*)\\} [\\d.e+-]+$`, "gm"))].map(([, labels]) => labels)

it("serves the names of the runbook on both ports, through a taken port and a switch", async () => {
  folder = stateFolder()
  const feeds = await makeTwoFeeds(folder.path, { instruments: 20, rate: 200 })
  feeds.startBroker()
  const { port, release } = await holdPort()
  const daemon = await feeds.startDaemon({ SUBSCRIPTION_METRICS_PORT: String(port) })
  const waits = await daemon.until("ticks", (status) => status.ready && publishedOf(status) > 100)
  expect(waits.waiting).toMatchObject([{ part: "subscription metrics", code: "HTTP_PORT_IN_USE", blocks: false }])
  expect(waits.waiting?.[0]?.message).toContain("SUBSCRIPTION_METRICS_PORT")

  await release()
  const subscriptions = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  await eventually(
    "served",
    async () =>
      await subscriptions().then(
        () => true,
        () => false
      ),
    30_000
  )
  const primary = 'feed="primary",account="0123...89"'
  expect(labelsOf(await subscriptions(), "md_subscription_coverage_ratio")).toHaveLength(1)
  expect(await subscriptions()).toMatch(
    new RegExp(`^md_subscription_coverage_ratio\\{${primary},session_window="(day|night)"\\} 1$`, "m")
  )
  expect(labelsOf(await subscriptions(), "md_rate_limit_hits_total")).toHaveLength(4)
  await eventually("no longer waits", async () => (await daemon.status()).waiting?.length === 0, 30_000)
  const before = await daemon.metrics()
  expect(labelsOf(before, "md_throughput_mps")).toEqual([primary])
  expect(before).toMatch(/^feed_failover_required 0$/m)
  expect(before).toMatch(/^md_failover_latency_ms 0$/m)

  const failover = startTickd(["failover", "--server", feeds.nats, "--json"])
  expect((await failover.ended).code).toBe(0)
  const backup = 'feed="backup",account="9876...10"'
  const after = await daemon.metrics()
  expect(labelsOf(after, "md_throughput_mps")).toEqual([backup])
  expect(labelsOf(await subscriptions(), "md_subscription_coverage_ratio")[0]).toContain(backup)
  const seconds = Number(/^md_failover_latency_seconds (.*)$/m.exec(after)?.[1])
  const latencyMs = Number(/^md_failover_latency_ms (.*)$/m.exec(after)?.[1])
  expect(latencyMs).toBeCloseTo(seconds * 1000, 3)
  expect(after).toMatch(/^md_throughput_mps\{.*\} [1-9]/m)
})
