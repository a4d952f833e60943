// A webhook's URL is its password: a log line with it lets everyone write to the channel.
import { assert, describe, it } from "@effect/vitest"
import { masked, secretsOfUrl, shownUrl } from "../../../../../src/ops/domain/notify/mask-secrets.ts"

describe("secrets of a URL", () => {
  const urls = [
    ["https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/x7YzSecretToken", "x7YzSecretToken"],
    ["https://oapi.dingtalk.com/robot/send?access_token=abc123def456", "abc123def456"],
    ["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx", "693a91f6-7xxx"],
    ["https://open.feishu.cn/open-apis/bot/v2/hook/9f2e-token-01", "9f2e-token-01"],
    ["https://user:passw0rd@hooks.example/in", "passw0rd"]
  ] as const
  it.each(urls)("%s", (url, token) => {
    const secrets = secretsOfUrl(url)
    for (const text of [`POST ${url} failed`, `token ${token} is wrong`, encodeURIComponent(url)]) {
      assert.notInclude(masked(text, secrets), token)
    }
    assert.notInclude(shownUrl(url), token)
    assert.match(shownUrl(url), /^https:\/\/[a-z.]+\/\*\*\*$/)
  })

  it("masks the longest first, and leaves other text", () => {
    assert.strictEqual(masked("abcdefgh and abcd", ["abcd", "abcdefgh"]), "*** and ***")
    assert.strictEqual(masked("HTTP 404: not found", secretsOfUrl("https://h.example/in")), "HTTP 404: not found")
  })

  it("treats text that is no URL as a secret", () => {
    assert.deepStrictEqual(secretsOfUrl("not a url but a token"), ["not a url but a token"])
    assert.strictEqual(shownUrl("not a url"), "***")
    assert.deepStrictEqual(secretsOfUrl(""), [])
  })
})
