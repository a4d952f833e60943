// Calls from the simulated library into the Spi of its family, as the vendor's library makes them.
#pragma once

#include <cfloat>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "ctp_abi.h"

namespace sim {

inline long env_number(const char* name, long fallback) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? fallback : std::strtol(text, nullptr, 10);
}

template <std::size_t N>
void put(char (&field)[N], const char* text) {
  const std::size_t length = strnlen(text, N - 1);
  std::memcpy(field, text, length);
  std::memset(field + length, 0, N - length);
}

/// An instrument may fill its field without a NUL behind it.
template <std::size_t N>
void put_whole(char (&field)[N], const char* text) {
  std::memcpy(field, text, strnlen(text, N));
}

class Upcalls {
 public:
  explicit Upcalls(int family) : family_(family), crash_after_(env_number("TICKD_SIM_CRASH_AFTER", 0)) {
    depth_.BandingUpperPrice = depth_.BandingLowerPrice = DBL_MAX;  // the front's protocol does not carry them
  }
  int family() const { return family_; }

  void set(void* spi) {
    if (family_ == 63) spi63_ = static_cast<ctp::MdSpi63*>(spi);
    else spi65_ = static_cast<ctp::MdSpi65*>(spi);
  }

  void connected() {
    each([](auto& spi) { spi.OnFrontConnected(); });
  }
  void disconnected(int reason) {
    each([&](auto& spi) { spi.OnFrontDisconnected(reason); });
  }
  void heartbeat_warning(int lapse_s) {
    each([&](auto& spi) { spi.OnHeartBeatWarning(lapse_s); });
  }
  void login(int request, int error, const char* message, const char* day, const char* time, const char* system) {
    ctp::RspUserLogin login{};
    put(login.TradingDay, day);
    put(login.LoginTime, time);
    put(login.SystemName, system);
    ctp::RspInfo about = info(error, message);
    each([&](auto& spi) { spi.OnRspUserLogin(&login, &about, request, true); });
  }
  void logout(int request, int error, const char* message) {
    ctp::UserLogout logout{};
    ctp::RspInfo about = info(error, message);
    each([&](auto& spi) { spi.OnRspUserLogout(&logout, &about, request, true); });
  }
  void error(int request, int error, const char* message) {
    ctp::RspInfo about = info(error, message);
    each([&](auto& spi) { spi.OnRspError(&about, request, true); });
  }
  void subscription(bool on, const char* id, int error, const char* message, bool last) {
    ctp::RspInfo about = info(error, message);
    each([&](auto& spi) {
      typename std::remove_reference_t<decltype(spi)>::Instrument instrument{};
      put_whole(instrument.InstrumentID, id);
      if (on) spi.OnRspSubMarketData(&instrument, &about, 0, last);
      else spi.OnRspUnSubMarketData(&instrument, &about, 0, last);
    });
  }

  /// `wire` is a tick as 6.3 lays it out; it may stand unaligned. `bands`: two prices, or null.
  void tick(const void* wire, const double* bands = nullptr) {
    if (crash_after_ > 0 && ++ticks_ > crash_after_) std::raise(SIGSEGV);
    if (family_ == 63) {
      std::memcpy(&depth63_, wire, sizeof depth63_);
      if (spi63_ != nullptr) spi63_->OnRtnDepthMarketData(&depth63_);
      return;
    }
    std::memcpy(&depth_.Body, wire, sizeof(ctp::DepthBody));
    std::memcpy(depth_.ActionDay, static_cast<const char*>(wire) + sizeof(ctp::DepthBody), sizeof depth_.ActionDay);
    // From 6.5 the old fields are reserved and the wide ones hold the codes.
    std::memcpy(depth_.InstrumentID, depth_.Body.InstrumentID31, 31);
    std::memcpy(depth_.ExchangeInstID, depth_.Body.ExchangeInstID31, 31);
    std::memset(depth_.Body.InstrumentID31, 0, 31);
    std::memset(depth_.Body.ExchangeInstID31, 0, 31);
    if (bands != nullptr) {
      depth_.BandingUpperPrice = bands[0];
      depth_.BandingLowerPrice = bands[1];
    }
    if (spi65_ != nullptr) spi65_->OnRtnDepthMarketData(&depth_);
  }

 private:
  template <class Call>
  void each(Call call) {
    if (spi63_ != nullptr) call(*spi63_);
    if (spi65_ != nullptr) call(*spi65_);
  }
  static ctp::RspInfo info(int error, const char* message) {
    ctp::RspInfo about{};
    about.ErrorID = error;
    put(about.ErrorMsg, message);
    return about;
  }

  const int family_;
  const long crash_after_;
  long ticks_ = 0;
  ctp::MdSpi63* spi63_ = nullptr;
  ctp::MdSpi65* spi65_ = nullptr;
  ctp::Depth63 depth63_{};
  ctp::Depth65 depth_{};
};

}  // namespace sim
