import { type Command, Flag } from "effect/cli"
import {
  durationFlag,
  jsonFlag,
  mostInstruments,
  mostTicksPerSecond,
  portFlag,
  shownDefault,
  wholeFlag
} from "../../cli/terminal/flags.ts"

/** Flags of `tickd demo`. */
export const demoFlags = {
  forMs: durationFlag(
    "for",
    "End by itself after this time, e.g. 20s (default: until Ctrl-C, or the end of the recording)"
  ),
  json: jsonFlag,
  replay: Flag.String("replay").pipe(
    Flag.withDescription("Replay this recording (CSV with the 44 raw CTP columns, plain or gzip) instead of a market"),
    Flag.optional
  ),
  speed: Flag.String("speed").pipe(shownDefault("Speed of a replay: 1 = as recorded, N = N times as fast, max", "1")),
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
}

export type DemoOptions = Command.Command.Config.Infer<typeof demoFlags>
