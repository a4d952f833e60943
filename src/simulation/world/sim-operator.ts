import type { Dice } from "../faults/dice.ts"
import type { Trace } from "../trace.ts"
import type { World } from "./world.ts"

/** An operator who checks the daemon from time to time and does what it requests. */
export class SimOperator {
  private readonly world: World
  private readonly trace: Trace
  private readonly dice: Dice

  constructor(options: { readonly world: World; readonly trace: Trace; readonly dice: Dice }) {
    this.world = options.world
    this.trace = options.trace
    this.dice = options.dice
  }

  act(nowMs: number): void {
    const { world } = this
    const life = world.life()
    if (life === undefined) return
    if (life.fence.lost() !== undefined) return this.bringBack()
    // No operator works while the market is closed.
    if (world.hours.market.phaseAt(nowMs) === "closed") return
    for (const [at, session] of life.sessions.entries()) {
      if (session.state !== "rejected" && session.state !== "failed") continue
      const feed = life.fronts[at]?.feed ?? ""
      this.trace.note("operator", `asks ${feed} to try again`)
      life.askSession(feed, { type: "RETRY_ASKED" })
    }
  }

  /**
   * A fenced daemon takes the stream back by itself when the other one leaves. Its operator waits, stops the other
   * one, or takes over.
   */
  private bringBack(): void {
    const { world, dice, trace } = this
    const choice = dice.whole(1, 4)
    if (choice <= 2) return
    if (choice === 3) return world.rival.end(true)
    trace.note("operator", "starts the fenced daemon again")
    world.restart({ takeOver: world.rival.isRunning })
  }
}
