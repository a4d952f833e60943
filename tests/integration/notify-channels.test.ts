// What a vendor does not accept is lost in silence: each channel is checked against a real server that checks the
// signature and the body as the vendor documents them, and that fails in every way that a vendor does.
import { Effect, Redacted, Result } from "effect"
import { FetchHttpClient } from "effect/http"
import { afterAll, afterEach, assert, beforeAll, describe, expect, it } from "vitest"
import type { ChannelHttp } from "../../src/ops/adapters/notify/channel-http.ts"
import { dingtalkChannel } from "../../src/ops/adapters/notify/dingtalk.ts"
import { feishuChannel } from "../../src/ops/adapters/notify/feishu.ts"
import { slackChannel } from "../../src/ops/adapters/notify/slack.ts"
import { webhookChannel } from "../../src/ops/adapters/notify/webhook.ts"
import { wecomChannel } from "../../src/ops/adapters/notify/wecom.ts"
import { notificationOf } from "../support/notification.ts"
import { answer, type Received, type Receiver, silence, startReceiver } from "../support/notify-receiver.ts"

const http: ChannelHttp = (exchange) => Effect.provide(exchange, FetchHttpClient.layer)
const token = "Tok3n-7f3a9c2e5b"
const secret = "SEC-4d2b8e6f0a"
const notification = notificationOf()

/** HMAC-SHA256 by the web's own API, not by the one that the adapters use. */
const hmac = async (key: string, text: string) => {
  const usage = { name: "HMAC", hash: "SHA-256" }
  const imported = await crypto.subtle.importKey("raw", new TextEncoder().encode(key), usage, false, ["sign"])
  return Buffer.from(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text)))
}
const isRecent = (seconds: number) => assert.isBelow(Math.abs(Date.now() / 1000 - seconds), 60)
const jsonOf = (request: Received) => JSON.parse(request.body) as unknown

const vendors = {
  slack: {
    make: slackChannel,
    path: `/services/T0001/B0001/${token}`,
    accepted: "ok",
    refused: answer(404, `no_service ${token}`),
    check: async (request: Received) => {
      const { text } = jsonOf(request) as { text: string }
      expect(text).toContain("*[CRITICAL] subscription_health_escalation, exit code 2, md-1*")
      expect(text).toContain("*Message:* 2 contracts &lt;missing&gt; &amp; silent")
    }
  },
  dingtalk: {
    make: dingtalkChannel,
    path: `/robot/send?access_token=${token}`,
    accepted: '{"errcode":0,"errmsg":"ok"}',
    refused: answer(200, `{"errcode":310000,"errmsg":"sign not match ${secret}"}`),
    check: async (request: Received) => {
      const { searchParams } = request.url
      assert.strictEqual(searchParams.get("access_token"), token)
      const timestamp = searchParams.get("timestamp") ?? ""
      isRecent(Number(timestamp) / 1000)
      // A "+" of base64 must arrive as "+", not as a blank.
      const expected = (await hmac(secret, `${timestamp}\n${secret}`)).toString("base64")
      assert.strictEqual(searchParams.get("sign"), expected)
      const body = jsonOf(request) as { msgtype: string; markdown: { title: string; text: string } }
      expect(body.msgtype).toBe("markdown")
      expect(body.markdown.title).toContain("CRITICAL")
      expect(body.markdown.text).toContain("- **What to do**: Run `tickd health check`")
    }
  },
  wecom: {
    make: wecomChannel,
    path: `/cgi-bin/webhook/send?key=${token}`,
    accepted: '{"errcode":0,"errmsg":"ok"}',
    refused: answer(200, `{"errcode":93000,"errmsg":"invalid webhook url ${token}"}`),
    check: async (request: Received) => {
      assert.strictEqual(request.url.searchParams.get("key"), token)
      const body = jsonOf(request) as { msgtype: string; markdown: { content: string } }
      expect(body.msgtype).toBe("markdown")
      expect(body.markdown.content).toContain("> Session: day")
      assert.isAtMost(Buffer.byteLength(body.markdown.content), 4096)
    }
  },
  feishu: {
    make: feishuChannel,
    path: `/open-apis/bot/v2/hook/${token}`,
    accepted: '{"code":0,"msg":"success","data":{}}',
    refused: answer(200, '{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}'),
    check: async (request: Received) => {
      const body = jsonOf(request) as {
        timestamp: string
        sign: string
        msg_type: string
        content: { post: { en_us: { title: string; content: ReadonlyArray<ReadonlyArray<Record<string, string>>> } } }
      }
      isRecent(Number(body.timestamp))
      assert.strictEqual(body.sign, (await hmac(`${body.timestamp}\n${secret}`, "")).toString("base64"))
      expect(body.msg_type).toBe("post")
      expect(body.content.post.en_us.title).toContain("CRITICAL")
      expect(body.content.post.en_us.content.flat()).toContainEqual({
        tag: "a",
        text: "https://wiki.example/runbook#6",
        href: "https://wiki.example/runbook#6"
      })
    }
  },
  webhook: {
    make: webhookChannel,
    path: `/hooks/${token}`,
    accepted: "",
    refused: answer(401, `wrong signature, not ${secret}`),
    check: async (request: Received) => {
      const timestamp = String(request.headers["x-tickd-timestamp"])
      isRecent(Number(timestamp))
      const expected = (await hmac(secret, `${timestamp}.${request.body}`)).toString("hex")
      assert.strictEqual(request.headers["x-tickd-signature"], `sha256=${expected}`)
      assert.strictEqual(request.headers["x-tickd-id"], notification.id)
      expect(jsonOf(request)).toMatchObject({ version: 1, level: "critical", code: 2, at: "2026-11-30T01:30:00.000Z" })
    }
  }
} as const

let receiver: Receiver
let elsewhere: Receiver
beforeAll(async () => {
  receiver = await startReceiver(answer(200, ""))
  elsewhere = await startReceiver(answer(200, "ok"))
})
afterEach(() => {
  receiver.received.length = 0
})
afterAll(async () => {
  await receiver.close()
  await elsewhere.close()
})

describe.each(Object.entries(vendors))("the channel %s", (name, { accepted, check, make, path, refused }) => {
  const channelTo = (origin: string, timeoutMs = 2000) =>
    make({ url: Redacted.make(`${origin}${path}`), secret: Redacted.make(secret), timeoutMs }, http)
  const deliver = (timeoutMs?: number, origin = receiver.origin) =>
    Effect.runPromise(Effect.result(channelTo(origin, timeoutMs).deliver(notification, "en")))
  /** The error of a delivery, which must name the channel and no secret. */
  const failure = async (timeoutMs?: number, origin?: string) => {
    const result = await deliver(timeoutMs, origin)
    assert.isTrue(Result.isFailure(result))
    const error = Result.isFailure(result) ? result.failure : undefined
    assert.strictEqual(error?.channel, name)
    assert.notInclude(JSON.stringify(error), token)
    assert.notInclude(JSON.stringify(error), secret)
    return error
  }

  it("sends what the vendor documents, with a valid signature", async () => {
    receiver.answerWith(answer(200, accepted))
    const result = await deliver()
    assert.isTrue(Result.isSuccess(result), JSON.stringify(result))
    const [request] = receiver.received
    assert.strictEqual(request?.method, "POST")
    assert.match(String(request?.headers["content-type"]), /^application\/json/)
    if (request !== undefined) await check(request)
  })

  it("shows its host and not its token", () => {
    const { target } = channelTo("https://hooks.example")
    assert.strictEqual(target, "https://hooks.example/***")
  })

  it("429: the pause that the receiver asks for", async () => {
    receiver.answerWith(answer(429, "slow down", { "retry-after": "7" }))
    expect(await failure()).toMatchObject({ reason: "limited", retryable: true, retryAfterMs: 7000 })
  })

  it("500: to be sent again", async () => {
    receiver.answerWith(answer(500, `trace of ${path}`))
    expect(await failure()).toMatchObject({ reason: "unavailable", retryable: true })
  })

  it("a refusal that quotes the token or the secret: not sent again, and masked", async () => {
    receiver.answerWith(refused)
    expect(await failure()).toMatchObject({ reason: "refused", retryable: false })
  })

  it("no answer: ends within its time limit", async () => {
    receiver.answerWith(silence)
    const beganMs = performance.now()
    expect(await failure(150)).toMatchObject({ reason: "timeout", retryable: true })
    assert.isBelow(performance.now() - beganMs, 1500)
  })

  it("an answer that never ends: is cut off", async () => {
    receiver.answerWith((_, response) => {
      response.writeHead(500)
      const write = () => {
        if (!response.destroyed) response.write("x".repeat(32_768), () => setTimeout(write, 1))
      }
      write()
    })
    expect(await failure(2000)).toMatchObject({ reason: "unavailable" })
  })

  it("no server: to be sent again", async () => {
    const gone = await startReceiver(silence)
    await gone.close()
    const error = await failure(undefined, gone.origin)
    expect(error).toMatchObject({ reason: "unavailable", message: "no answer (ECONNREFUSED)" })
  })

  it("a redirect: is not followed, because the body and its signature are for one host", async () => {
    elsewhere.received.length = 0
    receiver.answerWith(answer(307, "", { location: `${elsewhere.origin}${path}` }))
    expect(await failure()).toMatchObject({ reason: "refused" })
    assert.lengthOf(elsewhere.received, 0)
  })

  // A receiver of one's own may answer anything.
  const garbage = name === "webhook" ? [] : ["<html>login</html>", "", "{}", "null", "[0]"]
  it.each(garbage)("an answer that is not the vendor's, %j: not taken for success", async (text) => {
    receiver.answerWith(answer(200, text))
    expect(await failure()).toMatchObject({ reason: "malformed", retryable: false })
  })
})

describe("codes of vendors", () => {
  const codes = [
    ["dingtalk", '{"errcode":130101,"errmsg":"send too fast"}', "limited"],
    ["dingtalk", '{"errcode":-1,"errmsg":"system busy"}', "unavailable"],
    ["wecom", '{"errcode":45009,"errmsg":"api freq out of limit"}', "limited"],
    ["wecom", '{"errcode":-1,"errmsg":"system busy"}', "unavailable"],
    ["feishu", '{"code":11232,"msg":"frequency limited"}', "limited"],
    ["feishu", '{"code":9499,"msg":"Bad Request"}', "refused"]
  ] as const
  it.each(codes)("%s %s: %s", async (name, text, reason) => {
    receiver.answerWith(answer(200, text))
    const { make, path } = vendors[name]
    const channel = make({ url: Redacted.make(`${receiver.origin}${path}`), timeoutMs: 2000 }, http)
    const result = await Effect.runPromise(Effect.result(channel.deliver(notification, "zh")))
    assert.strictEqual(Result.isFailure(result) ? result.failure.reason : "", reason)
  })

  it("without a secret nothing is signed", async () => {
    for (const name of ["dingtalk", "feishu", "webhook"] as const) {
      receiver.received.length = 0
      receiver.answerWith(answer(200, vendors[name].accepted))
      const { make, path } = vendors[name]
      const channel = make({ url: Redacted.make(`${receiver.origin}${path}`), timeoutMs: 2000 }, http)
      await Effect.runPromise(channel.deliver(notification, "zh"))
      const [request] = receiver.received
      assert.notMatch(`${request?.url.search}${request?.body}${JSON.stringify(request?.headers)}`, /sign(?:ature)?\b/)
      assert.match(request?.body ?? "", /严重/)
    }
  })

  it("a long message is cut to what WeCom takes", async () => {
    receiver.answerWith(answer(200, vendors.wecom.accepted))
    const channel = wecomChannel(
      { url: Redacted.make(`${receiver.origin}${vendors.wecom.path}`), timeoutMs: 2000 },
      http
    )
    await Effect.runPromise(channel.deliver(notificationOf({ message: "行情".repeat(3000) }), "zh"))
    const body = jsonOf(receiver.received[0] as Received) as { markdown: { content: string } }
    assert.isAtMost(Buffer.byteLength(body.markdown.content), 4096)
    assert.isAbove(Buffer.byteLength(body.markdown.content), 4000)
  })
})
