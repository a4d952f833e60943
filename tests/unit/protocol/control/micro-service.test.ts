// Any NATS tool must find the daemon: the replies of discovery have the fields that ADR-32 names.
import { assert, describe, it } from "@effect/vitest"
import { infoReply, pingReply, serviceSubjects, statsReply } from "../../../../src/protocol/control/micro-service.ts"

const identity = { name: "tickd", id: "abc", version: "0.1.0", metadata: { instance: "demo" } }
const endpoint = { name: "state", subject: "md.ctl.demo.state", queueGroup: "q", metadata: { description: "d" } }

describe("micro service", () => {
  it("answers for all services, for its name and for itself", () => {
    assert.deepStrictEqual(serviceSubjects("PING", identity), ["$SRV.PING", "$SRV.PING.tickd", "$SRV.PING.tickd.abc"])
  })

  it("says who it is, what it serves and how that went", () => {
    assert.deepStrictEqual(pingReply(identity), { type: "io.nats.micro.v1.ping_response", ...identity })
    assert.deepStrictEqual(infoReply(identity, "text", [endpoint]), {
      type: "io.nats.micro.v1.info_response",
      ...identity,
      description: "text",
      endpoints: [{ name: "state", subject: "md.ctl.demo.state", queue_group: "q", metadata: { description: "d" } }]
    })
    const counts = { requests: 4, errors: 1, lastError: "UNKNOWN_ACTOR: x", processingNs: 1000 }
    assert.deepStrictEqual(statsReply(identity, 0, [{ ...endpoint, counts }]), {
      type: "io.nats.micro.v1.stats_response",
      ...identity,
      started: "1970-01-01T00:00:00.000Z",
      endpoints: [
        {
          name: "state",
          subject: "md.ctl.demo.state",
          queue_group: "q",
          num_requests: 4,
          num_errors: 1,
          last_error: "UNKNOWN_ACTOR: x",
          processing_time: 1000,
          average_processing_time: 250
        }
      ]
    })
  })
})
