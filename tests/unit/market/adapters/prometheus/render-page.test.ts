// A page of many series takes longer than a batch of ticks may wait: its rendering must give the event loop back.
import { Gauge, Registry } from "prom-client"
import { expect, it } from "vitest"
import { renderPage } from "../../../../../src/market/adapters/prometheus/render-page.ts"

const busy = (ms: number) => {
  const startMs = performance.now()
  while (performance.now() - startMs < ms);
}

it("renders what the registry renders, and lets the event loop turn between metrics", async () => {
  const registry = new Registry()
  for (let at = 0; at < 8; at++) {
    const gauge: Gauge = new Gauge({
      name: `md_test_${at}`,
      help: "test",
      labelNames: ["at"],
      registers: [registry],
      collect: () => (busy(3), gauge.set({ at: "0" }, at))
    })
  }
  let turns = 0
  const counting = setInterval(() => turns++, 1)
  const text = await renderPage(registry)
  clearInterval(counting)
  expect(text).toBe(await registry.metrics())
  expect(turns).toBeGreaterThanOrEqual(4)
})
