import { Option } from "effect"
import { Flag } from "effect/cli"
import { shownDefault } from "../terminal/flags.ts"

export const hostFlag = Flag.String("host").pipe(
  Flag.withDescription("Name or address of the server for the certificate; repeatable"),
  Flag.filterMap(
    (text) => (/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})$/.test(text) ? Option.some(text) : Option.none()),
    () => "a host name or an IP address"
  ),
  Flag.atLeast(0)
)

export const dirFlag = Flag.String("dir").pipe(
  shownDefault("Folder for keys, certificates and configuration", ".state/nats-secure")
)
