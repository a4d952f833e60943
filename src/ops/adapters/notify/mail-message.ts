import type { Language, Notification } from "../../domain/notify/notification.ts"
import { plainTextOf, textOf } from "../../domain/notify/notification-text.ts"

/** Bytes of text in one encoded word: 64 characters, so a header line stays below 78 (RFC 2047, section 2). */
const wordBytes = 39

/** A header's text as encoded words. A character is never cut in two. */
const encodedWords = (text: string): string => {
  const words: Array<string> = []
  let word = ""
  for (const character of text) {
    if (Buffer.byteLength(word + character) > wordBytes) {
      words.push(word)
      word = ""
    }
    word += character
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString("base64")}?=`).join("\r\n ")
}

/** A mail of RFC 5322, its text in base64 of UTF-8. Lines end in CRLF. */
export const mailMessage = (
  notification: Notification,
  language: Language,
  envelope: { readonly from: string; readonly to: ReadonlyArray<string> }
): string => {
  const text = textOf(notification, language)
  const body = Buffer.from(plainTextOf(text)).toString("base64")
  const important = notification.level === "critical" ? ["Importance: high"] : []
  return [
    `From: ${envelope.from}`,
    `To: ${envelope.to.join(",\r\n ")}`,
    `Subject: ${encodedWords(text.title)}`,
    `Date: ${new Date(notification.atMs).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${notification.id}@tickd>`,
    "Auto-Submitted: auto-generated",
    ...important,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    ...(body.match(/.{1,76}/g) ?? []),
    ""
  ].join("\r\n")
}
