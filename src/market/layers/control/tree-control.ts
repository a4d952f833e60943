import { Effect } from "effect"
import { SupervisorControl } from "../../../../actors/runtime/supervisor-control.ts"

/** The entrances to the supervisors of a tree by their names, and what an operator may do through them. */
export const makeTreeControl = () => {
  const controls = new Map<string, SupervisorControl>()
  const restarting = new Set<string>()
  return {
    /** An operator has this child (`<supervisor>/<child>`) restarted now: that it stops says nothing about its supervisor. */
    isRestarting: (path: string): boolean => restarting.has(path),
    /** The entrance to hand to the supervisor of this name. */
    of: (supervisor: string): SupervisorControl => {
      const known = controls.get(supervisor)
      if (known !== undefined) return known
      const made = new SupervisorControl()
      controls.set(supervisor, made)
      return made
    },
    /** `path`: `<supervisor>/<child>`. Rejects with `SupervisorRefused`. */
    restartChild: (path: string): Promise<void> => {
      const [supervisor = "", child = ""] = path.split("/").slice(-2)
      const control = controls.get(supervisor) ?? new SupervisorControl()
      const name = `${supervisor}/${child}`
      restarting.add(name)
      return Effect.runPromise(
        Effect.ensuring(
          Effect.andThen(control.terminateChild(child), control.restartChild(child)),
          Effect.sync(() => restarting.delete(name))
        )
      )
    }
  }
}
