// State of one simulated API, shared by its callback thread and its caller.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "sim_frames.h"
#include "sim_upcalls.h"

namespace sim {

/// Room for ticks in the caller's ring, for sources without a clock of their own.
struct Pace {
  long long (*room)(void*) = nullptr;
  void* context = nullptr;
};

struct Session {
  Session(int family, const char* version, Pace pace) : version(version), pace(pace), up(family) {}

  const char* const version;
  const Pace pace;
  const long reconnect_ms = env_number("TICKD_SIM_RECONNECT_MS", 1000);
  /// The link ends after this silence of the front; own heartbeats go out after an eighth of it.
  const long silence_ms = env_number("TICKD_SIM_SILENCE_MS", 120'000);
  Upcalls up;
  std::vector<std::string> fronts;
  std::atomic<bool> stop{false};
  int wake_fd = -1;  // eventfd: something to send, or stop

  /// Frames from the caller's requests, to be sent by the callback thread.
  std::mutex mutex;
  std::string outbox;
  bool connected = false;
  char trading_day[9] = "19800100";  // what the vendor answers before a login

  /// 0 taken, -1 not connected, -2 too much is waiting: the vendor's return codes.
  int request(FrameWriter& frame);
  void set_connected(bool on, const std::string& greeting);
  std::string take_outbox();
  void wake() const;
  /// Waits for a wake, at most this long; `fd` may be -1. Returns poll's events of `fd`.
  short wait(int fd, short events, long long nanoseconds) const;
  /// Waits until the ring has room, or the session stops. Keeps some slots free for the caller's thread.
  void wait_for_room() const;
};

/// Runs until `stop`: a client of the front at `fronts`, reconnecting by itself.
void run_front(Session& session);
/// Runs until `stop`: bench://INSTRUMENTS:RATE:COUNT[:BURST]. False when the address is not of that form.
bool run_bench(Session& session, const std::string& address);

}  // namespace sim
