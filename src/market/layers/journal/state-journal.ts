import { randomBytes } from "node:crypto"
import type { KV } from "@nats-io/kv"
import type { NatsConnection } from "@nats-io/transport-node"
import { Deferred, Effect } from "effect"
import type { Registry, RegistryChange } from "../../../../actors/runtime/registry.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { snapshotOf } from "../../../platform/control/state-replies.ts"
import { connectNats } from "../../../platform/nats/connect.ts"
import { EventOutbox, type OutboxGap, type OutboxMessage } from "../../../platform/nats/event-outbox.ts"
import { runEventStream } from "../../../platform/nats/event-stream.ts"
import { JetStreamTrouble } from "../../../platform/nats/jetstream-trouble.ts"
import { connectionOf } from "../../../platform/nats/nats-settings.ts"
import { ChangedKeys, runStateBucket, sweepBucket } from "../../../platform/nats/state-bucket.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import { publicContext, snapshotEveryMs, snapshotMaxAgeMs, stateKey } from "../../../protocol/control/state.ts"
import { stateBucketName } from "../../../protocol/control/stream-names.ts"
import {
  actorEventSubject,
  auditEventSubject,
  type EventBody,
  gapEventSubject,
  supervisorEventSubject,
  switchEventSubject
} from "../../../protocol/market/event.ts"
import type { SwitchMessage } from "../../../protocol/market/failover.ts"
import { eventOptions, stateBucket, streamShape } from "../../../protocol/market/streams.ts"
import type { Config } from "../../config/config.ts"
import type { Broker } from "../publish/broker.ts"
import { type ActorChange, EventFolder } from "./event-folder.ts"

/** Events kept while NATS is away, about 6 MB: an hour of ordinary life or some seconds of a storm. */
const outboxCapacity = 10_000
/** Least time between two writes of one machine's snapshot. */
const snapshotGapMs = 500
/** How long a stop waits until what is left is stored. */
const flushMs = 2000

export interface StateJournal {
  /**
   * The child of the tree that writes: over one connection, until it closes or cannot be opened; its owner runs it
   * again. It starts before the line and stops after it, so that it sees the drain.
   */
  readonly body: (ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, import("effect").Scope.Scope>
  /** The connection that it writes over, once there is one: what operators ask comes over the same. */
  readonly connection: Effect.Effect<NatsConnection>
  readonly audit: (entry: AuditEntry, hash: string) => void
  /** Runs `flush` before a stop stores the rest: for what another part holds back. */
  readonly flushWith: (flush: Effect.Effect<void>) => void
  readonly switched: (record: SwitchMessage) => void
  readonly waiting: () => number
  readonly dropped: () => number
}

/** `what`: the stream or bucket that a step concerns. */
export interface JournalReports {
  readonly failed: (what: string, trouble: JetStreamTrouble) => void
  readonly worked: (what: string) => void
  /** Once: nothing is tried again. */
  readonly note: (trouble: JetStreamTrouble) => void
}

const subjectOf = (body: EventBody, instance: string): string => {
  switch (body.kind) {
    case "transition":
      return actorEventSubject(body.actor)
    case "supervisor":
      return supervisorEventSubject(body.path)
    case "audit":
      return auditEventSubject
    case "switch":
      return switchEventSubject
    case "gap":
      return gapEventSubject(instance)
  }
}

const transitionOf = (
  { actor: { actor, context, lastEvent, state }, from }: ActorChange,
  count: number
): EventBody => ({
  kind: "transition",
  actor,
  from,
  to: state,
  event: lastEvent,
  ...(count > 1 && { folded: count - 1 }),
  context: publicContext(context)
})

const supervisorOf = ({ event, child }: Extract<RegistryChange, { readonly type: "supervisor" }>): EventBody => {
  return {
    kind: "supervisor",
    path: `${event.supervisor}/${event.child}`,
    type: event.type,
    restarts: child?.restarts ?? 0,
    reason: "reason" in event ? event.reason : null,
    detail: publicContext(event as unknown as Record<string, unknown>)
  }
}

/**
 * Mirrors the registry into NATS: the newest snapshot of each machine in `md_state`, every step in `MD_EVENTS`. The
 * machines only leave a note; everything that waits, waits here, and never for longer than its bounds.
 */
export const makeStateJournal = (options: {
  readonly config: Pick<Config, "instance" | "nats"> & { readonly tick?: Pick<Config["tick"], "replicas"> }
  readonly broker: Pick<Broker, "url" | "whenUp">
  readonly registry: Registry
  readonly nowMs: () => number
  readonly reports: JournalReports
  /**
   * Succeeds when no other daemon has this name: the snapshots lie under the name, and two would write over each
   * other.
   */
  readonly whenAlone?: (connection: NatsConnection) => Effect.Effect<void>
}): StateJournal => {
  const { config, registry, nowMs } = options
  const { instance } = config
  const flushes: Array<Effect.Effect<void>> = []
  const replicas = config.tick?.replicas ?? 1
  const run = randomBytes(6).toString("hex")
  const outbox = new EventOutbox(outboxCapacity)
  const changed = new ChangedKeys()
  const actorOfKey = new Map<string, string>()
  let swept = false
  let isAlone = options.whenAlone === undefined
  let seq = 0
  let current: NatsConnection | undefined
  let opened = Deferred.makeUnsafe<NatsConnection>()

  const forget = () => {
    current = undefined
    isAlone = options.whenAlone === undefined
    opened = Deferred.makeUnsafe()
  }
  const message = (body: EventBody, atMs: number): OutboxMessage => {
    seq++
    return {
      id: `${instance}-${run}-${seq}`,
      subject: subjectOf(body, instance),
      payload: JSON.stringify({ version: 1, instance, run, seq, at: shanghaiIso(atMs), at_ms: atMs, ...body }),
      atMs
    }
  }
  const gapMessage = ({ count, fromMs, toMs }: OutboxGap) =>
    message({ kind: "gap", count, from: shanghaiIso(fromMs), to: shanghaiIso(toMs) }, nowMs())

  const folder = new EventFolder((change, count) =>
    outbox.add(message(transitionOf(change, count), Math.round(change.atMs)))
  )
  registry.onChange((change) => {
    if (change.type === "supervisor") return outbox.add(message(supervisorOf(change), Math.round(change.event.atMs)))
    folder.note(change)
    const key = stateKey(instance, change.actor.actor)
    actorOfKey.set(key, change.actor.actor)
    changed.add(key)
  })

  const valueOf = (key: string): string | undefined => {
    const actor = registry.actor(actorOfKey.get(key) ?? "")
    return actor === undefined ? undefined : JSON.stringify(snapshotOf(instance, actor, nowMs()))
  }
  /**
   * What a previous run of this instance left: its machines are gone, and those that run again are written soon.
   */
  const sweep = (connection: NatsConnection) => (kv: KV) =>
    Effect.suspend(() =>
      swept
        ? Effect.void
        : sweepBucket({
            connection,
            kv,
            bucket: stateBucketName,
            prefix: `${instance}.`,
            isWritten: (key) => actorOfKey.has(key)
          }).pipe(
            Effect.map(() => void (swept = true)),
            Effect.catch((trouble) => Effect.sync(() => options.reports.note(trouble)))
          )
    )
  const reportsOf = (what: string) => ({
    failed: (trouble: JetStreamTrouble) => options.reports.failed(what, trouble),
    worked: () => options.reports.worked(what),
    differs: options.reports.note
  })
  const refresh = Effect.forever(
    Effect.andThen(
      Effect.sleep(snapshotEveryMs),
      Effect.sync(() => {
        for (const key of actorOfKey.keys()) changed.add(key)
      })
    )
  )
  const alone = (connection: NatsConnection) =>
    Effect.suspend(() => (isAlone ? Effect.void : (options.whenAlone?.(connection) ?? Effect.void))).pipe(
      Effect.andThen(Effect.sync(() => void (isAlone = true)))
    )
  const write = (connection: NatsConnection, gapMs: number) =>
    Effect.all(
      [
        refresh,
        runEventStream({
          connection,
          stream: streamShape({ ...eventOptions, replicas }),
          outbox,
          gapMessage,
          reports: reportsOf(eventOptions.name)
        }),
        Effect.andThen(
          alone(connection),
          runStateBucket({
            connection,
            bucket: stateBucketName,
            shape: stateBucket(replicas).shape,
            replicas,
            maxAgeMs: snapshotMaxAgeMs,
            changed,
            valueOf,
            gapMs,
            first: sweep(connection),
            reports: reportsOf(stateBucketName)
          })
        )
      ],
      { concurrency: "unbounded", discard: true }
    )
  /** A daemon whose name another one has leaves its snapshots unwritten. */
  const isWritten = () => outbox.length === 0 && (!isAlone || changed.size === 0)
  const allWritten = Effect.gen(function* () {
    while (!isWritten()) yield* Effect.sleep(5)
  })
  const flush = (connection: NatsConnection) =>
    Effect.raceFirst(write(connection, 0), allWritten).pipe(Effect.interruptible, Effect.timeoutOption(flushMs))

  // Options are made for each attempt: an embedded server's port is known once it runs, and a key file may be a new
  // one.
  const { ops } = config.nats
  const open = Effect.andThen(
    ops?.url === undefined ? options.broker.whenUp : Effect.void,
    Effect.suspend(() =>
      connectNats(
        connectionOf(ops ?? config.nats, { url: ops?.url ?? options.broker.url(), name: `tickd ${instance} control` })
      )
    )
  )
  const close = (connection: NatsConnection) =>
    Effect.promise(() => connection.close().catch(() => undefined)).pipe(
      // Closing waits for a flush, which a server that hangs never answers.
      Effect.interruptible,
      Effect.timeoutOption(1000)
    )

  return {
    body: (ready) =>
      Effect.gen(function* () {
        const connection = yield* Effect.acquireRelease(open, close, { interruptible: true })
        current = connection
        // At once, before any other listener: a closed connection must not be handed out.
        connection.closed().then(forget, forget)
        Deferred.doneUnsafe(opened, Effect.succeed(connection))
        yield* ready
        yield* Effect.addFinalizer(() =>
          Effect.gen(function* () {
            folder.flush()
            for (const before of flushes) yield* before
            if (!connection.isClosed()) yield* flush(connection)
          })
        )
        const closed = Effect.promise(() => connection.closed()).pipe(
          Effect.andThen(
            Effect.fail(
              new JetStreamTrouble({ code: "NATS_CLOSED", message: "The control connection to NATS was closed." })
            )
          )
        )
        return yield* Effect.raceFirst(write(connection, snapshotGapMs), closed)
      }),
    connection: Effect.suspend(() => (current === undefined ? Deferred.await(opened) : Effect.succeed(current))),
    flushWith: (flush) => void flushes.push(flush),
    audit: (entry, hash) => outbox.add(message({ kind: "audit", entry, hash }, nowMs())),
    switched: (record) => outbox.add(message({ kind: "switch", record }, nowMs())),
    waiting: () => outbox.length,
    dropped: () => outbox.dropped
  }
}
