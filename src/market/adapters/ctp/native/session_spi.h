// The object that the vendor's library calls, in the family's own table of callbacks.
#pragma once

#include <atomic>

#include "session_events.h"

namespace tickd {

/// Set before Release: from then on each callback returns at once. Never freed, because a call may still be running.
struct Spi {
  std::atomic<bool> closed{false};
  void* object = nullptr;  // what RegisterSpi gets
};

template <class Base>
class SessionSpi final : public Base {
 public:
  SessionSpi(Spi& spi, SessionEvents& events, bool banded) : spi_(spi), events_(events), banded_(banded) {}

  void OnFrontConnected() override {
    if (open()) events_.connected();
  }
  void OnFrontDisconnected(int reason) override {
    if (open()) events_.disconnected(reason);
  }
  void OnHeartBeatWarning(int lapse_s) override {
    if (open()) events_.heartbeat_warning(lapse_s);
  }
  void OnRspUserLogin(ctp::RspUserLogin* login, ctp::RspInfo* info, int, bool) override {
    if (open()) events_.answer(kLogin, info, login);
  }
  void OnRspUserLogout(ctp::UserLogout*, ctp::RspInfo* info, int, bool) override {
    if (open()) events_.answer(kLogout, info, nullptr);
  }
  void OnRspError(ctp::RspInfo* info, int, bool) override {
    if (open()) events_.answer(kError, info, nullptr);
  }
  void OnRspSubMarketData(typename Base::Instrument* instrument, ctp::RspInfo* info, int, bool) override {
    if (open()) subscription(kSubscribed, instrument, info);
  }
  void OnRspUnSubMarketData(typename Base::Instrument* instrument, ctp::RspInfo* info, int, bool) override {
    if (open()) subscription(kUnsubscribed, instrument, info);
  }
  void OnRtnDepthMarketData(typename Base::Depth* depth) override {
    if (!open() || depth == nullptr) return;
    if constexpr (sizeof(typename Base::Depth) == sizeof(ctp::Depth63))
      events_.tick(depth->Body, depth->ActionDay, depth->Body.InstrumentID31, 31, nullptr);
    else
      events_.tick(depth->Body, depth->ActionDay, depth->InstrumentID, 81,
                   banded_ ? &depth->BandingUpperPrice : nullptr);
  }

 private:
  bool open() const { return !spi_.closed.load(std::memory_order_acquire); }

  void subscription(Kind kind, const typename Base::Instrument* instrument, const ctp::RspInfo* info) {
    if (instrument == nullptr) return events_.subscription(kind, "", 1, info);
    events_.subscription(kind, instrument->InstrumentID, sizeof instrument->InstrumentID, info);
  }

  Spi& spi_;
  SessionEvents& events_;
  const bool banded_;
};

}  // namespace tickd
