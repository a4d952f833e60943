import { variableSection } from "../../platform/process/variable.ts"
import { httpFields } from "./trade-environment.ts"

const rateForm = {
  en: "PER_MINUTE+BURST/ALL: a token may send both together in any minute, all tokens the last.",
  zh: "格式 PER_MINUTE+BURST/ALL：任一分钟内单个令牌最多为前两数之和，全部令牌最多为末数。"
}
const rate = (what: { readonly en: string; readonly zh: string }, preset: string) => ({
  en: `${what.en} over HTTP, ${rateForm.en}`,
  zh: `HTTP ${what.zh}的速率，${rateForm.zh}`,
  preset
})

/** The HTTP API of the trading daemon. */
export const httpSection = variableSection({
  title: { en: "HTTP API of trading", zh: "交易 HTTP 接口" },
  page: "trading/api.md",
  isInExample: true,
  fields: httpFields,
  variables: {
    TRADE_HTTP_HOST: {
      en: "Address of the HTTP API; one that is not of this host alone needs a token first.",
      zh: "HTTP 接口的地址；非本机地址须先有令牌。",
      preset: "127.0.0.1"
    },
    TRADE_HTTP_PORT: {
      en: "Port of the HTTP API; 0: any free one.",
      zh: "HTTP 接口的端口；0 为任意空闲端口。",
      preset: "8002"
    },
    TRADE_HTTP_SUBMIT_RATE: rate({ en: "New orders", zh: "下单" }, "40+10/80"),
    TRADE_HTTP_CANCEL_RATE: rate({ en: "Cancels", zh: "撤单" }, "100+20/1000"),
    TRADE_HTTP_MODIFY_RATE: rate({ en: "Changes of orders", zh: "改单" }, "20+5/80"),
    TRADE_HTTP_SAFETY_RATE: rate({ en: "All other commands", zh: "其他指令" }, "60+30/600"),
    TRADE_HTTP_READ_RATE: rate({ en: "Queries", zh: "查询" }, "1200+600/6000"),
    TRADE_WEBHOOK_SECRET: {
      en: "Secret that signs the venue's webhooks; prefer a file. Without it webhooks are refused.",
      zh: "交易场所 webhook 的签名密钥；建议改用文件。未设置时拒绝 webhook。",
      secret: "value"
    },
    TRADE_WEBHOOK_SECRET_FILE: {
      en: "File that holds it; read for each webhook.",
      zh: "存放该值的文件；每个 webhook 读取一次。",
      example: "/etc/tickd/webhook-secret",
      credential: "TRADE_WEBHOOK_SECRET"
    },
    TRADE_WEBHOOK_UNSIGNED: {
      en: "dev: webhooks without a secret are taken; for a developer's machine, on 127.0.0.1 and in a dry run only.",
      zh: "dev：没有密钥也接收 webhook；仅用于开发机，且须为 127.0.0.1 与模拟运行。"
    }
  }
})
