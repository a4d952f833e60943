import { Clock, Effect } from "effect"
import { controlError, refuse } from "../../protocol/control/control.ts"

/** Answer to a command whose result is a sentence. */
interface DoneMessage {
  readonly version: 1
  readonly instance: string
  readonly id: string
  readonly at: string
  readonly done: string
}

/** Pause before a carrier is restarted; the reply is with the server long before. */
const replyAheadMs = 200

/** The children that a name means: the whole path, as `tree` counts it, or an id that the tree may show. */
const childrenNamed = (name: string, paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.includes(name) ? [name] : paths.filter((path) => path.endsWith(`/${name}`))

/** The commands that concern the process itself, whatever its role: a child of the tree, its log, its end. */
export const makeDaemonCommands = (options: {
  readonly instance: string
  readonly timeText: (epochMs: number) => string
  readonly children: () => ReadonlyArray<string>
  /** Children that the reply travels over: it is sent before they are restarted. */
  readonly carriers: ReadonlySet<string>
  /** Stops a child of the tree and starts it again; succeeds once it serves. */
  readonly restartChild: (path: string) => Effect.Effect<void, { readonly message: string }>
  /** A restart that was answered before it was done has failed. */
  readonly onLateFailure: (child: string, why: string) => void
  readonly setLogLevel: (level: "DEBUG" | "INFO" | "WARNING" | "ERROR") => void
  /** Begins the same stop as SIGTERM, and returns. */
  readonly drain: () => void
}) => {
  const { instance } = options
  const performed = (id: string, done: string) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const reply: DoneMessage = { version: 1, instance, id, at: options.timeText(nowMs), done }
      return { reply, done }
    })
  const restart = ({ child: name }: { readonly child: string }, id: string) => {
    const known = options.children()
    const [child, ...others] = childrenNamed(name, known)
    if (child === undefined) {
      return refuse("UNKNOWN_CHILD", `${instance} has no child ${JSON.stringify(name)}: it has ${known.join(", ")}.`)
    }
    if (others.length > 0) {
      return refuse(
        "UNKNOWN_CHILD",
        `${instance} has several children named ${name}: name one of ${[child, ...others].join(", ")}.`
      )
    }
    const again = options.restartChild(child)
    if (!options.carriers.has(child)) {
      return Effect.succeed(
        again.pipe(
          Effect.mapError(({ message }) => controlError("NOT_NOW", `${child} was not restarted: ${message}`)),
          Effect.andThen(performed(id, `${child} was stopped and serves again`))
        )
      )
    }
    const afterwards = Effect.sleep(replyAheadMs).pipe(
      Effect.andThen(again),
      Effect.catch(({ message }) => Effect.sync(() => options.onLateFailure(child, message)))
    )
    const begun = performed(id, `${child} is stopped and started again now: the answer would not outlive it`)
    return Effect.succeed(Effect.map(begun, (answer) => ({ ...answer, afterwards })))
  }
  return {
    performed,
    restart,
    "log-level": ({ level }: { readonly level: "DEBUG" | "INFO" | "WARNING" | "ERROR" }, id: string) =>
      Effect.succeed(
        Effect.suspend(() => {
          options.setLogLevel(level)
          return performed(id, `the log begins at ${level} until the daemon ends`)
        })
      ),
    drain: (_request: unknown, id: string) =>
      Effect.succeed(
        Effect.suspend(() => {
          options.drain()
          return performed(id, `${instance} drains and ends`)
        })
      )
  }
}
