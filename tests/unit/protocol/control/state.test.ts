// What an operator asks must be understood or refused by name, and nothing secret may leave in the answer.
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { parseSince, renderEvent, sinceMs } from "../../../../src/cli/history.ts"
import { ageText, renderTree } from "../../../../src/cli/tree.ts"
import { readRequest, requestBytesMax } from "../../../../src/protocol/control/control.ts"
import { InjectRequest } from "../../../../src/protocol/control/inject.ts"
import { publicContext, StateRequest, stateKey, type TreeReply } from "../../../../src/protocol/control/state.ts"
import { actorEventSubject, EventMessage, supervisorEventSubject } from "../../../../src/protocol/market/event.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const codeOf = (payload: Uint8Array | string) => {
  const read = readRequest(InjectRequest, typeof payload === "string" ? bytes(payload) : payload)
  return Result.isFailure(read) ? read.failure.code : "accepted"
}

describe("requests", () => {
  it("an empty payload asks for everything", () => {
    assert.deepStrictEqual(readRequest(StateRequest, bytes("")), Result.succeed({}))
    assert.deepStrictEqual(readRequest(StateRequest, bytes('{"actor":"x"}')), Result.succeed({ actor: "x" }))
  })

  it("what cannot be read is refused with a code that says what is wrong", () => {
    assert.strictEqual(codeOf("{"), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf("[1]"), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf("null"), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf(Uint8Array.of(0xff, 0xfe)), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf('{"fault":"crash"}'), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf('{"fault":"crash","feed":7}'), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf('{"fault":"silence","feed":"primary","for_ms":0}'), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf('{"fault":"silence","feed":"primary","for_ms":3600001}'), "MALFORMED_REQUEST")
    assert.strictEqual(codeOf('{"fault":"crash","feed":"primary","force":true}'), "UNKNOWN_FIELD")
    assert.strictEqual(codeOf(" ".repeat(requestBytesMax + 1)), "REQUEST_TOO_LARGE")
    assert.strictEqual(codeOf('{"fault":"crash","feed":"primary"}'), "accepted")
  })

  it("a refusal is one line, whatever was sent", () => {
    const read = readRequest(StateRequest, bytes(`{"${"x\\n".repeat(300)}":1}`))
    assert.isTrue(Result.isFailure(read))
    if (Result.isFailure(read)) {
      assert.notMatch(read.failure.message, /\n/)
      assert.isBelow(read.failure.message.length, 200)
    }
  })
})

describe("contexts", () => {
  it("hides secrets by name, however deep", () => {
    const shown = publicContext({ password: "p", a: { authCode: "q", list: [{ api_token: "r" }] }, lastError: "none" })
    assert.deepStrictEqual(shown, {
      password: "<redacted>",
      a: { authCode: "<redacted>", list: [{ api_token: "<redacted>" }] },
      lastError: "none"
    })
  })

  it("is bounded and has a JSON form, whatever a machine puts into it", () => {
    const loop: Record<string, unknown> = { when: Number.POSITIVE_INFINITY, gone: undefined, act: () => 1, big: 10n }
    loop["self"] = loop
    loop["text"] = "x".repeat(100_000)
    loop["many"] = Array.from({ length: 10_000 }, () => "y")
    const text = JSON.stringify(publicContext(loop))
    assert.isBelow(text.length, 16_000)
    assert.include(text, '"when":"Infinity"')
    assert.include(text, '"big":"10"')
  })
})

describe("names", () => {
  it("subjects and keys hold any name in one token", () => {
    assert.strictEqual(actorEventSubject("session-primary"), "md.event.session-primary")
    assert.strictEqual(actorEventSubject("a.b >"), "md.event.a%2Eb%20%3E")
    assert.strictEqual(supervisorEventSubject("front-primary/session"), "md.event.supervisor.front-primary.session")
    assert.strictEqual(stateKey("demo", "session-primary"), "demo.session-primary")
    assert.match(stateKey("demo", "a.b >"), /^[-/_=.a-zA-Z0-9]+$/)
  })
})

describe("times of a history", () => {
  // 2026-11-21 20:00:00 in Shanghai
  const nowMs = Date.parse("2026-11-21T20:00:00+08:00")
  const at = (text: string) => {
    const since = parseSince(text)
    return since === undefined ? undefined : new Date(sinceMs(since, nowMs)).toISOString()
  }

  it("reads ages, times of the day in Shanghai, and moments", () => {
    assert.strictEqual(at("10m"), "2026-11-21T11:50:00.000Z")
    assert.strictEqual(at("09:00:03"), "2026-11-21T01:00:03.000Z")
    assert.strictEqual(at("19:59:59.5"), "2026-11-21T11:59:59.500Z")
    assert.strictEqual(at("2026-11-20T21:00:03"), "2026-11-20T13:00:03.000Z")
    assert.strictEqual(at("2026-11-20T21:00:03Z"), "2026-11-20T21:00:03.000Z")
    assert.strictEqual(at("2026-11-20"), "2026-11-19T16:00:00.000Z")
  })

  it("a time of the day that has not been today is yesterday's", () => {
    assert.strictEqual(at("21:00:03"), "2026-11-20T13:00:03.000Z")
  })

  it("refuses everything else", () => {
    for (const text of ["", "yesterday", "25:00", "-5m", "2026-13-40", "21:00:03:04"]) {
      assert.isUndefined(parseSince(text), text)
    }
  })
})

describe("what is printed", () => {
  const child = (path: string, extra: Partial<TreeReply["children"][number]> = {}) => ({
    path,
    state: "running",
    since: "2026-11-21T20:00:00.000+08:00",
    uptime_ms: 65_000,
    restarts: 0,
    last_reason: null,
    machine: null,
    ...extra
  })

  it("the tree stands as the supervisors stand, with restarts and their reason", () => {
    const text = renderTree({
      version: 1,
      instance: "demo",
      at: "",
      uptime_ms: 3_700_000,
      restarts: 2,
      children: [
        child("root/line"),
        child("line/publisher"),
        child("line/sessions"),
        child("sessions/front-primary"),
        child("front-primary/session", {
          restarts: 2,
          last_reason: "died",
          machine: { actor: "session-primary", state: "streaming", last_event: "x" }
        }),
        child("root/control", { state: "backing off", uptime_ms: 0 })
      ]
    })
    assert.deepStrictEqual(text.split("\n"), [
      "root                    up 1h 01m  restarts 2  demo",
      "├─ line                 running  up 1m 05s",
      "│  ├─ publisher         running  up 1m 05s",
      "│  └─ sessions          running  up 1m 05s",
      "│     └─ front-primary  running  up 1m 05s",
      "│        └─ session     running, streaming  up 1m 05s  restarts 2  last: died",
      "└─ control              backing off"
    ])
  })

  it("ages are short", () => {
    assert.deepStrictEqual([0, 59_999, 3_599_000, 93_600_000].map(ageText), ["0s", "59s", "59m 59s", "1d 02h"])
  })

  it("every kind of event has one line and passes its schema", () => {
    const common = { version: 1, instance: "demo", run: "r", seq: 1, at: "2026-11-21T21:00:03.120+08:00", at_ms: 1 }
    const events: ReadonlyArray<EventMessage> = [
      {
        ...common,
        kind: "transition",
        actor: "session-primary",
        from: "streaming",
        to: "degraded",
        event: "FEED_SILENT",
        context: { troubles: ["staleness"] }
      },
      {
        ...common,
        kind: "supervisor",
        path: "front-primary/session",
        type: "restarting",
        restarts: 3,
        reason: "it died",
        detail: { inMs: 200 }
      },
      { ...common, kind: "gap", count: 5, from: "a", to: "b" }
    ].map((event) => Schema.decodeUnknownSync(EventMessage)(event))
    assert.deepStrictEqual(
      events.map((event) => renderEvent(event, false)),
      [
        "2026-11-21 21:00:03.120 +08:00  session-primary  streaming → degraded  on FEED_SILENT  staleness",
        "2026-11-21 21:00:03.120 +08:00  front-primary/session  restarting in 200 ms  restarts 3  it died",
        "2026-11-21 21:00:03.120 +08:00  5 events are missing here, from a to b: NATS was away for longer than they could be kept"
      ]
    )
  })
})
