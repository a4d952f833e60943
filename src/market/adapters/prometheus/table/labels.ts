import { productExchange } from "../../../../kernel/instrument/product-exchange.ts"
import { listedLabel } from "../../../../kernel/metric.ts"
import { gapCauses } from "../../../../kernel/tick/gap.ts"
import { laws } from "../../../../kernel/tick/law.ts"
import { readerCuts } from "../../../../platform/http/reader-bounds.ts"
import { switchCauses, switchKinds, switchResults } from "../../../../protocol/market/failover.ts"

// Labels of the market's metrics. A number without a list is that of a list that an adapter may not import;
// tests/unit/market/adapters/prometheus/metric-bounds.test.ts compares them.

export const feed = { en: "configured feed", zh: "已配置的行情源", most: 2 }
export const front = { en: "address of a front, IP and port", zh: "前置地址（IP 与端口）", most: 4 }
export const account = { en: "account of the feed, masked", zh: "行情源的账户（遮盖）", most: 2 }
export const role = listedLabel(["active", "standby"], { en: "part of the feed now", zh: "行情源当前的角色" })
export const sessionWindow = listedLabel(["day", "night"], {
  en: "session, between two sessions the next one",
  zh: "交易时段，两节之间为下一节"
})
export const state = { en: "state of the session's machine", zh: "会话状态机的状态", most: 16 }
export const reason = { en: "reason for quarantine", zh: "隔离原因", most: 21 }
export const place = { en: "place of the loss", zh: "丢失位置", most: 3 }
export const limit = { en: "limit that held the request back", zh: "触发的限流", most: 8 }
export const step = listedLabel(["judge", "integrity", "write"], { en: "step that threw", zh: "出错的步骤" })
export const inFlightPlace = listedLabel(["ring", "queue", "publisher"], { en: "where they are", zh: "所在位置" })
export const cause = listedLabel(gapCauses, { en: "cause of the gap", zh: "缺口原因" })
export const law = listedLabel(laws, { en: "law of the market", zh: "行情规则" })
export const switchKind = listedLabel(switchKinds, { en: "direction of the switch", zh: "切换方向" })
export const switchCause = listedLabel(switchCauses, { en: "what asked for it", zh: "切换起因" })
export const switchResult = listedLabel(switchResults, { en: "how it ended", zh: "切换结果" })
export const part = { en: "part of the daemon", zh: "守护进程的部分", most: 24 }
export const code = { en: "code of the cause", zh: "原因代码", most: 24 }
export const child = { en: "path of the child in the tree", zh: "子任务在监督树中的路径", most: 32 }
export const section = listedLabel(
  Array.from({ length: 10 }, (_, at) => String(at)),
  { en: "0 trades now or is next; the others follow", zh: "0 为当前或下一节，其余依次" }
)
export const readerCut = listedLabel(readerCuts, {
  en: "slow: did not read its answer in time; crowded: the oldest of too many connections",
  zh: "slow：未及时读完应答；crowded：连接过多时最早的一个"
})
export const policy = listedLabel(["drop-newest", "drop-oldest", "conflate"], {
  en: "configured policy",
  zh: "所配置的策略"
})
export const exchange = { en: "exchange", zh: "交易所", most: 8 }
export const product = {
  en: "product of an exchange; all that no exchange lists are `other`",
  zh: "交易所品种；未列出的统一为 `other`",
  most: productExchange.size + 1
}
export const kind = { en: "kind of contract", zh: "合约种类", most: 8 }
export const consumer = {
  en: "durable consumer; the largest 200, the rest as `other`",
  zh: "持久消费者；最多 200 个，其余为 `other`",
  most: 201
}
export const version = { en: "version", zh: "版本", most: 1 }
export const component = listedLabel(["publisher", "repository", "intake", "integrity"], {
  en: "component that failed",
  zh: "出错的组件"
})
export const severity = listedLabel(["critical", "error"], { en: "critical costs ticks", zh: "critical 会丢失行情" })
