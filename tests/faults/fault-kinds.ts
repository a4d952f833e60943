import type { TcpProxy } from "../support/nats-proxy.ts"

/** Parts that a fault may affect: the server's process and the network to it. */
interface Target {
  readonly serverPid: () => number
  readonly proxy: TcpProxy
  /** Ends the server by a signal and starts it again after a pause, on its store or on an empty one. */
  readonly restartServer: (signal: "SIGKILL" | "SIGTERM", awayMs: number, empty: boolean) => Promise<void>
  readonly wait: (ms: number) => Promise<void>
}

/** One fault of brokers and networks. `apply` returns when it has ended. */
export interface FaultKind {
  readonly name: string
  readonly what: string
  /** Confirmed ticks are lost with the store: they are counted as gone, and no policy can restore them. */
  readonly storeGoes?: boolean
  readonly apply: (target: Target) => Promise<void>
}

/** Longer than the publisher's timeout for an unanswered message, so that it has to act. */
const stalledMs = 8000
/** The load fills queue and ring after about 12 s. */
const overflowMs = 15_000

export const faultKinds: ReadonlyArray<FaultKind> = [
  {
    name: "kill -9",
    what: "the server is killed and starts again on its store after 3 s",
    apply: (target) => target.restartServer("SIGKILL", 3000, false)
  },
  {
    name: "SIGTERM",
    what: "the server is stopped and starts again on its store after 3 s",
    apply: (target) => target.restartServer("SIGTERM", 3000, false)
  },
  {
    name: "SIGSTOP",
    what: `the server stands still for ${stalledMs / 1000} s and goes on`,
    apply: async ({ serverPid, wait }) => {
      const pid = serverPid()
      process.kill(pid, "SIGSTOP")
      await wait(stalledMs)
      process.kill(pid, "SIGCONT")
    }
  },
  {
    name: "connection reset",
    what: "every connection is reset, five times within 2 s",
    apply: async ({ proxy, wait }) => {
      for (let count = 0; count < 5; count++) {
        proxy.resetAll()
        await wait(400)
      }
    }
  },
  {
    name: "blackhole",
    what: `nothing passes in either direction for ${stalledMs / 1000} s, and no connection is closed`,
    apply: async ({ proxy, wait }) => {
      proxy.blackhole(true)
      await wait(stalledMs)
      proxy.blackhole(false)
      proxy.resetAll()
    }
  },
  {
    name: "half-open link",
    what: `messages arrive and are stored, answers do not come back, for ${stalledMs / 1000} s`,
    apply: async ({ proxy, wait }) => {
      proxy.deafen(true)
      await wait(stalledMs)
      proxy.deafen(false)
      proxy.resetAll()
    }
  },
  {
    name: "long outage",
    what: `the server is away for ${overflowMs / 1000} s, longer than queue and ring last`,
    apply: (target) => target.restartServer("SIGKILL", overflowMs, false)
  },
  {
    name: "empty store",
    what: "the server is killed and starts again after 3 s with nothing in its store",
    storeGoes: true,
    apply: (target) => target.restartServer("SIGKILL", 3000, true)
  }
]
