import { assign, setup } from "xstate"
import { type BackoffPolicy, backoffMs } from "../backoff.ts"
import { command } from "../command.ts"

/** Times in milliseconds. */
export interface OrderMachineInput {
  /**
   * How far the order had come when this actor started. `new`: the intent was stored a moment ago by this process.
   * `unsure`: it was stored by an earlier one, which may have sent it. `working`: the venue has confirmed it.
   */
  readonly resume: "new" | "unsure" | "working"
  /** Without news for so long the venue is asked, then less and less often. */
  readonly silence: BackoffPolicy
  readonly lookup: BackoffPolicy
  /** How long an unconfirmed order may be missing at the venue before it counts as lost. */
  readonly graceMs: number
  /** A request without an answer for so long counts as one with an unknown outcome. */
  readonly answerMs: number
  readonly seed: number
}

export type OrderMachineEvent =
  /** The POST was answered with the order. */
  | { readonly type: "ACCEPTED" }
  /** The POST was refused, in an answer that can be read. */
  | { readonly type: "REFUSED" }
  /** The venue did nothing and asks to wait. */
  | { readonly type: "RATE_LIMITED"; readonly retryAfterMs: number }
  /** Whether the request had an effect is not known. */
  | { readonly type: "OUTCOME_UNKNOWN" }
  | { readonly type: "FOUND" }
  | { readonly type: "NOT_FOUND" }
  | { readonly type: "LOOKUP_FAILED" }
  /** The reducer booked something new of a working order, from whatever source. */
  | { readonly type: "NEWS" }
  /** The reducer brought the order to a final state. */
  | { readonly type: "ENDED" }
  | { readonly type: "CANCEL_ASKED" }
  | { readonly type: "CANCEL_TAKEN" }
  | { readonly type: "CANCEL_REFUSED" }
  | { readonly type: "REPLACE_ASKED" }
  | { readonly type: "REPLACE_TAKEN" }
  | { readonly type: "REPLACE_REFUSED" }
  | { readonly type: "STOP_ASKED" }

export interface OrderMachineContext extends OrderMachineInput {
  /** Lookups in a row that brought nothing, or polls in a row without news. */
  readonly tries: number
  readonly retryAfterMs: number
  /** The grace period is over: the next lookup that finds nothing is final. */
  readonly graceOver: boolean
  /** A cancel was asked for, and the venue has not decided against it. It holds until the order has ended. */
  readonly cancelWanted: boolean
}

/**
 * What is asked of the venue for one order. It knows no quantity: the reducer owns those. A POST leaves once; after an
 * unknown outcome only lookups follow, and the same order is never sent again.
 */
export const orderMachine = setup({
  types: {
    context: {} as OrderMachineContext,
    events: {} as OrderMachineEvent,
    input: {} as OrderMachineInput
  },
  actions: {
    submitOrder: command,
    lookUpByClientId: command,
    lookUpOrder: command,
    cancelOrder: command,
    replaceOrder: command,
    bookRefusal: command,
    bookLost: command,
    refuseReplace: command,
    noteRetryAfter: assign(({ event }) =>
      event.type === "RATE_LIMITED" ? { retryAfterMs: Math.max(1, event.retryAfterMs) } : {}
    ),
    countTry: assign(({ context }) => ({ tries: context.tries + 1 })),
    forgetTries: assign({ tries: 0 }),
    endGrace: assign({ graceOver: true }),
    wantCancel: assign({ cancelWanted: true }),
    dropCancel: assign({ cancelWanted: false })
  },
  guards: {
    isNew: ({ context }) => context.resume === "new",
    isUnsure: ({ context }) => context.resume === "unsure",
    cancelWanted: ({ context }) => context.cancelWanted,
    graceOver: ({ context }) => context.graceOver
  },
  delays: {
    rateLimit: ({ context }) => context.retryAfterMs,
    lookupPause: ({ context }) => backoffMs(context.lookup, context.tries + 1, context.seed),
    silence: ({ context }) => backoffMs(context.silence, context.tries + 1, context.seed),
    grace: ({ context }) => context.graceMs,
    answerOverdue: ({ context }) => context.answerMs
  }
}).createMachine({
  id: "order",
  description: "What is asked of the venue for one order.",
  context: ({ input }) => ({
    ...(input as OrderMachineInput),
    tries: 0,
    retryAfterMs: 1,
    graceOver: false,
    cancelWanted: false
  }),
  initial: "resuming",
  on: {
    STOP_ASKED: ".left",
    ENDED: ".ended",
    CANCEL_REFUSED: { actions: "dropCancel" },
    REPLACE_ASKED: { actions: "refuseReplace" }
  },
  states: {
    resuming: {
      description: "Chooses where to go on, by how far the order had come.",
      always: [
        { guard: "isNew", target: "submitting" },
        { guard: "isUnsure", target: "unconfirmed" },
        { target: "working" }
      ]
    },
    submitting: {
      description: "The POST has left, and its answer is awaited.",
      entry: "submitOrder",
      on: {
        ACCEPTED: "working",
        FOUND: "working",
        NEWS: "working",
        REFUSED: "confirmingRefusal",
        OUTCOME_UNKNOWN: "unconfirmed",
        RATE_LIMITED: { target: "waitingToSubmit", actions: "noteRetryAfter" },
        CANCEL_ASKED: { actions: "wantCancel" }
      },
      after: { answerOverdue: "unconfirmed" }
    },
    waitingToSubmit: {
      description: "The venue did nothing and asked to wait; the same POST follows.",
      on: { CANCEL_ASKED: { actions: "wantCancel" } },
      after: {
        rateLimit: [{ guard: "cancelWanted", target: "confirmingRefusal" }, { target: "submitting" }]
      }
    },
    confirmingRefusal: {
      description: "The POST was refused: one lookup by client id, because refused orders have been executed.",
      entry: "lookUpByClientId",
      on: {
        FOUND: "working",
        NEWS: "working",
        NOT_FOUND: { target: "ended", actions: "bookRefusal" },
        LOOKUP_FAILED: { target: "awaitingRefusal", actions: "countTry" },
        CANCEL_ASKED: { actions: "wantCancel" }
      },
      after: { answerOverdue: { target: "awaitingRefusal", actions: "countTry" } }
    },
    awaitingRefusal: {
      description: "The lookup after a refusal failed; a pause, then the next one.",
      on: { NEWS: "working", CANCEL_ASKED: { actions: "wantCancel" } },
      after: { lookupPause: "confirmingRefusal" }
    },
    unconfirmed: {
      description:
        "It is not known whether the order is at the venue: it is looked up by client id, and never sent again.",
      initial: "lookingUp",
      on: {
        FOUND: { target: "working", actions: "forgetTries" },
        NEWS: { target: "working", actions: "forgetTries" },
        CANCEL_ASKED: { actions: "wantCancel" }
      },
      after: { grace: { actions: "endGrace" } },
      states: {
        lookingUp: {
          description: "The venue is being asked for the client id.",
          entry: "lookUpByClientId",
          on: {
            NOT_FOUND: [
              { guard: "graceOver", target: "#order.ended", actions: "bookLost" },
              { target: "pausing", actions: "countTry" }
            ],
            LOOKUP_FAILED: { target: "pausing", actions: "countTry" }
          },
          after: { answerOverdue: { target: "pausing", actions: "countTry" } }
        },
        pausing: {
          description: "A pause before the next lookup.",
          after: { lookupPause: "lookingUp" }
        }
      }
    },
    working: {
      description: "The venue has the order, and its events are followed.",
      always: { guard: "cancelWanted", target: "canceling" },
      on: {
        NEWS: { target: "working", reenter: true, actions: "forgetTries" },
        // Its end is what is waited for now: the pauses of the polls begin anew.
        CANCEL_ASKED: { actions: ["wantCancel", "forgetTries"] },
        REPLACE_ASKED: "replacing"
      },
      after: { silence: { target: "polling", actions: "countTry" } }
    },
    polling: {
      description: "No news of the order for a while: the venue is asked for it.",
      entry: "lookUpOrder",
      on: {
        FOUND: "working",
        NEWS: { target: "working", actions: "forgetTries" },
        NOT_FOUND: "working",
        LOOKUP_FAILED: "working",
        CANCEL_ASKED: { target: "canceling", actions: ["wantCancel", "forgetTries"] }
      },
      after: { answerOverdue: "working" }
    },
    canceling: {
      description: "The cancel has left, and its answer is awaited.",
      entry: "cancelOrder",
      on: {
        CANCEL_TAKEN: "awaitingCancel",
        CANCEL_REFUSED: { target: "polling", actions: ["dropCancel", "forgetTries"] },
        OUTCOME_UNKNOWN: { target: "repeatingCancel", actions: "countTry" },
        RATE_LIMITED: { target: "waitingToCancel", actions: "noteRetryAfter" }
      },
      after: { answerOverdue: { target: "repeatingCancel", actions: "countTry" } }
    },
    waitingToCancel: {
      description: "The venue did nothing and asked to wait; the cancel follows.",
      on: { CANCEL_REFUSED: { target: "polling", actions: ["dropCancel", "forgetTries"] } },
      after: { rateLimit: "canceling" }
    },
    repeatingCancel: {
      description: "Whether the cancel arrived is not known: a pause, then the same cancel, which may come twice.",
      on: { CANCEL_REFUSED: { target: "polling", actions: ["dropCancel", "forgetTries"] } },
      after: { lookupPause: "canceling" }
    },
    awaitingCancel: {
      description: "The cancel was taken, which is not an end: the venue's word is awaited.",
      on: {
        // The venue decided against it, which its event says.
        CANCEL_REFUSED: { target: "working", actions: ["dropCancel", "forgetTries"] },
        // Asked again: it is looked at, and the cancel is sent again when it still works.
        CANCEL_ASKED: { target: "polling", actions: "forgetTries" }
      },
      // The poll shows an order that still works: the cancel is sent again.
      after: { silence: { target: "polling", actions: "countTry" } }
    },
    replacing: {
      description: "The replacement has left, and its answer is awaited.",
      entry: "replaceOrder",
      on: {
        REPLACE_TAKEN: "working",
        REPLACE_REFUSED: { target: "polling", actions: "forgetTries" },
        OUTCOME_UNKNOWN: { target: "polling", actions: "forgetTries" },
        RATE_LIMITED: "working",
        CANCEL_ASKED: { actions: ["wantCancel", "forgetTries"] }
      },
      after: { answerOverdue: { target: "polling", actions: "forgetTries" } }
    },
    ended: {
      type: "final",
      description: "The order is in a final state. Late facts still reach the book."
    },
    left: {
      type: "final",
      description: "The program stops; the order goes on at the venue."
    }
  }
})
