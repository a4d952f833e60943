import { controlKind } from "../../market/adapters/ctp/ring-layout.ts"
import type { MemoryRing } from "../../market/adapters/memory/memory-ring.ts"
import type { SimMarket } from "./sim-market.ts"

/** The subscriptions of one session, as the front keeps and acknowledges them. */
export class SimSubscriptions {
  /** By index in the market. */
  readonly contracts = new Set<number>()
  private readonly indexes: ReadonlyMap<string, number>
  private readonly ring: MemoryRing

  constructor(market: SimMarket, ring: MemoryRing) {
    this.indexes = new Map(market.contracts.map(({ id }, index) => [id, index]))
    this.ring = ring
  }

  /** `missing`: so many are neither acknowledged nor sent. */
  add(ids: ReadonlyArray<string>, missing: number): void {
    let left = missing
    for (const id of ids) {
      const index = this.indexes.get(id)
      if (index === undefined || left-- > 0) continue
      this.contracts.add(index)
      this.ring.pushControl(controlKind.subscribed, 0, 0, [id, ""])
    }
    this.ring.ring()
  }

  remove(ids: ReadonlyArray<string>): void {
    for (const id of ids) {
      this.contracts.delete(this.indexes.get(id) ?? -1)
      this.ring.pushControl(controlKind.unsubscribed, 0, 0, [id, ""])
    }
    this.ring.ring()
  }
}
