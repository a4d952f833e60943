import type { Option } from "effect"
import { Command, Flag } from "effect/cli"
import {
  type Handler,
  mostInstruments,
  mostTicksPerSecond,
  portFlag,
  shownDefault,
  wholeFlag
} from "./terminal/flags.ts"

export interface FrontOptions {
  readonly host: string
  readonly port: number
  readonly replay: Option.Option<string>
  readonly speed: string
  readonly instruments: number
  readonly rate: number
  readonly seed: number
  readonly since: Option.Option<number>
  readonly even: boolean
  readonly staleSnapshot: boolean
  readonly json: boolean
  readonly untilStdinEnds: boolean
}

/** `tickd front`: the simulated exchange. */
export const frontCommand = <E, R>(help: string, handler: Handler<FrontOptions, E, R>) =>
  Command.make(
    "front",
    {
      host: Flag.String("host").pipe(shownDefault("Address to listen on", "127.0.0.1")),
      port: portFlag("port").pipe(shownDefault("Port, 0 = any free one", 41205)),
      replay: Flag.String("replay").pipe(
        Flag.withDescription(
          "Serve this recording (CSV with the 44 raw CTP columns, plain or gzip) instead of a market"
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
      seed: Flag.Int("seed").pipe(shownDefault("Seed of the generated market", 1)),
      since: wholeFlag("since", 0, Number.MAX_SAFE_INTEGER).pipe(
        Flag.withDescription(
          "The market began at this moment, epoch milliseconds: fronts with the same seed, instruments, rate and beginning send the same ticks"
        ),
        Flag.optional
      ),
      even: Flag.Boolean("even").pipe(
        Flag.withDescription("Spread ticks evenly instead of in bursts every 500 ms"),
        Flag.withDefault(false)
      ),
      staleSnapshot: Flag.Boolean("stale-snapshot").pipe(
        Flag.withDescription("Send each instrument's last known tick after its subscription, as real fronts do"),
        Flag.withDefault(false)
      ),
      json: Flag.Boolean("json").pipe(
        Flag.withDescription("Print events as JSON lines instead of sentences"),
        Flag.withDefault(false)
      ),
      untilStdinEnds: Flag.Boolean("until-stdin-ends").pipe(
        Flag.withDescription("Stop when stdin ends: the front of a demo must not outlive it"),
        Flag.withDefault(false)
      )
    },
    handler
  ).pipe(
    Command.withDescription(
      `Run a simulated exchange for libtickd_sim_md.so. Faults are commands on stdin, a line each:\n${help}`
    ),
    // The list of verbs shows a line a verb: without this one it would hold the whole list of faults.
    Command.withShortDescription("Run a simulated exchange for libtickd_sim_md.so; fault commands on stdin")
  )
