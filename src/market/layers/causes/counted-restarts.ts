import type { LastingOptions } from "../../../../actors/market/lasting-child.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import { errorText } from "../../../kernel/error-text.ts"

/**
 * A child that waits for its cause is started again without its supervisor. Its restarts are counted and kept like
 * those of every other child, without a limit. The wait board writes the sentence into the log.
 */
export const countedRestarts =
  (registry: Pick<Registry, "noteSupervisor">, nowMs: () => number) =>
  (child: string): Required<Pick<LastingOptions, "onLost" | "onBack">> => {
    const at = () => ({ supervisor: "root", child, atMs: nowMs() })
    return {
      onLost: ({ error, servedMs, inMs, losses }) => {
        const limits = { restarts: losses, restartsMax: 0, periodMs: 0 }
        const cause = { how: "failed", reason: errorText(error), chain: [], lastState: "running", servedMs } as const
        registry.noteSupervisor({ type: "restarting", ...at(), ...cause, ...limits, inMs, next: [child] })
      },
      onBack: (losses) => registry.noteSupervisor({ type: "ready", ...at(), generation: losses + 1 })
    }
  }
