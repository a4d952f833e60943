import { marketContracts } from "../../simulator/market/market-contracts.ts"

export const feedNames = ["primary", "backup"] as const
/** 50 contracts, two snapshots a second, two feeds: 200 ticks a second. */
export const contractCount = 50
export const snapshotEveryMs = 500
/**
 * Small, so that an outage of half a minute fills the line up to the ring. The queue holds less than two rings, so
 * that a stop may leave some ticks there.
 */
export const sizes = { queueTicks: 1024, window: 1024, slabRows: 512 } as const
export const bounds = { connectTimeoutMs: 30_000, loginTimeoutMs: 10_000, subscribeTimeoutMs: 20_000 } as const
/** The daemon's instance. */
export const ownName = "simulated"
export const silenceMs = 30_000
export const contracts = marketContracts(contractCount)
/** The simulation has no event loop of its own that could stall. */
export const noStalls = { stalls: 0, longestMs: 0, recentMs: 0 } as const
