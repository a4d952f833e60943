import { spawn } from "node:child_process"
import { homedir } from "node:os"
import { Effect, Option } from "effect"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { type NotifyChannel, NotifyError } from "../../ports/notifier.ts"
import { mailMessage } from "./mail-message.ts"

export interface MailSettings {
  readonly program: string
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Time limit of one attempt, milliseconds. */
  readonly timeoutMs: number
}

/** The program was not able to queue the mail and asks for another attempt. Source: sysexits.h, EX_TEMPFAIL. */
const temporary = 75
const excerptMost = 200

const fault = (reason: NotifyError["reason"], message: string) => new NotifyError({ channel: "mail", reason, message })

/** Runs the program with the mail on its stdin. Interruption kills it. It gets no variable of this process. */
const submit = ({ from, program, to }: MailSettings, mail: string): Effect.Effect<void, NotifyError> =>
  Effect.callback((resume) => {
    const child = spawn(program, ["-i", "-f", from, "--", ...to], {
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: homedir() },
      stdio: ["pipe", "ignore", "pipe"]
    })
    let said = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (said.length < excerptMost) said += text
    })
    child.once("error", (cause) =>
      resume(Effect.fail(fault("refused", `${program} cannot be run (${systemCodeOf(cause)})`)))
    )
    child.once("close", (code, signal) => {
      if (code === 0) return resume(Effect.void)
      const words = said.trim().replace(/\s+/g, " ").slice(0, excerptMost)
      const end = `${program} ended with ${signal ?? code}${words === "" ? "" : `: ${words}`}`
      resume(Effect.fail(fault(code === temporary ? "unavailable" : "refused", end)))
    })
    // A program that does not read its input is judged by its exit code.
    child.stdin.on("error", () => undefined)
    child.stdin.end(mail)
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** Mail by the local program `sendmail` (Postfix, Exim, msmtp, OpenSMTPD): accepted when it is queued. */
export const mailChannel = (settings: MailSettings): NotifyChannel => ({
  name: "mail",
  target: settings.to.join(", "),
  deliver: (notification, language) =>
    Effect.gen(function* () {
      const mail = mailMessage(notification, language, settings)
      const result = yield* Effect.timeoutOption(submit(settings, mail), settings.timeoutMs)
      if (Option.isNone(result)) {
        return yield* fault("timeout", `${settings.program} did not end within ${settings.timeoutMs} ms`)
      }
    })
})
