import type { RegistryChange } from "../../../../actors/runtime/registry.ts"
import { StormFolder, StormFolders } from "../../../kernel/limits/storm-folder.ts"
import { later, monotonicMs } from "../../../platform/process/clock.ts"

export type ActorChange = Extract<RegistryChange, { readonly type: "transition" }>

/**
 * A stream subject keeps 200,000 events: whatever a machine does for the eight days of the stream, its events come more
 * rarely than one each 3.5 s, so that a bad night does not erase its own history.
 */
const paces = {
  /** Steps within one state: a front's link that flaps while the session waits. */
  steady: { burst: 2, everyMs: 1000, mostMs: 8000, regainMs: 4000 },
  /** Steps to another state, which the machine paces by itself; a machine gone wild is folded too. */
  changed: { burst: 20_000, everyMs: 1000, mostMs: 8000, regainMs: 4000 }
}

/**
 * Folds the steps of machines before they are events: in a storm one event stands for the steps of a second, and later
 * of some seconds, with the newest state and their count. The order of the steps of one machine stays.
 */
export class EventFolder {
  private readonly steady: StormFolders<ActorChange>
  private readonly changed: StormFolders<ActorChange>

  /** `report`: `count` steps, of which `change` is the newest; its `from` is where the first of them began. */
  constructor(report: (change: ActorChange, count: number) => void) {
    const folders = (limits: (typeof paces)["steady"]) =>
      new StormFolders<ActorChange>(
        () =>
          new StormFolder({
            limits,
            nowMs: monotonicMs,
            later,
            merge: (waiting, next) => ({ ...next, from: waiting.from }),
            report
          })
      )
    this.steady = folders(paces.steady)
    this.changed = folders(paces.changed)
  }

  note(change: ActorChange): void {
    const { actor, state } = change.actor
    if (change.from === state && !this.changed.isWaiting(actor)) return this.steady.note(actor, change)
    this.steady.flushKey(actor)
    this.changed.note(actor, change)
  }

  /** Reports what waits. */
  flush(): void {
    this.steady.flush()
    this.changed.flush()
  }
}
