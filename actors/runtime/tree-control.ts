import { Effect } from "effect"
import { SupervisorControl } from "./supervisor-control.ts"
import type { SupervisorRefused } from "./supervisor-error.ts"

/** The entrances to the supervisors of a tree by their names, and what an operator may do through them. */
export const makeTreeControl = () => {
  const controls = new Map<string, SupervisorControl>()
  const restarting = new Set<string>()
  return {
    /** An operator has this child (`<supervisor>/<child>`) restarted now: its stop is no fault of its supervisor. */
    isRestarting: (path: string): boolean => restarting.has(path),
    /** The entrance to give to the supervisor of this name. */
    of: (supervisor: string): SupervisorControl => {
      const known = controls.get(supervisor)
      if (known !== undefined) return known
      const made = new SupervisorControl()
      controls.set(supervisor, made)
      return made
    },
    /** `path`: `<supervisor>/<child>`. */
    restartChild: (path: string): Effect.Effect<void, SupervisorRefused> =>
      Effect.suspend(() => {
        const [supervisor = "", child = ""] = path.split("/").slice(-2)
        const control = controls.get(supervisor) ?? new SupervisorControl()
        const name = `${supervisor}/${child}`
        restarting.add(name)
        return Effect.andThen(control.terminateChild(child), control.restartChild(child)).pipe(
          Effect.ensuring(Effect.sync(() => restarting.delete(name)))
        )
      })
  }
}
