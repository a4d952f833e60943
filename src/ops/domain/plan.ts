import type { LiveRequest } from "./live-flags.ts"
import type { Feed, RotatedFeeds, RunbookCommand } from "./runbook-words.ts"
import { type StageRow, stageTable } from "./stage-table.ts"

/**
 * Attempts of a stage; the last one logs debug detail. A drill measures, so that none of its steps is repeated. A front
 * locks an account after some wrong passwords, so that a new secret is tried once. A checkpoint must end before its
 * deadline, and its proof waits a minute by itself.
 */
const attemptsOf = (name: StageName): number => (/^(?:drill|rotate|checkAll$)/.test(name) ? 1 : 3)

/** One stage of a plan. */
export interface Stage extends StageRow {
  readonly name: StageName
  readonly attemptsMax: number
}

export type StageName = keyof typeof stageTable
export const stageNames = Object.keys(stageTable) as ReadonlyArray<StageName>

const stopStages = ["stopConsole", "stopMonitoring", "stopTickd", "stopNats"] as const
const startStages = ["validate", "preflight", "nats", "tickd", "subscription", "monitoring", "console"] as const
const switchStages = ["validate", "preflight", "switchFeed", "subscription"] as const

/** The steps of a drill, in the sequence of `machines/ops/drill-machine.ts`. */
const drillStages = [
  "drillAllowed",
  "drillHealthStart",
  "drillConsumersStart",
  "drillFailover",
  "drillConsumersBackup",
  "drillHealthBackup",
  "drillFailback",
  "drillConsumersPrimary",
  "drillHealthPrimary"
] as const

/** The standby feed first. A feed that is active is made the standby one before its secret is taken. */
const rotateStages = {
  both: ["rotateBackup", "rotateSwitch", "rotatePrimary", "rotateReturn"],
  backup: ["rotateBackup", "rotateReturn"],
  primary: ["rotateSwitch", "rotatePrimary", "rotateReturn"]
} as const satisfies Readonly<Record<RotatedFeeds, ReadonlyArray<StageName>>>

/** A rollback starts what does not run, and stops the daemon alone. */
const rollbackStages = [
  "validate",
  "preflight",
  "nats",
  "startSnapshot",
  "subscription",
  "monitoring",
  "console"
] as const

/** Restart, failover and failback never stop NATS: consumers keep their connections. */
const stagesByCommand: Readonly<Record<Exclude<RunbookCommand, "rotate">, ReadonlyArray<StageName>>> = {
  start: startStages,
  restart: ["validate", "preflight", "handOver", "subscription"],
  stop: stopStages,
  failover: switchStages,
  failback: switchStages,
  drill: ["validate", "preflight", ...drillStages],
  rollback: rollbackStages,
  status: ["observe"],
  checkpoint: ["validate", "preflight", "checkAll"]
}

const liveStages: ReadonlySet<StageName> = new Set(["tickd", "subscription"])

/** The feed that a stage makes the active one. */
export const targetFeedOf = (stage: StageName, { config }: Pick<LiveRequest, "config">): Feed | undefined => {
  if (stage === "switchFeed") return config
  if (stage === "drillFailover" || stage === "rotateSwitch") return "backup"
  return stage === "drillFailback" ? "primary" : undefined
}

const rotated: Readonly<Partial<Record<StageName, Feed>>> = { rotateBackup: "backup", rotatePrimary: "primary" }

/** The feed whose secret a stage takes. */
export const rotatedFeedOf = (stage: StageName): Feed | undefined => rotated[stage]

/** The parts that the runbooks start and stop; an operator runs the other ones. tickd is always theirs. */
export interface ManagedParts {
  readonly nats: boolean
  readonly monitoring: boolean
  readonly console: boolean
}

export const everyPart: ManagedParts = { nats: true, monitoring: true, console: true }

/** Left out when the part is not managed. The stage `nats` stays: without NATS nothing works, so it is proved. */
const leftOut: Readonly<Partial<Record<StageName, keyof ManagedParts>>> = {
  stopNats: "nats",
  monitoring: "monitoring",
  stopMonitoring: "monitoring",
  console: "console",
  stopConsole: "console"
}

const stagesOf = (command: RunbookCommand, feed: RotatedFeeds): ReadonlyArray<StageName> =>
  command === "rotate" ? ["validate", "preflight", ...rotateStages[feed]] : stagesByCommand[command]

/** The stages of a command, in their sequence. With `skipLive` those of tickd are left out. */
export const planOf = (
  { command, feed = "both", skipLive }: Pick<LiveRequest, "command" | "feed" | "skipLive">,
  managed: ManagedParts
): ReadonlyArray<Stage> =>
  stagesOf(command, feed)
    .filter((name) => !(skipLive && liveStages.has(name)))
    .filter((name) => {
      const part = leftOut[name]
      return part === undefined || managed[part]
    })
    .map((name) => {
      const stage = { name, attemptsMax: attemptsOf(name), ...stageTable[name] }
      return name === "nats" && !managed.nats ? { ...stage, changes: false } : stage
    })
