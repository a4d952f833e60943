import { Context, Effect, Exit } from "effect"
import { newYorkTradingDay } from "../../../kernel/calendar/new-york.ts"
import { Arming } from "../../../trading/ports/arming.ts"
import { Reconciler } from "../../../trading/ports/reconciler.ts"
import { Safety } from "../../../trading/ports/safety.ts"
import type { BreakerScope } from "../../../trading/ports/safety-state.ts"
import { LimitBook } from "../../../trading/ports/trade-conditions.ts"
import type { Dice } from "../../faults/dice.ts"
import type { GateWitness } from "../witnesses/gate-witness.ts"
import type { TradeRun, TradeWorld } from "./trade-world.ts"

const lookEveryMs = 8000
const reason = "an operator of the simulation has looked at it"

type Call<E> = (run: TradeRun) => Effect.Effect<unknown, E>

/** The operators: one on duty who brings trading back, and others who come between. */
export class Operators {
  /** In the calm every look repairs; before it only some do. */
  isDiligent = false
  private isGoing = true
  private readonly world: TradeWorld
  private readonly gate: GateWitness
  private readonly dice: Dice

  constructor(world: TradeWorld, gate: GateWitness, dice: Dice) {
    this.world = world
    this.gate = gate
    this.dice = dice
    const again = () => {
      if (!this.isGoing) return
      this.look()
      world.time.later(lookEveryMs, again)
    }
    world.time.later(500, again)
  }

  stop(): void {
    this.isGoing = false
  }

  engage(scope: "entries" | "all"): void {
    this.command(`engage ${scope}`, ({ services }) =>
      Context.get(services, Safety).engage({ by: this.name(), reason: "something looks wrong here" }, scope)
    )
  }

  disengage(): void {
    this.gate.commanded("disengage")
    this.command("disengage", ({ services }) => Context.get(services, Safety).disengage({ by: this.name(), reason }))
  }

  trip(scope: BreakerScope): void {
    this.command(`trip ${JSON.stringify(scope)}`, ({ services }) =>
      Context.get(services, Safety).trip(scope, "MANUAL", "an operator saw something", this.name())
    )
  }

  reset(scope: BreakerScope, acknowledged: boolean): void {
    this.gate.commanded("reset")
    this.command(`reset ${JSON.stringify(scope)}`, ({ services }) =>
      Context.get(services, Safety).reset(scope, { by: this.name(), reason, acknowledged })
    )
  }

  /** Confirms whatever is held at this moment. */
  flatten(): void {
    this.command("flatten", ({ services }) => {
      const safety = Context.get(services, Safety)
      return Effect.flatMap(safety.flattenText, (confirmation) =>
        safety.flatten({ by: this.name(), reason, confirmation })
      )
    })
  }

  reconcile(): void {
    this.command("reconcile", ({ services }) => Context.get(services, Reconciler).run("operator"))
  }

  forceComplete(): void {
    this.command("force-complete", (run) =>
      Effect.tap(Context.get(run.services, Reconciler).forceComplete(this.name(), reason), () =>
        Effect.sync(() => void (run.forced = true))
      )
    )
  }

  changeLimits(): void {
    this.command("limits", ({ services }) =>
      Context.get(services, LimitBook).change(this.name(), reason, (now) => ({
        ...now,
        ordersPerMinute: this.dice.whole(20, 60)
      }))
    )
  }

  /** Looks at everything that keeps trading closed, and repairs a part of it. */
  look(): void {
    const run = this.world.run()
    if (run === undefined) return
    const { services } = run
    const wants = (chance: number) => this.isDiligent || this.dice.next() < chance
    this.command("arm", () => this.arm(services))
    const [safety, reconciler, limits] = [
      Context.get(services, Safety),
      Context.get(services, Reconciler),
      Context.get(services, LimitBook)
    ]
    this.command("look", () =>
      Effect.gen({ self: this }, function* () {
        const { breakers, killSwitch } = yield* safety.status
        if ("unknown" in killSwitch) {
          this.gate.commanded("initialise")
          yield* Effect.result(safety.initialise({ by: "duty", reason }))
        } else if (killSwitch.state === "engaged" && wants(0.3)) this.disengage()
        for (const { breaker, scope, word } of breakers) {
          if (breaker !== undefined && word === "TRIPPED" && wants(0.3)) this.reset(scopeOf(scope), wants(0.7))
        }
        for (const id of limits.stopped()) if (wants(0.3)) yield* Effect.result(limits.release(id, "duty", reason))
        for (const symbol of reconciler.quarantine().keys()) if (wants(0.25)) yield* this.explain(run, symbol)
      })
    )
  }

  private readonly arm = (services: TradeRun["services"]) => {
    const arming = Context.get(services, Arming)
    return Effect.gen({ self: this }, function* () {
      const { armed, today } = yield* arming.status
      if (armed) return
      yield* Effect.result(arming.arm({ by: "duty", reason, day: today }))
    })
  }

  /** Releases what is not ours in a symbol, and takes the venue's position. */
  private explain({ services }: TradeRun, symbol: string) {
    const { database, trace } = this.world
    const reconciler = Context.get(services, Reconciler)
    return Effect.gen(function* () {
      trace.note("operator", `explains ${symbol}`)
      const rows = database.database
        .prepare("SELECT broker_order_id FROM orphans WHERE symbol = ? AND released_by IS NULL")
        .all(symbol)
      for (const { broker_order_id: id } of rows) {
        yield* Effect.result(reconciler.releaseOrphan(String(id), "duty", reason))
      }
      yield* Effect.result(reconciler.acceptPosition(symbol, "duty", reason))
    })
  }

  private name(): string {
    return this.dice.pick(["ana", "ben", "duty"])
  }

  private command<E>(what: string, call: Call<E>): void {
    const run = this.world.run()
    const { trace } = this.world
    if (run === undefined) return
    if (what !== "look" && what !== "arm") trace.note("operator", what)
    const fiber = Effect.runForkWith(run.process.services)(Effect.result(call(run)))
    fiber.addObserver((exit) => {
      if (!run.process.alive) return
      if (Exit.isFailure(exit)) {
        if (!Exit.hasInterrupts(exit)) this.world.complain(`${what} ended with a defect: ${String(exit.cause)}`)
      } else if (exit.value._tag === "Failure") {
        trace.note("refused", `${what}: ${(exit.value.failure as { readonly message?: string }).message ?? ""}`)
      }
    })
  }
}

const scopeOf = (text: string): BreakerScope => {
  if (text.startsWith("strategy.")) return { level: "strategy", strategyId: text.slice("strategy.".length) }
  return text.startsWith("symbol.") ? { level: "symbol", symbol: text.slice("symbol.".length) } : { level: "account" }
}

/** The trading day of an order that is sent now. */
export const todayOf = (nowMs: number): string => newYorkTradingDay(nowMs).day
