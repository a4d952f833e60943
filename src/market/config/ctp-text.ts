import { Schema } from "effect"
import { bytesOfText, hasControlCharacter } from "../../kernel/instrument/instrument-text.ts"

/**
 * Bytes that the vendor's fields have room for, their ending NUL not counted. A longer text would reach the front cut: a
 * login as somebody else, whose account fronts lock. Source: TThostFtdcBrokerIDType and so on, the same from 6.3 to 6.7.
 */
export const ctpBytes = { brokerId: 10, userId: 15, password: 40, appId: 32, authCode: 16 } as const

/** Why a text does not fit into a field of CTP; undefined when it does. Does not repeat the text. */
export const ctpTextProblem = (text: string, bytesMost: number): string | undefined => {
  if (hasControlCharacter(text)) return "holds a control character (TAB, newline or another)"
  const bytes = bytesOfText(text)
  return bytes <= bytesMost ? undefined : `has ${bytes} bytes and CTP has room for ${bytesMost}`
}

/** A text for a field of CTP with room for so many bytes. */
export const ctpText = (bytesMost: number) =>
  Schema.String.check(Schema.makeFilter((text: string) => ctpTextProblem(text, bytesMost)))

/** A path or host name that reaches a process or a system call: bounded, and on one line. */
export const plainText = (bytesMost: number) =>
  Schema.String.check(
    Schema.makeFilter((text: string) => {
      if (hasControlCharacter(text)) return "holds a control character (TAB, newline or another)"
      return bytesOfText(text) <= bytesMost ? undefined : `expected at most ${bytesMost} bytes`
    })
  )
