// The publishing loop of one way to store exactly once, in a process of its own so that its CPU is its own. Argument:
// an IdRun.
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, headers, type MsgHdrs } from "@nats-io/transport-node"
import { streamShape } from "../../src/protocol/market/streams.ts"
import type { IdReport, IdRun } from "./child-messages.ts"
import { usageOf } from "./process-usage.ts"

const run = JSON.parse(process.argv[2] as string) as IdRun
const subjects = Array.from({ length: run.subjects }, (_, at) => `md.tick.SHFE.rb.rb${at}`)
const payload = Buffer.alloc(run.payloadBytes, "x")

const connection = await connect({ servers: run.natsUrl.replace("nats://", ""), noAsyncTraces: true })
const manager = await jetstreamManager(connection)
await manager.streams.add({ ...streamShape({}), duplicate_window: run.duplicateWindowMs * 1e6 })

const inbox = "_INBOX.bench."
const replies = Array.from({ length: run.window }, (_, slot) => `${inbox}${slot}`)
let sent = 0
let acknowledged = 0

interface Mark {
  readonly atMs: number
  readonly clientUs: number
  readonly serverMs: number
}
const mark = (): Mark => {
  const { user, system } = process.cpuUsage()
  return { atMs: performance.now(), clientUs: user + system, serverMs: usageOf(run.natsPid).cpuMs }
}

/** Feed run and sequence: never the tick's content, which two valid snapshots may share. */
const idOf = (seq: number): MsgHdrs => {
  const made = headers()
  made.set("Nats-Msg-Id", `7f3a9c2e-${seq}`)
  return made
}

const fill = () => {
  while (sent - acknowledged < run.window && sent < run.messages) {
    const reply = replies[sent % run.window] as string
    const subject = subjects[sent % subjects.length] as string
    connection.publish(subject, payload, run.messageIds ? { reply, headers: idOf(sent) } : { reply })
    sent++
  }
}

const stored = '{"stream":'
const report = await new Promise<IdReport>((resolve, reject) => {
  let open = mark()
  let fillDue = false
  connection.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      if (error !== null) return reject(error)
      if (message.data[2] !== stored.charCodeAt(2)) return reject(new Error(`not stored: ${message.string()}`))
      acknowledged++
      if (acknowledged === run.warmUpMessages) open = mark()
      if (acknowledged === run.messages) {
        const close = mark()
        const messages = run.messages - run.warmUpMessages
        return resolve({
          messagesPerSecond: (messages * 1000) / (close.atMs - open.atMs),
          clientCpuUs: (close.clientUs - open.clientUs) / messages,
          serverCpuUs: ((close.serverMs - open.serverMs) * 1000) / messages,
          serverRssMb: usageOf(run.natsPid).rssMb
        })
      }
      if (fillDue) return
      fillDue = true
      queueMicrotask(() => {
        fillDue = false
        fill()
      })
    }
  })
  fill()
})
process.stdout.write(`${JSON.stringify(report)}\n`)
process.exit(0)
