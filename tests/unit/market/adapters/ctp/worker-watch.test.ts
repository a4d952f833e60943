// A worker that runs without progress blocks its session forever; one that waits with its whole host must not be
// killed. Progress between checks decides.
import { assert, describe, it } from "vitest"
import { lossWords, notSentWords, ownLossReasons } from "../../../../../src/kernel/instrument/vendor-codes.ts"
import { silentWorkerError } from "../../../../../src/market/adapters/ctp/worker-exit.ts"
import { WorkerWatch } from "../../../../../src/market/adapters/ctp/worker-watch.ts"
import { commandLine } from "../../../../../src/protocol/control/worker-command.ts"

describe("V8: a worker that does nothing", () => {
  it("is found when its own thread stands still for all looks in a row, and not one before", () => {
    const watch = new WorkerWatch(30)
    for (let beat = 1; beat <= 100; beat++)
      assert.isUndefined(watch.look({ heartbeats: beat, commands: 0, ordered: 0 }))
    for (let still = 1; still < 30; still++)
      assert.isUndefined(watch.look({ heartbeats: 100, commands: 0, ordered: 0 }), `look ${still}`)
    assert.strictEqual(watch.look({ heartbeats: 100, commands: 0, ordered: 0 }), "heartbeat")
  })

  it("is found when it never began: its library did not load", () => {
    const watch = new WorkerWatch(3)
    const nothing = { heartbeats: 0, commands: 0, ordered: 1 }
    assert.deepStrictEqual(
      [1, 2, 3, 4].map(() => watch.look(nothing)),
      [undefined, undefined, undefined, "heartbeat"]
    )
  })

  it("is found by a command that it does not carry out, also while more are written", () => {
    const watch = new WorkerWatch(3)
    const look = (commands: number, ordered: number, heartbeats = Math.random()) =>
      watch.look({ heartbeats, commands, ordered })
    assert.isUndefined(look(4, 4))
    assert.isUndefined(look(4, 5))
    assert.isUndefined(look(4, 6))
    assert.strictEqual(look(4, 7), "command")
  })

  it("works as long as some command is done, or none is open", () => {
    const watch = new WorkerWatch(3)
    for (let n = 1; n < 50; n++) assert.isUndefined(watch.look({ heartbeats: n, commands: n, ordered: n + 5 }))
    for (let n = 50; n < 99; n++) assert.isUndefined(watch.look({ heartbeats: n, commands: 54, ordered: 54 }))
  })

  it("is named truly", () => {
    const { code, fatal, message } = silentWorkerError("primary", "heartbeat", 30_000)
    assert.deepStrictEqual([code, fatal], ["WORKER_HUNG", false])
    assert.strictEqual(
      message,
      "The feed worker of primary did not answer for 30 s: it was killed and is started again."
    )
    assert.include(silentWorkerError("primary", "command", 30_000).message, "did not execute a command for 30 s")
  })
})

describe("V14: the words of a code", () => {
  it("say what each of the vendor's reasons means", () => {
    for (const [reason, words] of [
      [0x1001, /^front disconnected, reason 0x1001 \(the network read failed/],
      [0x1002, /0x1002 \(the network write failed\)/],
      [0x2001, /0x2001 \(no heartbeat arrived from the front\)/],
      [0x2002, /0x2002 \(the heartbeat could not be sent\)/],
      [0x2003, /0x2003 \(the front sent an invalid message/],
      [0x2099, /^front disconnected, reason 0x2099$/]
    ] as const)
      assert.match(lossWords(reason), words)
  })

  it("never call the end of a worker a front's", () => {
    for (const reason of Object.values(ownLossReasons)) assert.notMatch(lossWords(reason), /front|0x/)
    assert.match(lossWords(ownLossReasons.workerEnded), /the feed worker ended/)
    assert.match(lossWords(ownLossReasons.workerSilent), /the feed worker did not answer and was killed/)
  })

  it("say why a request was not sent", () => {
    assert.strictEqual(notSentWords("login", -3), "login not sent, code -3 (too many requests a second)")
    assert.strictEqual(notSentWords("login", -100), "login not sent, code -100 (a text is longer than CTP's field)")
    assert.strictEqual(notSentWords("login", -7), "login not sent, code -7")
  })
})

it("V11: a command is one line of so many fields, whatever they hold", () => {
  const fields = ["subscribe", "aa\nclose", "b\tb", "c\0c", "d\\n", "\\"]
  const line = commandLine(fields)
  assert.notMatch(line, /[\n\0]/)
  assert.strictEqual(line.split("\t").length, fields.length)
  assert.strictEqual(line, String.raw`subscribe aa\nclose b\tb c\0c d\\n \\`.replaceAll(" ", "\t"))
})
