import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { StateReply, StateSnapshot } from "../protocol/control/state.ts"
import { type Handler, instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"

/** Which daemon is meant, and where its NATS server is. */
export interface DaemonQuery {
  readonly server: Option.Option<string>
  readonly instance: Option.Option<string>
}

export interface StateQuery extends DaemonQuery {
  readonly actor: Option.Option<string>
}

export interface StateWatch extends StateQuery {
  readonly json: boolean
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** What the context says and is worth a line: what is empty, zero or unset is not. */
const contextText = (context: Readonly<Record<string, unknown>>): string =>
  Object.entries(context)
    .filter(([, value]) => value !== null && value !== 0 && value !== "" && value !== false)
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join("  ")

/** An event as people say it: XState's names of its own events are addresses. */
export const eventName = (event: string): string =>
  event === "xstate.init" ? "start" : event.replace(/^xstate\.after\.([^.]+)\..*$/, "$1 over")

const clock = (iso: string): string => iso.slice(11, 23)
const day = (iso: string): string => iso.slice(0, 10)

/** One machine on one line: where it stands, since when, and why. */
const renderSnapshot = (snapshot: StateSnapshot): string =>
  [
    snapshot.actor.padEnd(20),
    snapshot.state.padEnd(17),
    `since ${day(snapshot.since)} ${clock(snapshot.since)}`,
    `last ${eventName(snapshot.last_event)}`.padEnd(24),
    `steps ${snapshot.transitions}`,
    `restarts ${snapshot.restarts}`,
    contextText(snapshot.context)
  ]
    .join("  ")
    .trimEnd()

/** One change of a watched machine on one line; `gone`: its daemon has not vouched for it for minutes. */
export const renderChange = (snapshot: StateSnapshot, gone = false): string =>
  `${clock(snapshot.at)}  ${snapshot.actor.padEnd(20)}  ${(gone ? `gone (${snapshot.state})` : snapshot.state).padEnd(17)}  ${eventName(snapshot.last_event)}  ${contextText(snapshot.context)}`.trimEnd()

const renderStates = (reply: StateReply): string =>
  [`${reply.instance} at ${day(reply.at)} ${clock(reply.at)}`, ...reply.actors.map(renderSnapshot)].join("\n")

export const actorArgument = (description: string) =>
  Argument.String("actor").pipe(Argument.withDescription(description))

/** `tickd state`: the machines of a running daemon. */
export const stateCommand = <E1, R1, E2, R2>(
  ask: (query: StateQuery) => Effect.Effect<StateReply, E1, R1>,
  watch: Handler<StateWatch, E2, R2>
) =>
  Command.make(
    "state",
    {
      actor: actorArgument("Machine, e.g. session-primary (default: all)").pipe(Argument.optional),
      json: jsonFlag,
      watch: Flag.Boolean("watch").pipe(
        Flag.withDescription("Go on and print each change, a line each; ends with Ctrl-C"),
        Flag.withDefault(false)
      ),
      server: serverFlag,
      instance: instanceFlag
    },
    ({ watch: goOn, json, ...query }): Effect.Effect<void, E1 | E2, R1 | R2> =>
      goOn
        ? watch({ ...query, json })
        : Effect.flatMap(ask(query), (reply) =>
            Console.log(
              json ? JSON.stringify(Option.isSome(query.actor) ? reply.actors[0] : reply) : renderStates(reply)
            )
          )
  ).pipe(Command.withDescription("Show where each state machine of a running daemon stands, since when and why"))
