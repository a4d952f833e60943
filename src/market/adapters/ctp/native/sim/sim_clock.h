// Clocks of the simulated library: a monotonic one, and the exchange's wall clock (Asia/Shanghai, fixed +08:00).
#pragma once

#include <cstdint>
#include <cstdio>
#include <ctime>

namespace sim {

inline long long monotonic_ns() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
}

/// The texts that a tick carries, rewritten only when the second changes.
class ExchangeClock {
 public:
  char action_day[9] = "", trading_day[9] = "", update_time[9] = "";
  std::int32_t update_ms = 0;

  void read() {
    timespec at{};
    clock_gettime(CLOCK_REALTIME, &at);
    update_ms = static_cast<std::int32_t>(at.tv_nsec / 1'000'000);
    if (at.tv_sec == second_) return;
    second_ = at.tv_sec;
    const time_t local = at.tv_sec + 8 * 3600;
    tm parts{};
    gmtime_r(&local, &parts);
    std::strftime(action_day, sizeof action_day, "%Y%m%d", &parts);
    std::strftime(update_time, sizeof update_time, "%H:%M:%S", &parts);
    // The night session belongs to the next weekday.
    time_t day = local + (parts.tm_hour >= 18 ? 86'400 : 0);
    for (gmtime_r(&day, &parts); parts.tm_wday == 0 || parts.tm_wday == 6; gmtime_r(&day, &parts)) day += 86'400;
    std::strftime(trading_day, sizeof trading_day, "%Y%m%d", &parts);
  }

 private:
  time_t second_ = 0;
};

}  // namespace sim
