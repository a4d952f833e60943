// The model's world: supervisors with their workers, mailboxes and timers, and the trace of a scenario in it.
import {
  type Child,
  type Dialect,
  type End,
  type Flow,
  Supervisor,
  type Timer,
  type World
} from "./model-supervisor.ts"
import { type Outcome, type Plan, rootName, type Scenario, type Step, type Tree } from "./scenario.ts"

/** Two pauses end at one instant: their sequence is not defined, so the scenario ends before it. */
class Tie extends Error {}

const acts = ({ supervisor: { dead, children }, message: { child, life } }: Timer) =>
  !dead && (child.life === life || children.some(({ state }) => state === "waiting"))

/** All supervisors of a scenario with their workers, mailboxes and timers. */
class Stage implements World {
  nowMs = 0
  timers: Array<Timer> = []
  /** In order of their starts. */
  readonly supervisors: Array<Supervisor> = []
  readonly root: Supervisor
  outcome: End | "notStarted" | undefined
  private readonly alive = new Map<string, readonly [supervisor: Supervisor, child: Child]>()
  private readonly plans = new Map<string, Array<Plan>>()
  private held = false
  private lines: Array<string> = []

  readonly dialect: Dialect

  constructor(dialect: Dialect, tree: Tree) {
    this.dialect = dialect
    this.root = new Supervisor(this, rootName, tree, undefined)
    if (this.root.startFirst().next().value === false) this.outcome = "notStarted"
  }

  *startWorker(supervisor: Supervisor, child: Child): Flow<Outcome> {
    const { id } = child.spec
    const plan = this.plans.get(id)?.shift()
    this.lines.push(`start ${id}`)
    if (plan?.held === true) {
      this.held = true
      while (this.held) yield "held"
    }
    const outcome = plan?.outcome ?? "ok"
    if (outcome === "ok") this.alive.set(id, [supervisor, child])
    return outcome
  }

  stopWorker({ spec: { id } }: Child) {
    if (this.alive.delete(id)) this.lines.push(`stop ${id}`)
  }

  /** Lets every supervisor act until none has work. */
  private settle() {
    for (let acted = true; acted; ) {
      acted = false
      for (const supervisor of this.supervisors) {
        const message = supervisor.current === undefined ? supervisor.mailbox.shift() : undefined
        if (supervisor.dead || (supervisor.current === undefined && message === undefined)) continue
        if (supervisor.current !== undefined && this.held) continue
        if (message !== undefined) supervisor.current = supervisor.handle(message)
        const step = supervisor.current?.next()
        acted = true
        if (step?.done !== true) continue
        supervisor.current = undefined
        if (step.value !== undefined) this.end(supervisor, step.value)
      }
    }
  }

  private end(supervisor: Supervisor, end: End) {
    supervisor.stop()
    const { parent } = supervisor
    if (parent === undefined) {
      this.outcome = end
      return
    }
    const how = end === "gaveUp" && this.dialect.givingUpFails ? "failed" : "normal"
    parent.supervisor.mailbox.push({ type: "ended", child: parent.child, life: parent.life, how })
  }

  apply(step: Step, answer: (code: string) => void) {
    if (step.type === "end") {
      const [supervisor, child] = this.alive.get(step.id) ?? []
      if (supervisor !== undefined && child !== undefined) {
        this.stopWorker(child)
        supervisor.mailbox.push({ type: "ended", child, life: child.life, how: step.how })
      }
    } else if (step.type === "plan") this.plans.set(step.id, [...step.plans])
    else if (step.type === "request") {
      const supervisor = this.supervisors.find(({ name, dead }) => name === step.to && !dead)
      if (supervisor === undefined) answer("SUPERVISOR_NOT_RUNNING")
      else supervisor.mailbox.push({ type: "request", step, answer })
    } else if (step.type === "release") this.held = false
    else for (let passed = 0; passed < step.ms; passed++) this.pass()
    this.settle()
  }

  private pass() {
    const atMs = this.nowMs + 1
    const due = this.timers.filter((timer) => timer.atMs === atMs && acts(timer))
    if (due.length > 1) throw new Tie()
    this.nowMs = atMs
    this.timers = this.timers.filter((timer) => timer.atMs > atMs)
    for (const { supervisor, message } of due) supervisor.mailbox.push(message)
    this.settle()
  }

  /** Undefined: the root is held in a start, so it can neither be stopped nor queried. */
  stop() {
    if (this.root.current === undefined) this.root.stop()
    else this.lines.push("held")
  }

  /** Actions since the last call, and the states of the supervisors. */
  taken(): string {
    const lines = this.lines.splice(0)
    const trees = this.supervisors
      .filter(({ dead, current }) => !dead && current === undefined)
      .map(({ name, children }) => `${name}[${children.map(({ spec, state }) => `${spec.id} ${state}`).join(", ")}]`)
    return [...lines, ...trees.sort(), ...(this.outcome === undefined ? [] : [this.outcome])].join("; ")
  }
}

/**
 * The visible state after the start, after each step and after the stop: starts, stops, children, and at the end the
 * answers.
 */
export const traceOf = (
  scenario: Scenario,
  dialect: Dialect
): { readonly steps: number; readonly trace: ReadonlyArray<string> } => {
  const world = new Stage(dialect, scenario.tree)
  const trace = [world.taken()]
  const answers = new Map<number, string>()
  let steps = 0
  try {
    for (const [at, step] of scenario.steps.entries()) {
      world.apply(step, (code) => void answers.set(at, code))
      trace.push(world.taken())
      steps++
    }
  } catch (tie) {
    if (!(tie instanceof Tie)) throw tie
    world.taken()
    return { steps, trace: [...trace, answersOf(answers)] }
  }
  world.stop()
  trace.push(world.taken(), answersOf(answers))
  return { steps, trace }
}

/** In sequence of the requests. */
export const answersOf = (answers: ReadonlyMap<number, string>) =>
  `answers: ${[...answers]
    .toSorted(([one], [other]) => one - other)
    .map(([at, code]) => `${at} ${code}`)
    .join(", ")}`
