import { Schema } from "effect"
import { bytesOfText, hasControlCharacter } from "../../kernel/instrument/instrument-text.ts"

/**
 * Sizes of the vendor's fields in bytes, without the ending NUL. The library would cut a longer text: the login would
 * name another user, and fronts lock accounts after failed logins. Source: TThostFtdcBrokerIDType etc., equal in 6.3
 * to 6.7.
 */
export const ctpBytes = { brokerId: 10, userId: 15, password: 40, appId: 32, authCode: 16 } as const

/** Why a text does not fit into a CTP field; undefined when it does. Does not repeat the text. */
export const ctpTextProblem = (text: string, bytesMost: number): string | undefined => {
  if (hasControlCharacter(text)) return "holds a control character (TAB, newline or another)"
  const bytes = bytesOfText(text)
  return bytes <= bytesMost ? undefined : `has ${bytes} bytes and CTP has room for ${bytesMost}`
}

/** A text for a CTP field of this many bytes. */
export const ctpText = (bytesMost: number) =>
  Schema.String.check(Schema.makeFilter((text: string) => ctpTextProblem(text, bytesMost)))

/** A path or host name that is passed to a process or a system call: bounded, and on one line. */
export const plainText = (bytesMost: number) =>
  Schema.String.check(
    Schema.makeFilter((text: string) => {
      if (hasControlCharacter(text)) return "holds a control character (TAB, newline or another)"
      return bytesOfText(text) <= bytesMost ? undefined : `expected at most ${bytesMost} bytes`
    })
  )
