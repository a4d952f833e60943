// A metric without a declaration has no page, no bound and no reader; a declared one that is not served is an alert
// that never fires. So what a real daemon serves is compared with the declarations, on both of its ports.
import { afterEach, expect, it } from "vitest"
import { endCommands, eventually, holdPort, startTickd, stateFolder } from "../support/cli-process.ts"
import { declarationFaults, promtoolFaults } from "../support/declared-metrics.ts"
import { makeTwoFeeds, publishedOf } from "../support/two-feeds.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
})

it("serves on both ports what is declared, before the first tick, with ticks, and after a switch", async () => {
  folder = stateFolder()
  const feeds = await makeTwoFeeds(folder.path, { instruments: 20, rate: 200 })
  feeds.startBroker()
  const { port, release } = await holdPort()
  await release()
  const daemon = await feeds.startDaemon({ SUBSCRIPTION_METRICS_PORT: String(port) })
  const pages = async () => ({
    daemon: await daemon.metrics(),
    subscriptions: await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  })
  const check = async () => {
    const { daemon: served, subscriptions } = await pages()
    expect(declarationFaults(served, "daemon")).toEqual([])
    expect(declarationFaults(subscriptions, "subscriptions")).toEqual([])
    expect(promtoolFaults(served)).toEqual([])
    expect(promtoolFaults(subscriptions)).toEqual([])
    return served
  }
  await daemon.until("answers", () => true)
  await eventually(
    "both ports",
    async () =>
      await pages().then(
        () => true,
        () => false
      ),
    30_000
  )
  await check()
  await daemon.until("ticks", (status) => status.ready && publishedOf(status) > 100)
  // A page is shared for up to a second: the next one has the ticks.
  const hops = /^md_hop_seconds_count\{hop="ack"\} [1-9]/m
  await eventually("the hops", async () => hops.test(await daemon.metrics()), 30_000)
  const before = await check()
  expect(before).toMatch(/^md_trading 1$/m)
  for (const hop of ["ring", "normalise", "queue", "ack"])
    expect(before).toMatch(new RegExp(`^md_hop_seconds_count\\{hop="${hop}"\\} [1-9]`, "m"))
  // Both feeds of a hot pair are received, whichever delivers a tick first.
  for (const feed of ["primary", "backup"])
    expect(before).toMatch(new RegExp(`^md_exchange_to_receive_seconds_count\\{feed="${feed}"\\} [1-9]`, "m"))
  // Asked of the broker once in 15 s, the first time before there was a tick.
  const storeRead = /^md_broker_store_bytes\{store="account"\} [1-9][^]*^md_stream_bytes\{stream="\w+"\} [1-9]/m
  await eventually("the store", async () => storeRead.test(await daemon.metrics()), 30_000)
  // The system's table of connections, read once in 4 s, names the simulated front of each feed.
  const frontsOf = (page: string) =>
    new Map(
      [...page.matchAll(/^md_feed_front_info\{feed="(\w+)",front="(127\.0\.0\.1:\d+)"\} 1$/gm)].map(([, feed, at]) => [
        at,
        feed
      ])
    )
  await eventually("a front of each feed", async () => frontsOf(await daemon.metrics()).size === 2, 15_000)
  expect(Number(/^md_calendar_end_timestamp_seconds (.*)$/m.exec(before)?.[1])).toBeGreaterThan(Date.now() / 1000)
  expect(before).toMatch(/^md_latency_ms_p99\{feed="primary"\} [\d.]+$/m)
  expect(before).toMatch(/^md_error_count_total\{component="publisher",severity="critical"\} 0$/m)

  expect((await startTickd(["failover", "--server", feeds.nats, "--json"]).ended).code).toBe(0)
  const switched = /^md_latency_ms_p99\{feed="backup"\} [\d.]+$/m
  await eventually("the labels of the active feed", async () => switched.test(await daemon.metrics()), 5_000)
  const after = await check()
  expect(after).toMatch(/^md_latency_ms_p99\{feed="backup"\} [\d.]+$/m)
  const proven = Number(/^md_feed_proven_timestamp_seconds\{feed="backup"\} (.*)$/m.exec(after)?.[1])
  expect(Math.abs(proven - Date.now() / 1000)).toBeLessThan(60)
})
