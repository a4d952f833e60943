// A receiver of alerts for a first look: prints each notification that Alertmanager sends, in both languages.
//
//   node deploy/dev/show-alerts.mjs [PORT]      41300 unless it is given; on 127.0.0.1, until Ctrl-C
import { createServer } from "node:http"

const port = Number(process.argv[2] ?? 41_300)
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error(`show-alerts: ${process.argv[2]} is no port: give a number from 1 to 65535`)
  process.exit(64)
}
/** A notification of this project has a few kB. */
const bodyMax = 1_000_000

const textOf = ({ alerts = [] }, receiver) => {
  const clock = new Date().toTimeString().slice(0, 8)
  return alerts
    .flatMap(({ annotations = {}, labels = {}, status = "" }) => {
      const news = `${clock} ${receiver}: ${labels.alertname} ${status.toUpperCase()}`
      // A sign of life says nothing more.
      if (receiver === "watchdog") return [news]
      const { runbook_url, summary, summary_zh } = annotations
      return [news, ...[summary, summary_zh, runbook_url].map((line) => `         ${line}`)]
    })
    .join("\n")
}

const server = createServer((request, response) => {
  let body = ""
  request.setEncoding("utf8").on("data", (text) => {
    if (body.length < bodyMax) body += text
  })
  request.on("end", () => {
    try {
      console.log(textOf(JSON.parse(body), (request.url ?? "/").slice(1)))
      response.end()
    } catch {
      response.statusCode = 400
      response.end("this is no notification of Alertmanager\n")
    }
  })
})
server.on("error", ({ message }) => {
  console.error(`show-alerts: ${message}: give another port`)
  process.exitCode = 1
})
server.listen(port, "127.0.0.1", () => console.log(`waiting for alerts at http://127.0.0.1:${port}`))
