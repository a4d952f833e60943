// Starts the daemon of this container once the one of another container is silent: services tickd and tickd-standby of
// docker-compose.yml. A second daemon is always safe, because the writer's epoch decides who publishes. But a start
// that is refused (69, WRITER_ACTIVE) has logged in at the broker for some seconds, and at some brokers that ends the
// session of the first daemon. An engine repeats such a start for ever; this program waits instead.
// usage: after-peer.mjs URL SECONDS VERB…   URL: /healthz of the other daemon; SECONDS: how long it must be silent
// The process becomes `tickd VERB…`. Exit 0: it was stopped while it waited. 64: wrong use.
import { rmSync, writeFileSync } from "node:fs"
import { get } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"

const [url = "", seconds = "", ...verb] = process.argv.slice(2)
const silentMs = Number(seconds) * 1000
if (!URL.canParse(url) || !(silentMs >= 0) || verb.length === 0) {
  console.error("after-peer: usage: after-peer.mjs URL SECONDS VERB…, e.g. http://tickd:9100/healthz 5 run")
  process.exit(64)
}
const everyMs = 1000
/** A daemon that stands still for longer has lost its epoch soon after. */
const answerMs = 2000
/** deploy/container/health.mjs reads it: a waiting container is healthy. */
const waitsFile = join(tmpdir(), "tickd-waits")

const answers = () =>
  new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(answerMs) }, (response) => {
      response.resume()
      response.on("end", () => resolve(true))
      response.on("error", () => resolve(false))
    })
    request.on("error", () => resolve(false))
  })

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    rmSync(waitsFile, { force: true })
    process.exit(0)
  })
}

let lastAnswerMs = performance.now()
let isTold = false
for (;;) {
  if (await answers()) {
    lastAnswerMs = performance.now()
    if (!isTold) {
      isTold = true
      const text = `waits: the daemon at ${url} answers, and this one starts when it is silent for ${seconds} s`
      writeFileSync(waitsFile, text)
      console.log(text)
    }
  } else if (performance.now() - lastAnswerMs >= silentMs) break
  await new Promise((resolve) => setTimeout(resolve, everyMs))
}
console.log(`starts: no daemon answers at ${url}`)
rmSync(waitsFile, { force: true })
process.execve(
  process.execPath,
  [process.execPath, "--max-semi-space-size=16", "--", "src/app/tickd.mjs", ...verb],
  process.env
)
