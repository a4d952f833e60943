import { Effect } from "effect"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { makeDaemonCommands } from "../../../platform/control/daemon-commands.ts"
import type { RegistryView } from "../../../platform/control/state-replies.ts"
import type { TradingCommands } from "../../../protocol/trading/commands.ts"
import { makeDaemonQueries } from "./daemon-queries.ts"
import { makeLimitCommands } from "./limit-commands.ts"
import { makeModeCommands } from "./mode-commands.ts"
import { makeOrderCommands } from "./order-commands.ts"
import { makeReconciliationCommands } from "./reconciliation-commands.ts"
import { makeSafetyCommands } from "./safety-commands.ts"
import { utcText } from "./words.ts"

export type TradingHandlers = Omit<HandlersOf<TradingCommands>, "commands">

/** What the handlers need of the process around them. */
export interface ProcessParts {
  readonly instance: string
  readonly version: string
  /** Where orders go, without a secret. */
  readonly venue: string
  readonly registry: RegistryView
  readonly startedMs: number
  readonly setLogLevel: (level: "DEBUG" | "INFO" | "WARNING" | "ERROR") => void
  readonly restartChild: (path: string) => Effect.Effect<void, { readonly message: string }>
  /** A restart that was answered before it was done has failed. */
  readonly onLateFailure: (child: string, why: string) => void
  /** Begins the same stop as SIGTERM, and returns. */
  readonly drain: () => void
}

/** Children that a reply travels over. */
const carriers: ReadonlySet<string> = new Set(["root/broker", "root/nats-link", "root/control", "root/http-api"])

/** A handler for every entry of the command table but the list itself. */
export const makeTradingHandlers = Effect.fnUntraced(function* (process: ProcessParts) {
  const { instance } = process
  const {
    drain,
    "log-level": logLevel,
    restart
  } = makeDaemonCommands({
    ...process,
    timeText: utcText,
    children: () => process.registry.children().map(({ path }) => path),
    carriers
  })
  return {
    drain,
    "log-level": logLevel,
    restart,
    ...(yield* makeDaemonQueries(process)),
    ...(yield* makeOrderCommands(instance)),
    ...(yield* makeSafetyCommands(instance)),
    ...(yield* makeModeCommands(instance)),
    ...(yield* makeLimitCommands(instance)),
    ...(yield* makeReconciliationCommands(instance))
  } satisfies TradingHandlers
})
