import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import { shanghaiIso } from "../kernel/time/shanghai-time.ts"
import type { TickMessage } from "../protocol/market/tick/tick-schema.ts"
import { type Handler, jsonFlag, serverFlag, shownDefault, subjectArgument, wholeFlag } from "./terminal/flags.ts"

export interface TailOptions {
  readonly subject: string
  readonly server: Option.Option<string>
  readonly count: Option.Option<number>
  readonly from: "live" | "snapshot"
  readonly json: boolean
}

const side = (price: number | undefined, volume: number | undefined) =>
  price === undefined ? "-" : `${price}x${volume ?? 0}`

/** One tick on one line: exchange time in Shanghai, instrument, last, book, volume, age. */
export const renderTick = (tick: TickMessage, nowMs: number): string => {
  const time = shanghaiIso(tick.ts).slice(11, 23)
  const last = tick.last_price === undefined ? "-" : String(tick.last_price)
  const age = Math.max(0, nowMs - tick.recv_ts)
  return `${time} ${`${tick.exchange}.${tick.symbol}`.padEnd(22)} last ${last.padStart(10)}  ${side(tick.bid_price_1, tick.bid_volume_1).padStart(14)} / ${side(tick.ask_price_1, tick.ask_volume_1).padEnd(14)} volume ${tick.volume}  ${tick.feed} #${tick.seq}  ${age.toFixed(1)} ms`
}

/** `tickd tail`: live ticks. */
export const tailCommand = <E, R>(handler: Handler<TailOptions, E, R>) =>
  Command.make(
    "tail",
    {
      subject: subjectArgument,
      server: serverFlag,
      count: wholeFlag("count", 1, 1_000_000_000).pipe(
        Flag.withDescription("End after this many ticks"),
        Flag.optional
      ),
      from: Flag.Literals("from", ["live", "snapshot"]).pipe(
        shownDefault("live: what passes; snapshot: the newest stored tick of each instrument first", "live" as const)
      ),
      json: jsonFlag.pipe(Flag.withDescription("Print the messages as JSON, a line each"))
    },
    handler
  ).pipe(Command.withDescription("Show live ticks, readable; ends with Ctrl-C"))
