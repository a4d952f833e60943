// bench://INSTRUMENTS:RATE:COUNT[:BURST]: the library generates ticks itself, so that a benchmark does not pay for a
// front.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unordered_map>

#include "sim_clock.h"
#include "sim_session.h"

namespace sim {

/// One contract with random steps on its price grid between its limits.
class Contract {
 public:
  explicit Contract(int index) : levels_(index % 2 == 0 ? 5 : 1), seed_(0x9E3779B97F4A7C15ULL * (index + 1)) {
    char id[16];
    std::snprintf(id, sizeof id, "rb%04d", index + 1);
    put(tick_.Body.InstrumentID31, id);
    ctp::DepthBody& body = tick_.Body;
    body.PreSettlementPrice = 2000 + (index * 7) % 3000;
    body.PreClosePrice = body.PreSettlementPrice + 2;
    body.PreOpenInterest = body.OpenInterest = 10'000 + index % 500;
    body.UpperLimitPrice = std::floor(body.PreSettlementPrice * 1.1);
    body.LowerLimitPrice = std::ceil(body.PreSettlementPrice * 0.9);
    body.LastPrice = body.OpenPrice = body.HighestPrice = body.LowestPrice = body.PreSettlementPrice + 1;
    body.ClosePrice = body.SettlementPrice = body.PreDelta = body.CurrDelta = DBL_MAX;  // not known in the session
    for (ctp::Level& level : body.Levels) level.BidPrice = level.AskPrice = DBL_MAX;
  }

  const ctp::Depth63& next(const ExchangeClock& clock) {
    ctp::DepthBody& body = tick_.Body;
    std::memcpy(body.TradingDay, clock.trading_day, sizeof body.TradingDay);
    std::memcpy(tick_.ActionDay, clock.action_day, sizeof tick_.ActionDay);
    std::memcpy(body.UpdateTime, clock.update_time, sizeof body.UpdateTime);
    body.UpdateMillisec = clock.update_ms;
    const std::uint64_t chance = random();
    // Five levels below and above stay inside the limits.
    body.LastPrice = std::clamp(body.LastPrice + static_cast<double>(chance % 3) - 1, body.LowerLimitPrice + 6,
                                body.UpperLimitPrice - 6);
    body.HighestPrice = std::max(body.HighestPrice, body.LastPrice);
    body.LowestPrice = std::min(body.LowestPrice, body.LastPrice);
    const auto lots = static_cast<std::int32_t>(1 + (chance >> 8) % 20);
    body.Volume += lots;
    body.Turnover += lots * body.LastPrice * kMultiplier;
    body.AveragePrice = body.Turnover / body.Volume;
    body.OpenInterest += static_cast<double>((chance >> 16) % 5) - 2;
    const int lean = static_cast<int>((chance >> 24) & 1);  // the last trade was on the bid or on the ask
    for (int k = 0; k < levels_; k++) {
      body.Levels[k] = {body.LastPrice - 1 - k + lean, static_cast<std::int32_t>(1 + (chance >> (28 + k)) % 200),
                        body.LastPrice + k + lean, static_cast<std::int32_t>(1 + (chance >> (36 + k)) % 200)};
    }
    return tick_;
  }

  const double* bands() {
    bands_[0] = tick_.Body.UpperLimitPrice;
    bands_[1] = tick_.Body.LowerLimitPrice;
    return bands_;
  }

 private:
  static constexpr double kMultiplier = 10;

  std::uint64_t random() {  // xorshift64: the same ticks in each run, the times apart
    seed_ ^= seed_ << 13;
    seed_ ^= seed_ >> 7;
    return seed_ ^= seed_ << 17;
  }

  const int levels_;
  std::uint64_t seed_;
  ctp::Depth63 tick_{};
  double bands_[2] = {};
};

class Bench {
 public:
  Bench(Session& session, int instruments, long long rate, long long count, long long burst)
      : session_(session), rate_(rate), count_(count), burst_(burst) {
    contracts_.reserve(instruments);
    for (int i = 0; i < instruments; i++) contracts_.emplace_back(i);
  }

  void run() {
    session_.set_connected(true, "");
    session_.up.connected();
    while (!session_.stop) {
      answer(session_.take_outbox());
      const long long pause_ns = emit_due();
      if (pause_ns > 0) session_.wait(-1, 0, pause_ns);
    }
  }

 private:
  static constexpr long long kSecond = 1'000'000'000, kChunk = 256;

  /// The library's own answers to the caller's requests. It wrote the frames itself, so it trusts them.
  void answer(const std::string& frames) {
    for (std::size_t at = 0; at < frames.size();) {
      std::uint32_t length;
      std::memcpy(&length, frames.data() + at, 4);
      FrameReader body(frames.data() + at + 5, length - 1);
      const auto type = static_cast<std::uint8_t>(frames[at + 4]);
      at += length + 4u;
      if (type == kSubscribe || type == kUnsubscribe) subscribe(type == kSubscribe, body);
      else if (type == kLogin) login(static_cast<int>(body.number()));
      else if (type == kLogout) session_.up.logout(static_cast<int>(body.number()), 0, "");
    }
  }

  void login(int request) {
    clock_.read();
    {
      std::lock_guard<std::mutex> guard(session_.mutex);
      put(session_.trading_day, clock_.trading_day);
    }
    logged_in_ = true;
    session_.up.login(request, 0, "", clock_.trading_day, clock_.update_time, "tickd bench");
  }

  void subscribe(bool on, FrameReader& body) {
    for (std::uint32_t n = body.number(); n > 0; n--) {
      const char* id = body.text();
      int number = 0, end = 0;
      const bool known = std::sscanf(id, "rb%d%n", &number, &end) == 1 && id[end] == '\0' && number >= 1 &&
                         number <= static_cast<int>(contracts_.size());
      const int error = !logged_in_ ? 3 : known ? 0 : 16;
      if (error == 0) place(number - 1, on);
      session_.up.subscription(on, id, error, error == 0 ? "" : error == 3 ? "CTP: not logged in" : "CTP: no such instrument",
                               n == 1);
    }
  }

  void place(int contract, bool on) {
    const auto held = std::find(ticking_.begin(), ticking_.end(), contract);
    if (on == (held != ticking_.end())) return;
    if (!on) ticking_.erase(held);
    else ticking_.push_back(contract);
    if (start_ns_ == 0) start_ns_ = monotonic_ns();
  }

  /// Sends due ticks and returns the time until the next one.
  long long emit_due() {
    const long long left = count_ == 0 ? kChunk : std::min(kChunk, count_ - sent_);
    if (ticking_.empty() || left <= 0) return kSecond;
    if (rate_ == 0) {
      emit(left, true);
      return 0;
    }
    const double burst_ns = static_cast<double>(burst_) * kSecond / static_cast<double>(rate_);
    const long long elapsed = monotonic_ns() - start_ns_;
    const long long due = (static_cast<long long>(static_cast<double>(elapsed) / burst_ns) + 1) * burst_;
    if (due > sent_) emit(std::min(left, due - sent_), false);
    const long long next = start_ns_ + static_cast<long long>(static_cast<double>(sent_ / burst_) * burst_ns);
    return due > sent_ ? 0 : std::max(0LL, next - monotonic_ns());
  }

  void emit(long long ticks, bool wait) {
    for (long long i = 0; i < ticks && !session_.stop.load(std::memory_order_relaxed); i++, sent_++) {
      if (wait) session_.wait_for_room();
      clock_.read();
      Contract& contract = contracts_[ticking_[cursor_ = (cursor_ + 1) % ticking_.size()]];
      session_.up.tick(&contract.next(clock_), contract.bands());
    }
  }

  Session& session_;
  const long long rate_, count_, burst_;
  std::vector<Contract> contracts_;
  std::vector<int> ticking_;
  ExchangeClock clock_;
  bool logged_in_ = false;
  std::size_t cursor_ = 0;
  long long sent_ = 0, start_ns_ = 0;
};

bool run_bench(Session& session, const std::string& address) {
  int instruments = 0, end = 0;
  long long rate = 0, count = 0, burst = 1;
  const char* text = address.c_str();
  if (std::sscanf(text, "bench://%d:%lld:%lld%n", &instruments, &rate, &count, &end) != 3) return false;
  if (text[end] == ':') {
    int more = 0;
    if (std::sscanf(text + end, ":%lld%n", &burst, &more) != 1) return false;
    end += more;
  }
  if (text[end] != '\0' || instruments < 1 || instruments > 100'000 || rate < 0 || count < 0 || burst < 1) return false;
  Bench(session, instruments, rate, count, burst).run();
  return true;
}

}  // namespace sim
