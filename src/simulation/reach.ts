import { assign } from "xstate"
import { machineCatalogue } from "../../machines/catalogue.ts"
import { listTransitions } from "../../machines/transition-list.ts"
import { allFaultKinds } from "./faults/faults.ts"
import type { SeedResult } from "./run-seed.ts"
import { runbookFaultKinds } from "./runbook/runbook-faults.ts"
import { tradeFaultKinds } from "./trading/faults/trade-faults.ts"

/** What a seed runs: the daemon of the market, runbooks, or the daemon of trading. */
export type SeedWorld = "daemon" | "runbooks" | "trading"

/** Machines of the other worlds: seeds of their own run them. */
const others: Readonly<Record<string, SeedWorld>> = {
  "runbook-machine": "runbooks",
  "drill-machine": "runbooks",
  "order-machine": "trading"
}
/** Machines that no seed runs: the repair children do nothing in the simulated tree. */
const leftOut: ReadonlySet<string> = new Set(["repair-machine"])

/** By machine and transition. */
type Taken = Record<string, number>

const keyOf = (machine: string, transition: string) => `${machine}: ${transition}`

/**
 * Counts each transition of any machine in this process from now on. Returns a function that reads and resets the
 * counts.
 */
export const watchTransitions = (): (() => Taken) => {
  let taken: Taken = {}
  for (const [name, machine] of Object.entries(machineCatalogue)) {
    for (const { key, definition } of listTransitions(machine)) {
      const full = keyOf(name, key)
      // An assign runs inside the step, so it counts only transitions that were really taken.
      const count = assign(() => {
        taken[full] = (taken[full] ?? 0) + 1
        return {}
      })
      Object.assign(definition, { actions: [...definition.actions, count] })
    }
  }
  return () => {
    const before = taken
    taken = {}
    return before
  }
}

/** What a run of many seeds has covered, and what not. */
export interface Reach {
  readonly faults: Readonly<Record<string, number>>
  readonly machines: ReadonlyArray<{
    readonly machine: string
    readonly transitions: number
    readonly taken: number
    /** Transitions that no seed has taken, and those taken fewer than ten times. */
    readonly never: ReadonlyArray<string>
    readonly rare: ReadonlyArray<string>
  }>
  readonly leftOut: ReadonlyArray<string>
}

/** Every kind of fault that seeds of this world draw. */
export const faultNames = (world: SeedWorld): ReadonlyArray<string> =>
  world === "runbooks"
    ? runbookFaultKinds
    : (world === "trading" ? tradeFaultKinds : allFaultKinds).map(({ name }) => name)

/** A count below this in all seeds is rare. */
const rareBelow = 10

export const reachOf = (results: ReadonlyArray<SeedResult>, world: SeedWorld): Reach => {
  const faults: Record<string, number> = {}
  const taken: Taken = {}
  for (const name of faultNames(world)) faults[name] = 0
  for (const result of results) {
    for (const [name, count] of Object.entries(result.faults)) faults[name] = (faults[name] ?? 0) + count
    for (const [key, count] of Object.entries(result.transitions ?? {})) taken[key] = (taken[key] ?? 0) + count
  }
  const machines = Object.entries(machineCatalogue).flatMap(([machine, definition]) => {
    if (leftOut.has(machine) || (others[machine] ?? "daemon") !== world) return []
    const counted = listTransitions(definition).map(({ key, state, event, guard, target }) => ({
      count: taken[keyOf(machine, key)] ?? 0,
      name: `${state}: ${event}${guard === "" ? "" : ` [${guard}]`}${target === "" ? "" : ` → ${target}`}`
    }))
    const named = (holds: (count: number) => boolean) =>
      counted.filter(({ count }) => holds(count)).map(({ name }) => name)
    return {
      machine,
      transitions: counted.length,
      taken: counted.filter(({ count }) => count > 0).length,
      never: named((count) => count === 0),
      rare: named((count) => count > 0 && count < rareBelow)
    }
  })
  return { faults, machines, leftOut: [...leftOut] }
}

/** For a terminal and for docs/SIMULATION.md. */
export const reachText = ({ faults, machines, leftOut: without }: Reach): string => {
  const kinds = Object.entries(faults).sort(([, a], [, b]) => a - b)
  const list = (names: ReadonlyArray<string>) =>
    names.length === 0 ? "none" : names.map((name) => `\`${name}\``).join("; ")
  return [
    `Fault kinds never drawn: ${list(kinds.filter(([, count]) => count === 0).map(([name]) => name))}.`,
    `Rarest: ${kinds
      .filter(([, count]) => count > 0)
      .slice(0, 8)
      .map(([name, count]) => `\`${name}\` ${count}`)
      .join(", ")}.`,
    "",
    "| machine | transitions | taken | never taken | fewer than ten times |",
    "|---|--:|--:|---|---|",
    ...machines.map(
      ({ machine, transitions, taken, never, rare }) =>
        `| ${machine} | ${transitions} | ${taken} | ${list(never)} | ${list(rare)} |`
    ),
    "",
    `Not in the simulation: ${list(without)}.`
  ].join("\n")
}
