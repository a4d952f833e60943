import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { BadFrame, frameType } from "./front-frame.ts"
import {
  instrumentRsps,
  loginRsp,
  logoutRsp,
  pace,
  readHello,
  readInstruments,
  readLogin,
  readLogout,
  rejection,
  success
} from "./front-message.ts"
import type { FrontSession } from "./front-session.ts"
import type { FrontState } from "./front-state.ts"
import { frameTicksMax } from "./wire-tick.ts"

const protocolVersion = 1
const families = [63, 6315, 65]
const systemName = "tickd front"

/** Error of every request before the login. Source: error.xml, NOT_LOGIN_YET. */
const notLoggedIn = rejection(6)

/** Error of a wrong password. Source: error.xml, INVALID_LOGIN. */
const invalidLogin = 3

/** Answers one request of a library. Throws `BadFrame` for an unknown request. */
export const answer = (front: FrontState, session: FrontSession, type: number, body: Buffer): void => {
  if (type !== frameType.hello && !session.greeted) throw new BadFrame(`a frame of type ${type} in front of HELLO`)
  switch (type) {
    case frameType.hello:
      return greet(front, session, body)
    case frameType.login:
      return login(front, session, body)
    case frameType.logout:
      return logout(front, session, body)
    case frameType.subscribe:
      return subscribe(front, session, body)
    case frameType.unsubscribe:
      return unsubscribe(front, session, body)
    case frameType.heartbeat:
      if (body.length > 0) throw new BadFrame("a heartbeat with a body")
      return
    default:
      throw new BadFrame(`a frame of type ${type}`)
  }
}

const greet = (front: FrontState, session: FrontSession, body: Buffer): void => {
  const { family, protocol } = readHello(body)
  if (protocol !== protocolVersion) throw new BadFrame(`protocol ${protocol}`)
  if (!families.includes(family)) throw new BadFrame(`family ${family}`)
  session.greeted = true
  // Always sent: the previous front may have paced the library.
  session.send(pace(front.paced))
}

const login = (front: FrontState, session: FrontSession, body: Buffer): void => {
  const { password, request, user } = readLogin(body)
  if (!front.answersLogins) return
  const isWrong = front.password !== undefined && front.password !== password
  const errorId = front.loginErrorId ?? (isWrong ? invalidLogin : undefined)
  if (errorId !== undefined) {
    front.tally.loginsRejected++
    session.send(loginRsp(request, rejection(errorId), { tradingDay: "", loginTime: "", systemName: "" }))
    front.onEvent({ type: "loginRejected", session: session.number, user, errorId })
    return
  }
  front.tally.logins++
  session.loggedIn = true
  const loginTime = shanghaiIso(front.nowMs()).slice(11, 19)
  session.send(loginRsp(request, success, { tradingDay: front.tradingDay(), loginTime, systemName }))
  front.onEvent({ type: "loggedIn", session: session.number, user })
  front.touch()
}

const logout = (front: FrontState, session: FrontSession, body: Buffer): void => {
  const { request } = readLogout(body)
  session.send(logoutRsp(request, session.loggedIn ? success : notLoggedIn))
  session.loggedIn = false
  session.subscribed.clear()
  front.touch()
}

const subscribe = (front: FrontState, session: FrontSession, body: Buffer): void => {
  const asked = readInstruments(body)
  if (!session.loggedIn) return session.send(...instrumentRsps(frameType.subscribeRsp, asked, notLoggedIn))
  const ids = asked.filter((id) => {
    const errorId = front.refusalOf(id)
    if (errorId === undefined) return true
    session.send(...instrumentRsps(frameType.subscribeRsp, [id], rejection(errorId)))
    return false
  })
  for (const id of ids) session.subscribed.add(id)
  session.subscribedAtMs = front.nowMs()
  session.send(...instrumentRsps(frameType.subscribeRsp, ids, success))
  if (front.staleSnapshot) sendLastTicks(front, session, ids)
  front.onEvent({ type: "subscribed", session: session.number, instruments: session.subscribed.size })
  front.touch()
}

const unsubscribe = (front: FrontState, session: FrontSession, body: Buffer): void => {
  const ids = readInstruments(body)
  for (const id of ids) session.subscribed.delete(id)
  session.send(...instrumentRsps(frameType.unsubscribeRsp, ids, session.loggedIn ? success : notLoggedIn))
  front.touch()
}

/** Real fronts first push the last known tick of any age. Source: ctp.md section 4. */
const sendLastTicks = (front: FrontState, session: FrontSession, ids: ReadonlyArray<string>): void => {
  const known = ids.map((id) => front.lastTick(id)).filter((tick) => tick !== undefined)
  for (let start = 0; start < known.length; start += frameTicksMax) {
    session.sendTicks(Buffer.concat(known.slice(start, start + frameTicksMax)), "staleSnapshot")
  }
}
