// Scenarios for a supervisor: a tree, and its events. A seed gives one scenario, the same each time.
import { fractionsOf } from "../seeded-random.ts"

type Strategy = "one_for_one" | "one_for_all" | "rest_for_one"
type Restart = "permanent" | "transient" | "temporary"
type AutoShutdown = "never" | "any_significant" | "all_significant"

export interface Tree {
  readonly strategy: Strategy
  readonly restartsMax: number
  readonly periodMs: number
  readonly autoShutdown: AutoShutdown
  /** The pause before each restart. Different pauses avoid two supervisors that act at one instant. */
  readonly pauseMs: number
  readonly children: ReadonlyArray<Spec>
}
/** A worker, or a supervisor when it has a tree. Ids differ in the whole scenario. */
export interface Spec {
  readonly id: string
  readonly restart: Restart
  readonly significant: boolean
  readonly tree?: Tree
}
/** Result of a worker's start. `ignore`: it ends without a failure before it is ready. */
export type Outcome = "ok" | "fail" | "ignore"
export interface Plan {
  readonly outcome: Outcome
  /** The start waits for the step `release`, and its supervisor with it: events meanwhile are queued. */
  readonly held: boolean
}
type Verb = "start_child" | "terminate_child" | "restart_child" | "delete_child"

export type Step =
  | { readonly type: "end"; readonly id: string; readonly how: "normal" | "failed" }
  /** Outcomes of the next starts of a worker; after them every start succeeds. */
  | { readonly type: "plan"; readonly id: string; readonly plans: ReadonlyArray<Plan> }
  | { readonly type: "request"; readonly to: string; readonly verb: Verb; readonly spec: Spec }
  | { readonly type: "release" }
  | { readonly type: "wait"; readonly ms: number }

export interface Scenario {
  readonly tree: Tree
  readonly steps: ReadonlyArray<Step>
}

export const rootName = "root"

/** `timeless`: no step waits and no restart expires, as the run against Erlang needs it. */
export const scenarioOf = (seed: number, timeless = false): Scenario => {
  const next = fractionsOf(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <A>(...list: readonly [A, ...Array<A>]): A => list[below(list.length)] ?? list[0]
  const chance = (share: number) => next() < share
  const trees = new Map<string, Tree>()
  const known = new Map<string, Spec>()

  const specOf = (id: string, autoShutdown: AutoShutdown, depth: number): Spec => {
    const tree = chance(depth === 0 ? 0.3 : 0.1) && depth < 2 ? treeOf(id, depth + 1) : undefined
    const significant = autoShutdown !== "never" && chance(0.6)
    const restart = significant
      ? pick<Restart>("transient", "temporary")
      : pick<Restart>("permanent", "permanent", "transient", "temporary")
    const spec: Spec = tree === undefined ? { id, restart, significant } : { id, restart, significant, tree }
    known.set(id, spec)
    return spec
  }

  const treeOf = (name: string, depth: number): Tree => {
    const autoShutdown = pick<AutoShutdown>("never", "never", "any_significant", "all_significant")
    const count = chance(0.05) ? 0 : 1 + below(depth === 0 ? 5 : 3)
    const prefix = name === rootName ? "c" : `${name}_`
    const children = Array.from({ length: count }, (_, at) => specOf(`${prefix}${at}`, autoShutdown, depth))
    const tree: Tree = {
      strategy: pick<Strategy>("one_for_one", "one_for_all", "rest_for_one"),
      restartsMax: pick(0, 1, 2, 3, 5, 8, 8),
      periodMs: timeless ? 3_600_000 : pick(3, 6, 12, 1000),
      autoShutdown,
      pauseMs: depth === 0 ? 2 : 1,
      children
    }
    trees.set(name, tree)
    return tree
  }

  const tree = treeOf(rootName, 0)

  const request = (): Step => {
    const [to, { autoShutdown }] = chance(0.5) ? ([rootName, tree] as const) : pick(...([...trees] as [[string, Tree]]))
    const verb = pick<Verb>("start_child", "start_child", "terminate_child", "restart_child", "delete_child")
    const prefix = to === rootName ? "c" : `${to}_`
    const ids = [...known.keys()].filter((id) => /^\d+$/.test(id.slice(prefix.length)) && id.startsWith(prefix))
    const id = chance(verb === "start_child" ? 0.4 : 0.9)
      ? (ids[below(ids.length)] ?? `${prefix}0`)
      : `${prefix}${below(7)}`
    const spec = known.get(id) ?? specOf(id, autoShutdown, trees.size > 3 || to !== rootName ? 2 : 1)
    // A refused specification: significant in a supervisor without auto-shutdown, or permanent.
    if (verb === "start_child" && chance(0.05))
      return { type: "request", to, verb, spec: { ...spec, significant: true, restart: "permanent" } }
    return { type: "request", to, verb, spec }
  }

  const step = (): Step => {
    const workers = [...known.values()].filter((spec) => spec.tree === undefined)
    const id = (workers[below(workers.length)] ?? { id: "c0" }).id
    const toss = next() * (timeless ? 0.86 : 1)
    if (toss < 0.36) return { type: "end", id, how: chance(0.7) ? "failed" : "normal" }
    if (toss < 0.52) {
      // Only a child of the root is held: no other supervisor stops the root meanwhile.
      const mayHold = !id.includes("_")
      const plans = Array.from({ length: 1 + below(3) }, () => ({
        outcome: pick<Outcome>("ok", "fail", "fail", "ignore"),
        held: mayHold && chance(0.5)
      }))
      return { type: "plan", id, plans }
    }
    if (toss < 0.78) return request()
    if (toss < 0.86) return { type: "release" }
    return { type: "wait", ms: pick(1, 1, 2, 3, 6) }
  }

  const steps = Array.from({ length: 4 + below(18) }, step)
  return { tree, steps }
}

const describeSpec = ({ id, restart, significant, tree }: Spec): string =>
  `${id} ${restart}${significant ? " significant" : ""}${tree === undefined ? "" : ` ${describeTree(tree)}`}`

const describeTree = ({ strategy, restartsMax, periodMs, autoShutdown, pauseMs, children }: Tree): string =>
  `[${strategy}, ${restartsMax} restarts in ${periodMs} ms, ${autoShutdown}, pause ${pauseMs} ms: ${children.map(describeSpec).join("; ")}]`

const describeStep = (step: Step): string => {
  switch (step.type) {
    case "end":
      return `${step.id} ends, ${step.how}`
    case "plan":
      return `next starts of ${step.id}: ${step.plans.map(({ outcome, held }) => (held ? `held, then ${outcome}` : outcome)).join(", ")}`
    case "request":
      return `${step.verb} of ${step.to}: ${step.verb === "start_child" ? describeSpec(step.spec) : step.spec.id}`
    case "wait":
      return `${step.ms} ms pass`
    case "release":
      return "the held start goes on"
  }
}

/** One line for each step, the tree first; printed beside a trace with the same number of entries. */
export const describeScenario = ({ tree, steps }: Scenario): ReadonlyArray<string> => [
  `${rootName} ${describeTree(tree)}`,
  ...steps.map(describeStep),
  "the root is stopped"
]

/** The shortest scenario that still fails: removes steps and children while it does. */
export const shrink = async (
  scenario: Scenario,
  fails: (scenario: Scenario) => Promise<boolean>
): Promise<Scenario> => {
  let smallest = scenario
  const attempt = async (smaller: Scenario) => {
    if (!(await fails(smaller))) return false
    smallest = smaller
    return true
  }
  for (let shorter = true; shorter; ) {
    shorter = false
    for (let at = smallest.steps.length - 1; at >= 0; at--)
      shorter = (await attempt({ ...smallest, steps: smallest.steps.toSpliced(at, 1) })) || shorter
    for (let at = smallest.tree.children.length - 1; at >= 0; at--) {
      const children = smallest.tree.children.toSpliced(at, 1)
      shorter = (await attempt({ ...smallest, tree: { ...smallest.tree, children } })) || shorter
    }
  }
  return smallest
}
