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

/// An instrument may fill its field without a final NUL.
template <std::size_t N>
void put_whole(char (&field)[N], const char* text) {
  std::memcpy(field, text, strnlen(text, N));
}

/// Calls by slot number, written here a second time from the measurements, so that a mistake in ctp_abi.h does not
/// agree with itself.
class Upcalls {
 public:
  explicit Upcalls(int family)
      : family_(family),
        slots_(family == 63 ? Slots{5, 6, 7, 10} : Slots{6, 7, 8, 11}),
        crash_after_(env_number("TICKD_SIM_CRASH_AFTER", 0)) {
    depth_.BandingUpperPrice = depth_.BandingLowerPrice = DBL_MAX;  // the front's protocol does not carry them
  }
  int family() const { return family_; }

  void set(void* spi) { spi_ = spi; }

  void connected() { call(0); }
  void disconnected(int reason) { call(1, reason); }
  void heartbeat_warning(int lapse_s) { call(2, lapse_s); }
  void login(int request, int error, const char* message, const char* day, const char* time, const char* system) {
    ctp::RspUserLogin login{};
    put(login.TradingDay, day);
    put(login.LoginTime, time);
    put(login.SystemName, system);
    answer(3, &login, error, message, request);
  }
  void logout(int request, int error, const char* message) {
    ctp::UserLogout logout{};
    answer(4, &logout, error, message, request);
  }
  void error(int request, int error, const char* message) {
    ctp::RspInfo about = info(error, message);
    call(slots_.error, &about, request, true);
  }
  void subscription(bool on, const char* id, int error, const char* message, bool last) {
    const int slot = on ? slots_.subscribed : slots_.unsubscribed;
    if (family_ == 65) {
      ctp::SpecificInstrument65 instrument{};
      put_whole(instrument.InstrumentID, id);
      return answer(slot, &instrument, error, message, 0, last);
    }
    ctp::SpecificInstrument63 instrument{};
    put_whole(instrument.InstrumentID, id);
    answer(slot, &instrument, error, message, 0, last);
  }

  /// `wire` is a tick in the layout of 6.3 and may be unaligned. `bands`: two prices, or null.
  void tick(const void* wire, const double* bands = nullptr) {
    if (crash_after_ > 0 && ++ticks_ > crash_after_) std::raise(SIGSEGV);
    if (family_ != 65) {
      std::memcpy(&depth63_, wire, sizeof depth63_);
      return call(slots_.tick, &depth63_);
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
    call(slots_.tick, &depth_);
  }

 private:
  /// Callbacks whose slot depends on the family.
  struct Slots {
    int error, subscribed, unsubscribed, tick;
  };

  template <class... Arguments>
  void call(int slot, Arguments... arguments) {
    if (spi_ == nullptr) return;
    void** callbacks = *static_cast<void***>(spi_);
    reinterpret_cast<void (*)(void*, Arguments...)>(callbacks[slot])(spi_, arguments...);
  }
  template <class Body>
  void answer(int slot, Body* body, int error, const char* message, int request, bool last = true) {
    ctp::RspInfo about = info(error, message);
    call(slot, body, &about, request, last);
  }
  static ctp::RspInfo info(int error, const char* message) {
    ctp::RspInfo about{};
    about.ErrorID = error;
    put(about.ErrorMsg, message);
    return about;
  }

  const int family_;
  const Slots slots_;
  const long crash_after_;
  long ticks_ = 0;
  void* spi_ = nullptr;
  ctp::Depth63 depth63_{};
  ctp::Depth65 depth_{};
};

}  // namespace sim
