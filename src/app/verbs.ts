// The table of verbs. It holds text only: help prints from it, and the module of a verb is loaded when that verb runs.
import type { Command } from "effect/cli"
import type { Invocation } from "../cli/invocation.ts"
import type { ProcessShutdown } from "./process-shutdown.ts"

/** Services that the program provides to a verb. */
export type VerbServices = Command.Environment | Invocation | ProcessShutdown

export interface Verb {
  readonly name: string
  /** First sentence of its description; a test compares them. */
  readonly summary: string
  readonly load: () => Promise<Command.Command.Any>
}

const verb = <Name extends string, I, C, E, R extends VerbServices>(
  name: Name,
  summary: string,
  load: () => Promise<Command.Command<Name, I, C, E, R>>
): Verb => ({ name, summary, load })

export const programDescription =
  "Market data of China's futures exchanges: CTP sessions in, every tick accounted for, NATS JetStream out"

export interface VerbGroup {
  readonly group: string
  readonly verbs: readonly [Verb, ...ReadonlyArray<Verb>]
}

export const verbGroups: ReadonlyArray<VerbGroup> = [
  {
    group: "Run",
    verbs: [
      verb("run", "Run the daemon", async () => (await import("./run.ts")).command),
      verb("demo", "Run the whole line on this machine", async () => (await import("./demo/demo.ts")).command),
      verb(
        "front",
        "Run a simulated exchange for libtickd_sim_md.so",
        async () => (await import("./front.ts")).command
      ),
      verb("trade", "Run the trading daemon", async () => (await import("./trade.ts")).command),
      verb(
        "paper",
        "Run a simulated trading venue that speaks Alpaca's API",
        async () => (await import("./paper.ts")).command
      ),
      verb(
        "simulate",
        "Run the whole daemon in virtual time from a seed",
        async () => (await import("./simulate.ts")).command
      )
    ]
  },
  {
    group: "Look",
    verbs: [
      verb("status", "Show a running daemon", async () => (await import("../cli/status.ts")).command),
      verb(
        "tree",
        "Show the supervision tree of a running daemon",
        async () => (await import("../cli/tree.ts")).command
      ),
      verb(
        "state",
        "Show where each state machine stands, since when and why",
        async () => (await import("../cli/state.ts")).command
      ),
      verb("history", "Show what a machine did and when", async () => (await import("../cli/history.ts")).command),
      verb(
        "subscriptions",
        "Show each wanted instrument",
        async () => (await import("../cli/subscriptions.ts")).command
      ),
      verb("commands", "Show what a running daemon answers", async () => (await import("../cli/commands.ts")).command),
      verb("tail", "Show live ticks", async () => (await import("../cli/tail.ts")).command),
      verb("consumers", "Show who reads the stored ticks", async () => (await import("../cli/consumers.ts")).command),
      verb(
        "certificate",
        "Show the completeness certificates of a trading day",
        async () => (await import("../cli/certificate.ts")).command
      ),
      verb(
        "audit",
        "Show who requested what of the daemon on this machine",
        async () => (await import("../cli/audit.ts")).command
      )
    ]
  },
  {
    group: "Command (audited)",
    verbs: [
      verb(
        "subscribe",
        "Subscribe instruments on every feed of a running daemon",
        async () => (await import("../cli/subscribe.ts")).subscribe
      ),
      verb(
        "unsubscribe",
        "Unsubscribe instruments on every feed",
        async () => (await import("../cli/subscribe.ts")).unsubscribe
      ),
      verb(
        "resubscribe",
        "Send the subscription of wanted instruments once more",
        async () => (await import("../cli/subscribe.ts")).resubscribe
      ),
      verb(
        "failover",
        "Make the backup feed the active one",
        async () => (await import("../cli/failover.ts")).failover
      ),
      verb(
        "failback",
        "Make the primary feed the active one",
        async () => (await import("../cli/failover.ts")).failback
      ),
      verb("failover-hold", "Keep the active feed", async () => (await import("../cli/failover.ts")).hold),
      verb("failover-release", "End a hold", async () => (await import("../cli/failover.ts")).release),
      verb(
        "refresh-contracts",
        "Have a running daemon query its contract sources now",
        async () => (await import("../cli/refresh-contracts.ts")).command
      ),
      verb("retry", "Make the session of a feed try again now", async () => (await import("../cli/retry.ts")).command),
      verb(
        "login-reload",
        "Log a standby feed in with the secret that its file holds now",
        async () => (await import("../cli/login-reload.ts")).command
      ),
      verb(
        "restart",
        "Stop a child of the tree and start it again",
        async () => (await import("../cli/restart.ts")).command
      ),
      verb(
        "log-level",
        "Set the lowest level that the log writes",
        async () => (await import("../cli/log-level.ts")).command
      ),
      verb("drain", "End a running daemon as SIGTERM does", async () => (await import("../cli/drain.ts")).command),
      verb(
        "inject",
        "Inject a fault into a running daemon (a drill)",
        async () => (await import("../cli/inject.ts")).command
      )
    ]
  },
  {
    group: "Research",
    verbs: [
      verb("bars", "Daily bars on disk", async () => (await import("./trading/bars.ts")).command),
      verb("signals", "From bars to features", async () => (await import("./trading/signals.ts")).command),
      verb("model", "Models of LightGBM", async () => (await import("./trading/model.ts")).command)
    ]
  },
  {
    group: "Check and set up",
    verbs: [
      verb("health", "Judge a running daemon from outside", async () => (await import("./health.ts")).command),
      verb("env", "The environment variables of every program", async () => (await import("./env/env.ts")).command),
      verb("feed", "Subscribe a whole feed", async () => (await import("../cli/subscribe-all/feed.ts")).command),
      verb("contracts", "The contract catalogue", async () => (await import("./contracts/contracts.ts")).command),
      verb(
        "calendar",
        "Trading days and hours of China's futures exchanges",
        async () => (await import("./calendar.ts")).command
      ),
      verb(
        "streams",
        "The streams and buckets that tickd declares",
        async () => (await import("./streams.ts")).command
      ),
      verb("live", "The runbooks of a production day", async () => (await import("./live/live.ts")).command),
      verb(
        "token",
        "Tokens of the HTTP API of the trading daemon",
        async () => (await import("./token/token.ts")).command
      ),
      verb("nats", "Set up a NATS server for tickd", async () => (await import("../cli/nats/nats.ts")).command)
    ]
  },
  {
    group: "Trade (audited)",
    verbs: [
      verb("trading", "A running trading daemon", async () => (await import("../cli/trade/trading.ts")).command),
      verb("order", "Orders of a running trading daemon", async () => (await import("../cli/trade/order.ts")).command),
      verb(
        "positions",
        "Show the positions of the book, with profit and loss in USD",
        async () => (await import("../cli/trade/positions.ts")).command
      ),
      verb(
        "kill-switch",
        "The kill switch of trading",
        async () => (await import("../cli/trade/kill-switch.ts")).command
      ),
      verb("breaker", "Circuit breakers of trading", async () => (await import("../cli/trade/breaker.ts")).command),
      verb("limits", "Limits of the gate of trading", async () => (await import("../cli/trade/limits.ts")).command),
      verb("reconcile", "Book and venue of trading", async () => (await import("../cli/trade/reconcile.ts")).command),
      verb("arm", "Let live orders leave for this trading day", async () => (await import("../cli/trade/arm.ts")).arm),
      verb("disarm", "Stop live orders from leaving", async () => (await import("../cli/trade/arm.ts")).disarm),
      verb(
        "flatten",
        "Cancel every order and close every position",
        async () => (await import("../cli/trade/flatten.ts")).command
      )
    ]
  },
  {
    group: "Operate",
    verbs: [
      verb(
        "notify",
        "Notify operators of a marker and an exit code",
        async () => (await import("./notify.ts")).command
      ),
      verb("alert", "Prove that a pushed metric reaches Prometheus", async () => (await import("./alert.ts")).command),
      verb(
        "incident",
        "Incident reports from what the system recorded",
        async () => (await import("./incident/incident.ts")).command
      ),
      verb("backup", "Backups of what must not be lost", async () => (await import("./backup.ts")).command),
      verb("retention", "Delete old logs of runbooks", async () => (await import("./retention.ts")).command),
      verb(
        "soak",
        "Measure the stream as a consumer, and judge it",
        async () => (await import("../cli/soak/soak.ts")).command
      )
    ]
  }
]
