// The bare limit: a tight loop over the official connection, with an acknowledgement for each message. Argument: a
// BareRun.
import { readFileSync } from "node:fs"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { streamShape } from "../../src/protocol/market/streams.ts"
import type { BareReport, BareRun, Sample } from "./child-messages.ts"

const run = JSON.parse(process.argv[2] as string) as BareRun
const sample = JSON.parse(readFileSync(run.sampleFile, "utf8")) as Sample
const subjects = sample.messages.map(({ subject }) => subject)
// Encoded beforehand: the bare limit has its bytes ready.
const payloads = sample.messages.map(({ text }) => Buffer.from(text, "latin1"))

const connection = await connect({ servers: run.natsUrl.replace("nats://", ""), noAsyncTraces: true })
await (await jetstreamManager(connection)).streams.add(streamShape({}))

const inbox = "_INBOX.bench."
const replies = Array.from({ length: run.window }, (_, slot) => `${inbox}${slot}`)
let sent = 0
let acknowledged = 0
let openedMs = 0
let openedCpuUs = 0

const cpuUs = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

const fill = () => {
  while (sent - acknowledged < run.window && sent < run.messages) {
    const at = sent % subjects.length
    const asks = (sent + 1) % run.group === 0 || sent + 1 === run.messages
    connection.publish(
      subjects[at] as string,
      payloads[at] as Uint8Array,
      asks ? { reply: replies[sent % run.window] as string } : {}
    )
    sent++
  }
}

const stored = '{"stream":'
const report = await new Promise<BareReport>((resolve, reject) => {
  let fillDue = false
  connection.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      if (error !== null) return reject(error)
      // Enough to know that it was stored: the loop keeps no copy that an answer would have to find.
      if (message.data[2] !== stored.charCodeAt(2)) return reject(new Error(`not stored: ${message.string()}`))
      const before = acknowledged
      acknowledged = Math.min(acknowledged + run.group, run.messages)
      if (before < run.warmUpMessages && acknowledged >= run.warmUpMessages) {
        openedMs = performance.now()
        openedCpuUs = cpuUs()
      }
      if (acknowledged === run.messages) {
        const messages = run.messages - run.warmUpMessages
        const elapsedMs = performance.now() - openedMs
        resolve({ messagesPerSecond: (messages * 1000) / elapsedMs, cpuUs: (cpuUs() - openedCpuUs) / messages })
      } else if (!fillDue) {
        // Refilled once for all answers of one socket read.
        fillDue = true
        queueMicrotask(() => {
          fillDue = false
          fill()
        })
      }
    }
  })
  fill()
})
process.stdout.write(`${JSON.stringify(report)}\n`)
process.exit(0)
