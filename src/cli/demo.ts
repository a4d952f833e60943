import type { Option } from "effect"
import { Command, Flag } from "effect/cli"
import {
  durationFlag,
  type Handler,
  jsonFlag,
  mostInstruments,
  mostTicksPerSecond,
  portFlag,
  shownDefault,
  wholeFlag
} from "./terminal/flags.ts"

export interface DemoOptions {
  readonly forMs: Option.Option<number>
  readonly json: boolean
  readonly replay: Option.Option<string>
  readonly speed: string
  readonly instruments: number
  readonly rate: number
  readonly feeds: number
  readonly natsPort: Option.Option<number>
  readonly httpPort: Option.Option<number>
  readonly state: Option.Option<string>
  readonly family: "63" | "6315" | "65"
}

/** `tickd demo`: front, worker, daemon and nats-server in one command. */
export const demoCommand = <E, R>(handler: Handler<DemoOptions, E, R>) =>
  Command.make(
    "demo",
    {
      forMs: durationFlag(
        "for",
        "End by itself after this time, e.g. 20s (default: until Ctrl-C, or the end of the recording)"
      ),
      json: jsonFlag,
      replay: Flag.String("replay").pipe(
        Flag.withDescription(
          "Replay this recording (CSV with the 44 raw CTP columns, plain or gzip) instead of a market"
        ),
        Flag.optional
      ),
      speed: Flag.String("speed").pipe(
        shownDefault("Speed of a replay: 1 = as recorded, N = N times as fast, max", "1")
      ),
      instruments: wholeFlag("instruments", 1, mostInstruments).pipe(
        shownDefault("Instruments of the generated market", 500)
      ),
      rate: wholeFlag("rate", 1, mostTicksPerSecond).pipe(
        shownDefault("Ticks a second of the generated market, over all instruments", 1000)
      ),
      feeds: wholeFlag("feeds", 1, 2).pipe(
        shownDefault("2: a second front sends the same market, and the daemon has a backup feed", 1)
      ),
      natsPort: portFlag("nats-port").pipe(
        Flag.withDescription("Port of the embedded nats-server (default 4222, or a free one when that is taken)"),
        Flag.optional
      ),
      httpPort: portFlag("http-port").pipe(
        Flag.withDescription("Port of /metrics, /healthz, /readyz (default 9100, or a free one when that is taken)"),
        Flag.optional
      ),
      state: Flag.String("state").pipe(
        Flag.withDescription("State folder to use and keep (default: a fresh one that is removed at the end)"),
        Flag.optional
      ),
      family: Flag.Literals("family", ["63", "6315", "65"]).pipe(
        shownDefault(
          "Version family of the simulated vendor library: up to 6.3.11, 6.3.15 and later, 6.5 and later",
          "65" as const
        )
      )
    },
    handler
  ).pipe(
    Command.withDescription(
      "Run the whole line on this machine: a simulated front, the native worker, the daemon and nats-server. Exits 0 only " +
        "when the ledger balances and the stream holds every published tick."
    )
  )
