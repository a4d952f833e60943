import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import type { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import {
  type ControlEvent,
  controlKind,
  decodeControl,
  slot,
  slotBytes
} from "../../src/market/adapters/ctp/ring-layout.ts"
import { createRing, type SharedRing } from "../../src/market/adapters/ctp/shared-ring.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
export const nativeFile = (name: string) => join(root, ".build", "native", name)
export const simLibrary = (variant: string) => nativeFile(`libtickd_sim_md_${variant}.so`)
/** The families of the vendor's market-data library, each built with the table size of the real one. */
export const families = ["63", "6315", "65"] as const
/** The simulated library of tests that need only one: `VENDOR_FAMILY` runs them with another family. */
export const usualLibrary = (() => {
  const family = process.env["VENDOR_FAMILY"] ?? "65"
  const known: ReadonlyArray<string> = families
  if (!known.includes(family)) throw new Error(`VENDOR_FAMILY is "${family}": give one of ${families.join(", ")}`)
  return simLibrary(family)
})()

/** Compiles outdated files. */
export const buildNative = () =>
  execFileSync("bash", [join(root, "src/market/adapters/ctp/native/build.sh")], { stdio: "pipe" })

/** Collects the content of a ring, in sequence: control events decoded, ticks as copies of their slots. */
export class RingLog {
  readonly ring: SharedRing
  readonly events: Array<ControlEvent> = []
  readonly ticks: Array<DataView> = []
  /** Kinds of all slots in ring order, to check their sequence. */
  readonly order: Array<number> = []

  constructor(ring: SharedRing) {
    this.ring = ring
  }

  drain(): void {
    do {
      for (const head = this.ring.head(); this.ring.tail() < head; this.ring.setTail(this.ring.tail() + 1)) {
        const at = this.ring.slotOffset(this.ring.tail())
        const number = this.ring.u32[(at + slot.kind) / 4] as number
        this.order.push(number)
        if (number === controlKind.tick) this.ticks.push(new DataView(this.ring.bytes.slice(at, at + slotBytes).buffer))
        else this.events.push(decodeControl(this.ring.bytes, at))
      }
    } while (!this.ring.sleep())
  }

  seqs(): Array<number> {
    return this.ticks.map((tick) => Number(tick.getBigUint64(slot.seq, true)))
  }

  of<K extends ControlEvent["kind"]>(kind: K): Array<Extract<ControlEvent, { readonly kind: K }>> {
    return this.events.filter((event) => event.kind === kind) as Array<Extract<ControlEvent, { readonly kind: K }>>
  }
}

export const makeRing = (capacity = 1024, startAt = 0) => Effect.runSync(createRing({ capacity, startAt }))

/** Waits for real processes. The limit is generous, because other work shares the machine. */
export const until = async (what: string, met: () => boolean, milliseconds = 20_000): Promise<void> => {
  for (const end = Date.now() + milliseconds; !met(); ) {
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain for: ${what}`)
    await new Promise((resume) => setTimeout(resume, 5))
  }
}

export interface WorkerOptions {
  readonly library?: string
  readonly front?: string
  readonly flow?: string
  readonly env?: Readonly<Record<string, string>>
  /** The test reads with `log.drain()`; the doorbell is not answered. */
  readonly manual?: boolean
}

export interface Worker {
  readonly child: ChildProcess
  readonly log: RingLog
  readonly send: (...fields: ReadonlyArray<string>) => void
  readonly stderr: () => string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Starts workers and rings of one test file; `stopAll` ends each of them. */
export class WorkerYard {
  private readonly stops: Array<() => void> = []

  folder(): string {
    const path = mkdtempSync(join(tmpdir(), "tickd-native-"))
    this.stops.push(() => rmSync(path, { recursive: true, force: true }))
    return path
  }

  start(log: RingLog, options: WorkerOptions): Worker {
    const child = spawn(
      nativeFile("tickd-feed-worker"),
      [
        `--library=${options.library ?? usualLibrary}`,
        `--flow=${options.flow ?? this.folder()}`,
        `--front=${options.front ?? "tcp://127.0.0.1:1"}`
      ],
      { stdio: ["pipe", "pipe", "pipe", "pipe", log.ring.fd], env: { ...process.env, ...options.env } }
    )
    this.stops.push(() => child.kill("SIGKILL"))
    let stderr = ""
    child.stderr?.on("data", (text: Buffer) => {
      stderr += text.toString()
    })
    child.stdin?.on("error", () => {})
    const doorbell = child.stdio[3] as Socket
    doorbell.on("error", () => {})
    if (options.manual !== true) doorbell.on("data", () => log.drain())
    const exited = new Promise<{ code: number | null; signal: string | null }>((resume) => {
      child.on("close", (code, signal) => resume({ code, signal }))
    })
    return {
      child,
      log,
      send: (...fields) => child.stdin?.write(`${fields.join("\t")}\n`),
      stderr: () => stderr,
      exited
    }
  }

  stopAll(): void {
    for (const stop of this.stops.splice(0).toReversed()) stop()
  }
}
