import { Effect } from "effect"
import { Command } from "effect/cli"
import type { TreeChild, TreeReply } from "../protocol/control/state.ts"
import { marketCommands } from "../protocol/market/commands.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present } from "./invocation.ts"
import { instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"
import { folded, type Paint, paintOf } from "./terminal/layout.ts"
import { noTerminal, type Screen } from "./terminal/screen.ts"

/** `1d 02h`, `3h 07m`, `12m 05s`, `8s`. */
export const ageText = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const two = (value: number) => String(value).padStart(2, "0")
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60
  ]
  if (days > 0) return `${days}d ${two(hours)}h`
  if (hours > 0) return `${hours}h ${two(minutes)}m`
  return minutes > 0 ? `${minutes}m ${two(seconds % 60)}s` : `${seconds}s`
}

const namesOf = (child: TreeChild): readonly [parent: string, id: string] => {
  const parts = child.path.split("/")
  return [parts.at(-2) ?? "", parts.at(-1) ?? ""]
}

const cellsOf = (child: TreeChild, paint: Paint): ReadonlyArray<string> => {
  const state = child.machine === null ? child.state : `${child.state}, ${child.machine.state}`
  return [
    child.state === "running" ? state : paint.bad(state),
    child.uptime_ms > 0 ? `up ${ageText(child.uptime_ms)}` : "",
    child.restarts > 0 ? `restarts ${child.restarts}` : "",
    child.restarts > 0 && child.last_reason !== null ? `last: ${child.last_reason}` : ""
  ]
}

/** The tree with lines, children under their supervisor in the order in which they started. */
export const renderTree = (reply: TreeReply, screen: Screen = noTerminal): string => {
  const paint = paintOf(screen)
  const under = new Map<string, Array<TreeChild>>()
  const ids = new Set<string>()
  for (const child of reply.children) {
    const [parent, id] = namesOf(child)
    ids.add(id)
    under.set(parent, [...(under.get(parent) ?? []), child])
  }
  const rows: Array<readonly [head: string, cells: ReadonlyArray<string>]> = []
  const walk = (parent: string, indent: string) => {
    const children = under.get(parent) ?? []
    for (const [index, child] of children.entries()) {
      const last = index === children.length - 1
      const [, id] = namesOf(child)
      rows.push([`${indent}${last ? "└─" : "├─"} ${id}`, cellsOf(child, paint)])
      walk(id, `${indent}${last ? "   " : "│  "}`)
    }
  }
  const roots = [...under.keys()].filter((parent) => !ids.has(parent))
  for (const root of roots) {
    rows.push([root, [`up ${ageText(reply.uptime_ms)}`, `restarts ${reply.restarts}`, reply.instance]])
    walk(root, "")
  }
  const width = Math.max(0, ...rows.map(([head]) => head.length)) + 2
  return rows
    .map(([head, cells]) => folded(head.padEnd(width) + cells.filter((cell) => cell !== "").join("  "), screen, width))
    .join("\n")
}

const isAway = ({ state }: TreeChild) => state !== "running"
const nextOf = ({ children }: TreeReply): string => {
  const away = children.find(isAway) ?? children.find(({ restarts }) => restarts > 0)
  return away === undefined ? "" : `tickd history ${away.path.split("/").slice(-2).join("/")}`
}

/** `tickd tree`: the supervision tree of a running daemon. */
export const command = Command.make(
  "tree",
  { json: jsonFlag, server: serverFlag, instance: instanceFlag },
  ({ json }) =>
    Effect.gen(function* () {
      const reply = yield* (yield* DaemonClient).ask(marketCommands.tree, {})
      yield* present(json, reply, renderTree, nextOf)
    })
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Show the supervision tree of a running daemon: states, restarts, uptime")
)
