/** The masked account for display: the rule of the reference service, which its users' log filters know. */
export const maskAccount = (account: string): string => {
  if (account === "") return ""
  if (account.length <= 4) return "***"
  const head = account.length <= 8 ? Math.max(2, Math.floor(account.length / 2)) : 4
  return `${account.slice(0, head)}...${account.slice(-2)}`
}
