import type { Registry } from "prom-client"

/** Longer than this a rendering does not keep the event loop from the ticks, but for one metric. */
const sliceMs = 2

/** The text of `registry.metrics()`, with the event loop given back between metrics. */
export const renderPage = async (registry: Registry): Promise<string> => {
  const texts: Array<string> = []
  let sinceMs = performance.now()
  for (const { name } of registry.getMetricsAsArray()) {
    texts.push(await registry.getSingleMetricAsString(name))
    if (performance.now() - sinceMs < sliceMs) continue
    await new Promise((resolve) => setImmediate(resolve))
    sinceMs = performance.now()
  }
  return `${texts.join("\n\n")}\n`
}
