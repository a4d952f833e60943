import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { connectNats } from "../../src/platform/nats/connect.ts"
import type { Sample } from "./child-messages.ts"

const stream = "MD_TICKS"

/** `count` neighbouring messages as the stream holds them, from its first on. */
export const storedSample = (url: string, count: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const nats = yield* Effect.acquireRelease(connectNats({ url, name: "bench sample", reconnect: false }), (open) =>
        Effect.promise(() => open.close())
      )
      return yield* Effect.tryPromise(async (): Promise<Sample> => {
        const manager = await jetstreamManager(nats)
        const messages: Array<Sample["messages"][number]> = []
        for (let seq = 1; seq <= count; seq++) {
          const message = await manager.direct.getMessage(stream, { seq })
          if (message === null) throw new Error(`the stream holds no message ${seq}`)
          // one character for each byte, because a binary form is not UTF-8
          messages.push({ subject: message.subject, text: Buffer.from(message.data).toString("latin1") })
        }
        return { messages }
      })
    })
  )
