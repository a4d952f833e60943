import type { FailoverInput } from "./failover-events.ts"
import { failoverSetup } from "./failover-setup.ts"

const begin = { target: "requestingSwitch", actions: "beginRelief" } as const
const cancelled = { target: "rollingBack", actions: ["notePhase", "noteTradingEnded"] } as const
const committed = {
  guard: "isOfTarget",
  target: "serving",
  actions: ["commit", "activate", "reportSwitch", "reportCommitted"]
} as const
const rolledBack = ["rollBack", "activate", "reportSwitch", "reportRolledBack"] as const

/**
 * Which of two feeds is the active one, in three regions: `label` (state of the label and of a switch), `retry`
 * (pauses after failed switches) and `failback` (how long the preferred feed must be healthy).
 * Only the first valid tick of the new feed commits a switch; until then the old feed is the active one. An automatic
 * switch happens in continuous trading only, when the active session is lost or silent and the other feed is fit.
 * Without a fit feed the label stays.
 */
export const failoverMachine = failoverSetup.createMachine({
  id: "failover",
  description: "Which of two feeds is the active one.",
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
      description: "The state of the active feed and of a switch.",
      initial: "beginning",
      on: {
        SWITCH_ASKED: [
          { guard: "isAdmitted", target: ".requestingSwitch", actions: "beginAsked" },
          { actions: ["noteRefusal", "refuseSwitch"] }
        ]
      },
      states: {
        beginning: {
          description: "The failover starts.",
          entry: "activate",
          always: [
            { guard: "isCold", target: "serving", actions: ["stopStandby", "startActive"] },
            { target: "serving" }
          ]
        },
        // After the daemon's start and the market's opening, a feed that is not up yet is not left.
        startingUp: {
          description: "The daemon has started or the market has opened; the active feed gets time to come up.",
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
          description: "The active feed serves, or the market does not trade.",
          always: [
            { guard: "activeIsTroubled", target: "confirmingLoss" },
            { guard: "canFailBack", target: "requestingSwitch", actions: "beginFailback" }
          ],
          on: { PHASE_CHANGED: { guard: "opensUnserved", target: "startingUp", actions: "notePhase" } }
        },
        confirmingLoss: {
          description: "The active feed seems to be lost; waits for it to come back.",
          always: { guard: "activeServes", target: "serving" },
          after: {
            doubt: [
              { guard: "canRelieve", ...begin },
              { guard: "standbyIsUnfit", target: "noFeed" },
              { target: "troubled" }
            ]
          }
        },
        // The other feed is fit, but a hold or a pause forbids a switch.
        troubled: {
          description: "The active feed serves no ticks, and no switch is possible now.",
          entry: "reportTroubled",
          always: [
            { guard: "activeServes", target: "serving" },
            { guard: "canRelieve", ...begin },
            { guard: "standbyIsUnfit", target: "noFeed" }
          ]
        },
        noFeed: {
          description: "Neither feed serves ticks.",
          entry: "reportNoFeed",
          always: [
            { guard: "activeServes", target: "serving" },
            { guard: "canRelieve", ...begin },
            { guard: "standbyIsFit", target: "troubled" }
          ]
        },
        requestingSwitch: {
          description: "A switch begins.",
          entry: "awaitTick",
          always: [
            { guard: "isCold", target: "switching", actions: ["stopActive", "startTarget"] },
            { target: "switching" }
          ]
        },
        switching: {
          description: "Waits for the first valid tick of the other feed.",
          always: { guard: "isNotTrading", target: "awaitingMarket" },
          on: { TICK_ARRIVED: committed, PHASE_CHANGED: { guard: "endsUnasked", ...cancelled } },
          after: { commit: { target: "rollingBack", actions: "noteNoTick" } }
        },
        // No tick is expected before the market opens, so the command waits until then.
        awaitingMarket: {
          description: "A switch was requested while the market did not trade; it waits for the opening.",
          always: { guard: "isTrading", target: "switching" },
          on: {
            TICK_ARRIVED: committed,
            SWITCH_ASKED: { guard: "takesBack", target: "rollingBack", actions: "noteTakenBack" }
          }
        },
        rollingBack: {
          description: "The switch ended without a tick; the old feed stays the active one.",
          always: [
            { guard: "isCold", target: "serving", actions: [...rolledBack, "stopTarget", "startActive"] },
            { target: "serving", actions: rolledBack }
          ]
        }
      }
    },
    retry: {
      description: "The pause after a switch that was rolled back.",
      initial: "open",
      states: {
        open: {
          description: "A switch may begin.",
          on: { SWITCH_ROLLED_BACK: { guard: "isPausing", target: "paused" } }
        },
        paused: {
          description: "The last switch was rolled back; the next automatic one must wait.",
          on: { SWITCH_COMMITTED: "open", SWITCH_ROLLED_BACK: { target: "paused", reenter: true } },
          after: { retryPause: { target: "open", actions: "endPause" } }
        }
      }
    },
    failback: {
      description: "How long the preferred feed must be healthy before it becomes the active one again.",
      initial: "settled",
      states: {
        settled: {
          description: "The preferred feed is the active one.",
          always: { guard: "isAway", target: "waiting" }
        },
        settling: {
          description: "The preferred feed has just become the active one again; it must stay healthy.",
          always: [
            { guard: "wasMovedUnasked", target: "waiting", actions: "countFlap" },
            { guard: "isAway", target: "waiting" }
          ],
          after: { proof: { target: "settled", actions: "clearFlaps" } }
        },
        waiting: {
          description: "The other feed is the active one, and no automatic failback is planned.",
          always: [
            { guard: "isHome", target: "settling" },
            { guard: "provesItself", target: "proving" }
          ]
        },
        proving: {
          description: "The preferred feed is healthy again; it must stay so for a time.",
          always: [
            { guard: "isHome", target: "settling" },
            { guard: "isUnwell", target: "waiting" }
          ],
          after: { proof: "due" }
        },
        due: {
          description: "The failback to the preferred feed is due.",
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
