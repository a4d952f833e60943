// A drill that reads the backlog of another feed, or of an error page, proves nothing: what it does not find fails.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { judgeBacklogs, seriesOfPage, seriesOfQuery } from "../../../../../src/ops/domain/drill/backlog-series.ts"

const page = (text: string) => Result.getOrThrow(seriesOfPage(text))
const failure = <A>(read: Result.Result<A, string>): string => (Result.isFailure(read) ? read.failure : "it passes")

const two = `# HELP consumer_backlog_messages Messages
# TYPE consumer_backlog_messages gauge
consumer_backlog_messages{feed="primary",account="1234...90"} 5
consumer_backlog_messages{account="9876...10",feed="backup",} 2000 1764500000000
consumer_backlog_messages_total{feed="backup"} 99999
other{feed="backup"} 1
`
const judge = (text: string, feed: string, account?: string, threshold = 2000) =>
  judgeBacklogs(page(text), { feed, account, threshold })

describe("consumer_backlog_messages", () => {
  it("is read from a page of metrics with labels, escapes, times and other metrics", () => {
    assert.deepStrictEqual(
      page(two).map(({ messages }) => messages),
      [5, 2000]
    )
    assert.deepStrictEqual(page('consumer_backlog_messages{feed="a\\"b,c}",x="d\\\\"} +Inf\r\n'), [
      { labels: { feed: 'a"b,c}', x: "d\\" }, messages: Number.POSITIVE_INFINITY }
    ])
    assert.deepStrictEqual(page("consumer_backlog_messages 3"), [{ labels: {}, messages: 3 }])
  })

  it("is read from the answer of Prometheus", () => {
    const text = JSON.stringify({
      status: "success",
      data: { resultType: "vector", result: [{ metric: { feed: "backup" }, value: [1764500000, "7"] }] }
    })
    assert.deepStrictEqual(Result.getOrThrow(seriesOfQuery(text)), [{ labels: { feed: "backup" }, messages: 7 }])
  })

  it("is not found in a web page, an error or another answer", () => {
    assert.match(failure(seriesOfPage("<!DOCTYPE html><html>")), /is a web page/)
    assert.match(failure(seriesOfPage("")), /is empty/)
    assert.match(failure(seriesOfPage('{"status":"success"}')), /is JSON/)
    assert.match(failure(seriesOfPage('consumer_backlog_messages{feed="a" 1')), /cannot be read/)
    for (const text of ["<html>", "[]", "null", '{"status":"error"}', '{"status":"success","data":{}}']) {
      assert.match(failure(seriesOfQuery(text)), /of a query of Prometheus/)
    }
    assert.match(
      failure(seriesOfQuery('{"status":"success","data":{"result":[{"metric":{},"values":[]}]}}')),
      /instant vector/
    )
  })

  it("passes up to the threshold, and fails above it or without a number", () => {
    assert.isTrue(Result.isSuccess(judge(two, "backup")))
    assert.match(failure(judge(two, "backup", undefined, 1999)), /says 2000 .*at most 1999/)
    assert.match(failure(judge('consumer_backlog_messages{feed="backup"} NaN', "backup")), /says no number/)
    const second = `${two}consumer_backlog_messages{feed="backup",consumer="slow"} 2001\n`
    assert.match(failure(judge(second, "backup")), /consumer="slow"/)
  })

  it("of another feed or account never counts for the expected one", () => {
    assert.match(failure(judge("up 1", "backup")), /holds no consumer_backlog_messages/)
    const one = 'consumer_backlog_messages{feed="primary"} 0'
    assert.match(failure(judge(one, "backup")), /of feed backup; it holds \{feed="primary"\}/)
    assert.match(failure(judge("consumer_backlog_messages 0", "backup")), /of feed backup/)
    assert.isTrue(Result.isSuccess(judge(two, "backup", "9876543210")))
    assert.isTrue(Result.isSuccess(judge(two, "backup", "9876...10")))
    assert.match(failure(judge(two, "backup", "1234567890")), /of feed backup and account 1234...90/)
  })
})
