// The health check of the image (HEALTHCHECK in deploy/Dockerfile), and its readiness probe.
// usage: health.mjs [--ready] [--trade]     --trade: of `tickd trade`
// Exit 0: the daemon answers; the printed line says whether it is ready. Exit 1: it does not answer, or with --ready:
// it is not ready. Without --ready a daemon that waits for NATS or a front is healthy: an engine that restarts it would
// lose its queue and change nothing. So is a standby that waits for the other daemon (after-peer.mjs).
// Node's own modules only: this runs every ten seconds beside the tick path.
import { existsSync, readFileSync } from "node:fs"
import { get } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"

// Below the timeout of the HEALTHCHECK, so that the sentence below is what the engine keeps.
const timeoutMs = 3000
const flags = process.argv.slice(2)
const daemon = flags.includes("--trade") ? { prefix: "TRADE", port: 9110 } : { prefix: "INGEST", port: 9100 }
const host = process.env[`${daemon.prefix}_METRICS_HOST`] ?? ""
const port = process.env[`${daemon.prefix}_METRICS_PORT`] || daemon.port
const address = `http://${host === "" || host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}`

const ask = (path) =>
  new Promise((resolve, reject) => {
    const request = get(`${address}${path}`, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk) => (text += chunk))
      response.on("end", () => resolve({ status: response.statusCode, text: text.trim() }))
      response.on("error", reject)
    })
    request.on("error", reject)
  })

const isForReadiness = flags.includes("--ready")
/** Written by after-peer.mjs while there is no daemon to ask. */
const waitsFile = join(tmpdir(), "tickd-waits")

const end = (code, text) => {
  // An engine keeps the first 4 KiB.
  console.log(text.slice(0, 2000))
  process.exitCode = code
}

try {
  const [live, ready] = await Promise.all([ask("/healthz"), ask("/readyz")])
  if (live.status !== 200) end(1, `unhealthy: ${address}/healthz answered ${live.status}`)
  else end(isForReadiness && ready.status !== 200 ? 1 : 0, `healthy, ${ready.text}`)
} catch (error) {
  const why = error.name === "AbortError" ? `no answer within ${timeoutMs / 1000} s` : error.message
  if (existsSync(waitsFile)) end(isForReadiness ? 1 : 0, `healthy, ${readFileSync(waitsFile, "utf8")}`)
  else end(1, `unhealthy: ${address} (${why}); the log of the container says more`)
}
