import type { FailoverInput } from "./failover-events.ts"
import { failoverSetup } from "./failover-setup.ts"

const begin = { target: "requestingSwitch", actions: "beginRelief" } as const
const cancelled = { target: "rollingBack", actions: ["notePhase", "noteTradingEnded"] } as const
const committed = {
  guard: "isOfTarget",
  target: "serving",
  actions: ["commit", "activate", "reportSwitch", "tellCommitted"]
} as const
const rolledBack = ["rollBack", "activate", "reportSwitch", "tellRolledBack"] as const

/**
 * Which of two feeds is the active one, in three regions: `label` (where the label stands and where it goes), `retry`
 * (pauses after switches that failed) and `failback` (how long the preferred feed must prove itself).
 *
 * A switch commits on the first valid tick of the new feed and on nothing else; until then the old feed is the active
 * one. The label leaves a feed by itself in continuous trading only, when its session is lost or it is silent and the
 * other one is fit. With no feed that is fit it stays where it is.
 */
export const failoverMachine = failoverSetup.createMachine({
  id: "failover",
  // XState's transition() runs the context factory without input once: the spread must not throw on undefined.
  context: ({ input }) => ({
    ...(input as FailoverInput),
    facts: {},
    trading: false,
    pending: undefined,
    ended: undefined,
    pausing: false,
    failures: 0,
    failbackDue: false,
    flaps: 0,
    refused: undefined
  }),
  type: "parallel",
  on: {
    FEED_CHANGED: { actions: "noteFeed" },
    PHASE_CHANGED: { actions: "notePhase" },
    HOLD_ASKED: { actions: ["hold", "reportHold"] },
    RELEASE_ASKED: { actions: ["release", "reportHold"] }
  },
  states: {
    label: {
      initial: "beginning",
      on: {
        SWITCH_ASKED: [
          { guard: "isAdmitted", target: ".requestingSwitch", actions: "beginAsked" },
          { actions: ["noteRefusal", "refuseSwitch"] }
        ]
      },
      states: {
        beginning: {
          entry: "activate",
          always: [
            { guard: "isCold", target: "serving", actions: ["stopStandby", "startActive"] },
            { target: "serving" }
          ]
        },
        // The start of the daemon and the opening of the market: no feed is left for not being there yet.
        startingUp: {
          always: { guard: "activeServes", target: "serving" },
          after: {
            start: [
              { guard: "canRelieve", ...begin },
              { guard: "standbyIsUnfit", target: "noFeed" },
              { target: "troubled" }
            ]
          }
        },
        serving: {
          always: [
            { guard: "activeIsTroubled", target: "confirmingLoss" },
            { guard: "canFailBack", target: "requestingSwitch", actions: "beginFailback" }
          ],
          on: { PHASE_CHANGED: { guard: "opensUnserved", target: "startingUp", actions: "notePhase" } }
        },
        confirmingLoss: {
          always: { guard: "activeServes", target: "serving" },
          after: {
            doubt: [
              { guard: "canRelieve", ...begin },
              { guard: "standbyIsUnfit", target: "noFeed" },
              { target: "troubled" }
            ]
          }
        },
        // The other feed is fit, but a hold or a pause forbids to switch.
        troubled: {
          entry: "reportTroubled",
          always: [
            { guard: "activeServes", target: "serving" },
            { guard: "canRelieve", ...begin },
            { guard: "standbyIsUnfit", target: "noFeed" }
          ]
        },
        noFeed: {
          entry: "reportNoFeed",
          always: [
            { guard: "activeServes", target: "serving" },
            { guard: "canRelieve", ...begin },
            { guard: "standbyIsFit", target: "troubled" }
          ]
        },
        requestingSwitch: {
          entry: "awaitTick",
          always: [
            { guard: "isCold", target: "switching", actions: ["stopActive", "startTarget"] },
            { target: "switching" }
          ]
        },
        switching: {
          always: { guard: "isNotTrading", target: "awaitingMarket" },
          on: { TICK_ARRIVED: committed, PHASE_CHANGED: { guard: "endsUnasked", ...cancelled } },
          after: { commit: { target: "rollingBack", actions: "noteNoTick" } }
        },
        // No tick is to be expected before the market opens: the command stands until then.
        awaitingMarket: {
          always: { guard: "isTrading", target: "switching" },
          on: {
            TICK_ARRIVED: committed,
            SWITCH_ASKED: { guard: "takesBack", target: "rollingBack", actions: "noteTakenBack" }
          }
        },
        rollingBack: {
          always: [
            { guard: "isCold", target: "serving", actions: [...rolledBack, "stopTarget", "startActive"] },
            { target: "serving", actions: rolledBack }
          ]
        }
      }
    },
    retry: {
      initial: "open",
      states: {
        open: { on: { SWITCH_ROLLED_BACK: { guard: "isPausing", target: "paused" } } },
        paused: {
          on: { SWITCH_COMMITTED: "open", SWITCH_ROLLED_BACK: { target: "paused", reenter: true } },
          after: { retryPause: { target: "open", actions: "endPause" } }
        }
      }
    },
    failback: {
      initial: "settled",
      states: {
        settled: { always: { guard: "isAway", target: "waiting" } },
        settling: {
          always: [
            { guard: "wasMovedUnasked", target: "waiting", actions: "countFlap" },
            { guard: "isAway", target: "waiting" }
          ],
          after: { proof: { target: "settled", actions: "clearFlaps" } }
        },
        waiting: {
          always: [
            { guard: "isHome", target: "settling" },
            { guard: "provesItself", target: "proving" }
          ]
        },
        proving: {
          always: [
            { guard: "isHome", target: "settling" },
            { guard: "isUnwell", target: "waiting" }
          ],
          after: { proof: "due" }
        },
        due: {
          entry: "noteDue",
          exit: "clearDue",
          always: [
            { guard: "isHome", target: "settling" },
            { guard: "isUnwell", target: "waiting" }
          ],
          on: {
            SWITCH_ROLLED_BACK: { target: "waiting", actions: "countFlap" },
            SWITCH_CANCELLED: "waiting"
          }
        }
      }
    }
  }
})
