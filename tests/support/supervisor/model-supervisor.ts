// One supervisor of the model: the behaviour of Erlang/OTP's, written from its documentation and the functions of
// supervisor.erl that are named below. It shares no code with actors/. A dialect lists tickd's deliberate differences
// (docs/SUPERVISION.md).
import type { Outcome, Spec, Step, Tree } from "./scenario.ts"

export interface Dialect {
  /** 46: a pause before each restart. OTP restarts at once. */
  readonly pauses: boolean
  /**
   * 31, 55: a sibling that was stopped for a restart waits: it is active, and starts when that restart is cancelled.
   * OTP: it is down.
   */
  readonly siblingsWait: boolean
  /** 54: giving up is a failure. OTP: its reason is shutdown, a normal end. */
  readonly givingUpFails: boolean
}
export const otp: Dialect = { pauses: false, siblingsWait: false, givingUpFails: false }
export const tickd: Dialect = { pauses: true, siblingsWait: true, givingUpFails: true }

type How = "normal" | "failed"
export type Message =
  | { readonly type: "ended"; readonly child: Child; readonly life: number; readonly how: How }
  | { readonly type: "tryAgain"; readonly child: Child; readonly life: number }
  | { readonly type: "pauseEnded"; readonly child: Child; readonly life: number }
  | {
      readonly type: "request"
      readonly step: Extract<Step, { type: "request" }>
      readonly answer: (code: string) => void
    }

export interface Child {
  readonly spec: Spec
  state: "down" | "starting" | "running" | "restarting" | "waiting"
  /** Counts starts and stops. */
  life: number
  supervisor: Supervisor | undefined
}
const childOf = (spec: Spec): Child => ({ spec, state: "down", life: 0, supervisor: undefined })
const isTemporary = ({ spec }: Child) => spec.restart === "temporary"

export type Flow<A> = Generator<"held", A>
export type End = "gaveUp" | "shutDown"

interface Parent {
  readonly supervisor: Supervisor
  readonly child: Child
  readonly life: number
}

export interface Timer {
  readonly atMs: number
  readonly supervisor: Supervisor
  readonly message: Extract<Message, { type: "pauseEnded" }>
}

/** The functions around a supervisor of the model. */
export interface World {
  readonly dialect: Dialect
  readonly nowMs: number
  readonly timers: Array<Timer>
  /** In sequence of their starts. */
  readonly supervisors: Array<Supervisor>
  startWorker(supervisor: Supervisor, child: Child): Flow<Outcome>
  stopWorker(child: Child): void
}

/** One run of a supervisor. */
export class Supervisor {
  children: Array<Child>
  readonly mailbox: Array<Message> = []
  history: Array<number> = []
  dead = false
  current: Flow<End | undefined> | undefined

  readonly world: World
  readonly name: string
  readonly tree: Tree
  readonly parent: Parent | undefined

  constructor(world: World, name: string, tree: Tree, parent: Parent | undefined) {
    this.world = world
    this.name = name
    this.tree = tree
    this.parent = parent
    this.children = tree.children.map(childOf)
  }

  /** init_children/2: in order; a failure stops the running ones, in reverse order. */
  *startFirst(): Flow<boolean> {
    this.world.supervisors.push(this)
    for (const child of this.children.slice())
      if ((yield* this.start(child)) === "failed") {
        this.stop()
        return false
      }
    return true
  }

  /** do_start_child/2; a temporary child without work is not kept (handle_start_child/2, start_children/2). */
  *start(child: Child): Flow<How | undefined> {
    child.life++
    child.state = "starting"
    const { id, tree } = child.spec
    let outcome: Outcome
    if (tree === undefined) outcome = yield* this.world.startWorker(this, child)
    else {
      child.supervisor = new Supervisor(this.world, id, tree, { supervisor: this, child, life: child.life })
      outcome = (yield* child.supervisor.startFirst()) ? "ok" : "fail"
    }
    child.state = outcome === "ok" ? "running" : "down"
    if (outcome === "ignore" && isTemporary(child)) this.remove(child)
    if (outcome === "ok") return undefined
    return outcome === "fail" ? "failed" : "normal"
  }

  remove(child: Child) {
    this.children = this.children.filter((each) => each !== child)
  }

  /** do_terminate/2. */
  stopChild(child: Child) {
    if (child.spec.tree === undefined) this.world.stopWorker(child)
    else child.supervisor?.stop()
    child.life++
    child.state = "down"
  }

  /** terminate/2: in reverse order. Its open requests are answered with its end. */
  stop() {
    if (this.dead) return
    this.dead = true
    for (const child of this.children.toReversed()) this.stopChild(child)
    for (const message of this.mailbox) if (message.type === "request") message.answer("SUPERVISOR_NOT_RUNNING")
  }

  affectedBy(child: Child) {
    if (this.tree.strategy === "one_for_one") return [child]
    return this.tree.strategy === "one_for_all" ? this.children : this.children.slice(this.children.indexOf(child))
  }

  /** terminate_children/2 of restart_multiple_children/3: temporary ones are not kept. */
  takeAlong(child: Child) {
    const affected = [...this.affectedBy(child)]
    for (const each of affected.toReversed()) this.stopChild(each)
    for (const each of affected) if (isTemporary(each)) this.remove(each)
    return affected.filter((each) => !isTemporary(each))
  }

  wait(group: ReadonlyArray<Child>) {
    for (const each of group) each.state = this.world.dialect.siblingsWait ? "waiting" : "down"
  }

  /** start_children/2 of a restart: the failing one is retried, later ones are not reached. */
  *startGroup(group: ReadonlyArray<Child>): Flow<void> {
    this.wait(group)
    for (const child of group) {
      if ((yield* this.start(child)) !== "failed") continue
      child.state = "restarting"
      this.mailbox.push({ type: "tryAgain", child, life: child.life })
      return
    }
  }

  /** restart/2 with add_restart/1: one restart, for any number of siblings. */
  *restart(child: Child): Flow<End | undefined> {
    const { nowMs, dialect } = this.world
    this.history = [...this.history, nowMs].filter((restartMs) => nowMs - restartMs <= this.tree.periodMs)
    if (this.history.length > this.tree.restartsMax) return "gaveUp"
    const group = this.takeAlong(child)
    if (dialect.pauses) {
      this.wait(group)
      child.state = "restarting"
      const atMs = nowMs + this.tree.pauseMs
      this.world.timers.push({ atMs, supervisor: this, message: { type: "pauseEnded", child, life: child.life } })
    } else yield* this.startGroup(group)
    return undefined
  }

  /** tickd 55: siblings of a cancelled restart start without it, unless another restart includes them. */
  *startLeftWaiting(): Flow<void> {
    const taken = this.children.filter(({ state }) => state === "restarting").flatMap((each) => this.affectedBy(each))
    yield* this.startGroup(this.children.filter((each) => each.state === "waiting" && !taken.includes(each)))
  }

  *handle(message: Message): Flow<End | undefined> {
    if (message.type === "request") {
      message.answer(yield* this.carryOut(message.step))
      return undefined
    }
    const { child, life } = message
    if (message.type === "tryAgain") {
      // handle_cast/2 reads the state of the child; with a pause its run counter serves the same purpose, once.
      const stands = this.children.includes(child) && child.state === "restarting"
      if (stands && (child.life === life || !this.world.dialect.pauses)) return yield* this.restart(child)
      yield* this.startLeftWaiting()
      return undefined
    }
    if (message.type === "pauseEnded") {
      yield* child.life === life ? this.startGroup(this.takeAlong(child)) : this.startLeftWaiting()
      return undefined
    }
    if (child.life !== life) return undefined
    return yield* this.ended(child, message.how)
  }

  /** do_restart/3, then do_auto_shutdown/2. */
  *ended(child: Child, how: How): Flow<End | undefined> {
    child.state = "down"
    const { restart, significant } = child.spec
    if (restart === "permanent" || (restart === "transient" && how === "failed")) return yield* this.restart(child)
    if (restart === "temporary") this.remove(child)
    if (!significant || this.tree.autoShutdown === "never") return undefined
    if (this.tree.autoShutdown === "any_significant") return "shutDown"
    return this.children.some(({ spec, state }) => spec.significant && state !== "down") ? undefined : "shutDown"
  }

  /** handle_call/3. */
  *carryOut({ verb, spec }: Extract<Step, { type: "request" }>): Flow<string> {
    const child = this.children.find((each) => each.spec.id === spec.id)
    if (verb === "start_child") {
      if (spec.significant && (this.tree.autoShutdown === "never" || spec.restart === "permanent"))
        return "INVALID_CHILD_SPEC"
      if (child !== undefined) return child.state === "running" ? "ALREADY_STARTED" : "ALREADY_PRESENT"
      const added = childOf(spec)
      this.children.push(added)
      if ((yield* this.start(added)) !== "failed") return "ok"
      this.remove(added)
      return "CHILD_NOT_STARTED"
    }
    if (child === undefined) return "CHILD_NOT_FOUND"
    if (verb === "terminate_child") {
      this.stopChild(child)
      if (isTemporary(child)) this.remove(child)
      return "ok"
    }
    if (child.state === "running") return "CHILD_RUNNING"
    if (child.state === "restarting") return "CHILD_RESTARTING"
    if (verb === "restart_child") return (yield* this.start(child)) === "failed" ? "CHILD_NOT_STARTED" : "ok"
    this.remove(child)
    return "ok"
  }
}
