import type { Bilingual } from "../../../kernel/bilingual.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { IncidentFacts } from "./incident-facts.ts"

export const quietTrigger: Bilingual = {
  en: "no fault is recorded in this time range",
  zh: "该时间段内没有故障记录"
}

const daemonText = ({ daemon }: IncidentFacts): Bilingual => {
  if (daemon === undefined) return { en: "No daemon answers.", zh: "没有守护进程应答。" }
  const active = daemon.activeFeed
  const feed = {
    en: active === undefined ? "" : `, active feed ${active}`,
    zh: active === undefined ? "" : `，当前行情源 ${active}`
  }
  return daemon.ready
    ? { en: `${daemon.instance} is ready${feed.en}.`, zh: `${daemon.instance} 已就绪${feed.zh}。` }
    : {
        en: `${daemon.instance} is not ready (${daemon.reasons.join("; ")})${feed.en}.`,
        zh: `${daemon.instance} 未就绪（${daemon.reasons.join("；")}）${feed.zh}。`
      }
}

/** State at the time of the report: the daemon, and the gaps of the range. */
export const outcomeOf = (facts: IncidentFacts): Bilingual => {
  const open = facts.gaps.filter(({ toMs }) => toMs === null).length
  const covered = facts.gaps.filter(({ coveredBy }) => coveredBy !== null).length
  const total = facts.gaps.length
  const daemon = daemonText(facts)
  return {
    en: `${daemon.en} Gap records: ${total}, open ${open}, covered by another feed ${covered}.`,
    zh: `${daemon.zh}缺口记录 ${total} 条，未关闭 ${open} 条，由另一行情源补齐 ${covered} 条。`
  }
}

/** What is left to do, from what the facts show. */
export const followUpsOf = (facts: IncidentFacts): ReadonlyArray<Bilingual> => {
  const { certificates, daemon, gaps, quarantine, runs } = facts
  const quarantined = quarantine.reduce((sum, { count }) => sum + count, 0)
  return [
    ...gaps
      .filter(({ coveredBy, toMs }) => toMs !== null && coveredBy === null)
      .map(({ cause, count, feed, fromMs, toMs }): Bilingual => {
        const [from, to] = [shanghaiIso(fromMs), shanghaiIso(toMs ?? fromMs)]
        return {
          en: `Ticks of ${feed} may be missing from ${from} to ${to} (${cause}, ${count ?? "unknown number of"} ticks): report the range to consumers.`,
          zh: `行情源 ${feed} 自 ${from} 至 ${to} 可能缺行情（${cause}，${count ?? "数量未知"}）：把该时间段告知下游。`
        }
      }),
    ...gaps
      .filter(({ toMs }) => toMs === null)
      .map(
        ({ cause, feed }): Bilingual => ({
          en: `The gap of ${feed} (${cause}) is open: run 'tickd status'.`,
          zh: `行情源 ${feed} 的缺口（${cause}）未关闭：执行 tickd status。`
        })
      ),
    ...(daemon === undefined
      ? [{ en: "Start the daemon, or name its server with --server.", zh: "启动守护进程，或用 --server 指定服务器。" }]
      : []),
    ...(daemon?.activeFeed !== undefined && daemon.activeFeed !== "primary"
      ? [
          {
            en: `The active feed is ${daemon.activeFeed}: decide about 'tickd failback'.`,
            zh: `当前行情源为 ${daemon.activeFeed}：决定是否执行 tickd failback。`
          }
        ]
      : []),
    ...certificates
      .filter(({ complete }) => !complete)
      .map(
        ({ because, feed, session, tradingDay }): Bilingual => ({
          en: `The certificate ${tradingDay} ${session} of ${feed} is incomplete: ${because.join("; ")}.`,
          zh: `${tradingDay} ${session} ${feed} 的完整性证书为不完整：${because.join("；")}。`
        })
      ),
    ...(quarantined === 0
      ? []
      : [
          {
            en: `${quarantined} ticks are quarantined: see docs/reference/laws.md for the reasons.`,
            zh: `${quarantined} 条行情被隔离：原因见 docs/reference/laws.md。`
          }
        ]),
    ...runs
      .filter(({ exitCode }) => exitCode !== 0)
      .map(
        ({ action, atMs, exitCode }): Bilingual => ({
          en: `Runbook ${action} of ${shanghaiIso(atMs)} ended with exit code ${exitCode}: see docs/reference/runbook-codes.md.`,
          zh: `${shanghaiIso(atMs)} 的 runbook ${action} 以退出码 ${exitCode} 结束：见 docs/reference/runbook-codes.md。`
        })
      )
  ]
}
