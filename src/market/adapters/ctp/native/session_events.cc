#include "session_events.h"

#include <cfloat>

#include "market_text.h"

namespace tickd {

using Guard = std::lock_guard<std::mutex>;

static int error_id(const ctp::RspInfo* info) { return info == nullptr ? 0 : info->ErrorID; }
static const char* error_text(const ctp::RspInfo* info) { return info == nullptr ? "" : info->ErrorMsg; }

static Slot& control_slot(RingProducer& ring, Kind kind, const Stamp& at, std::uint32_t sym, int aux) {
  Slot& slot = ring.next();
  slot = Slot{};
  slot.seq = ring.last_seq();
  slot.recv_ns = at.recv_ns;
  slot.mono_ns = at.mono_ns;
  slot.kind = kind;
  slot.sym = sym;
  slot.aux = aux;
  return slot;
}

template <class Fill>
void SessionEvents::control(Kind kind, int aux, Fill fill) {
  const Stamp at = Stamp::now();
  Guard guard(ring_.mutex);
  link_.flush_now();
  if (!ring_.control_fits()) return ring_.drop_control();
  TextWriter text(control_slot(ring_, kind, at, 0, aux));
  fill(text);
  ring_.publish_control();
}

void SessionEvents::connected() {
  const Stamp at = Stamp::now();
  Guard guard(ring_.mutex);
  link_.connected(at);
}

void SessionEvents::disconnected(int reason) {
  const Stamp at = Stamp::now();
  Guard guard(ring_.mutex);
  link_.disconnected(at, reason);
}

void SessionEvents::heartbeat_warning(int lapse_s) {
  control(kHeartbeatWarning, lapse_s, [](TextWriter&) {});
}

void SessionEvents::answer(Kind kind, const ctp::RspInfo* info, const ctp::RspUserLogin* login) {
  control(kind, error_id(info), [&](TextWriter& text) {
    text.add(error_text(info), 81);
    if (login != nullptr) text.add(login->TradingDay, 9).add(login->LoginTime, 9).add(login->SystemName, 41);
  });
}

void SessionEvents::subscription(Kind kind, const char* id, std::size_t id_bytes, const ctp::RspInfo* info) {
  control(kind, error_id(info), [&](TextWriter& text) { text.add(id, id_bytes).add(error_text(info), 81); });
}

void SessionEvents::returned(const char* name, int code) {
  control(kReturned, code, [&](TextWriter& text) { text.add(name, 32); });
}

void SessionEvents::ready(int family, const char* version) {
  {
    Guard guard(ring_.mutex);
    char* held = ring_.header().api_version;
    std::memset(held, 0, sizeof(RingHeader::api_version));
    std::strncpy(held, version, sizeof(RingHeader::api_version) - 1);
  }
  control(kReady, family, [&](TextWriter& text) { text.add(version, kTextBytes); });
}

void SessionEvents::housekeep() {
  const Stamp at = Stamp::now();
  Guard guard(ring_.mutex);
  link_.flush_paced(at.mono_ns);
}

void SessionEvents::flush_link() {
  Guard guard(ring_.mutex);
  link_.flush_now();
}

void SessionEvents::tick(const ctp::DepthBody& body, const char* action_day, const char* id, std::size_t id_bytes,
                         const double* bands) {
  const Stamp at = Stamp::now();
  const std::size_t length = strnlen(id, id_bytes);
  Guard guard(ring_.mutex);
  link_.flush_now();
  std::uint32_t sym = length == 0 ? 0 : symbols_.find(id, length);
  const bool unseen = sym == 0 && length > 0;
  // A new instrument takes two slots or none: its SYMBOL must not arrive alone, nor use the control reserve.
  if (!ring_.tick_fits(unseen ? 2 : 1)) return ring_.drop_tick();
  if (unseen && (sym = symbols_.add(id, length)) != 0) {
    TextWriter(control_slot(ring_, kSymbol, at, sym, 0)).add(id, length);
    ring_.publish_control();
  }
  Slot& slot = ring_.next();
  slot.seq = ring_.next_seq();
  slot.recv_ns = at.recv_ns;
  slot.kind = kTick;
  slot.sym = sym;
  slot.trading_day = parse_day(body.TradingDay);
  slot.action_day = parse_day(action_day);
  slot.update_sec = parse_time(body.UpdateTime);
  slot.update_ms = body.UpdateMillisec;
  slot.volume = body.Volume;
  slot.aux = exchange_index(body.ExchangeID);
  TickBody& to = slot.tick;
  to.last = body.LastPrice;
  to.pre_settlement = body.PreSettlementPrice;
  to.pre_close = body.PreClosePrice;
  to.pre_open_interest = body.PreOpenInterest;
  to.open = body.OpenPrice;
  to.high = body.HighestPrice;
  to.low = body.LowestPrice;
  to.turnover = body.Turnover;
  to.open_interest = body.OpenInterest;
  to.close = body.ClosePrice;
  to.settlement = body.SettlementPrice;
  to.upper_limit = body.UpperLimitPrice;
  to.lower_limit = body.LowerLimitPrice;
  to.pre_delta = body.PreDelta;
  to.curr_delta = body.CurrDelta;
  to.average = body.AveragePrice;
  to.band_upper = bands == nullptr ? DBL_MAX : bands[0];
  to.band_lower = bands == nullptr ? DBL_MAX : bands[1];
  for (int k = 0; k < 5; k++) {
    to.bid_price[k] = body.Levels[k].BidPrice;
    to.ask_price[k] = body.Levels[k].AskPrice;
    to.bid_volume[k] = body.Levels[k].BidVolume;
    to.ask_volume[k] = body.Levels[k].AskVolume;
  }
  slot.mono_ns = at.mono_ns;
  ring_.publish_tick();
}

}  // namespace tickd
