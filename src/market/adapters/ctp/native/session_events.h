// Callbacks of one session as slots of the ring: copies and counts, decides nothing.
#pragma once

#include "ctp_abi.h"
#include "link_events.h"
#include "ring.h"
#include "symbol_table.h"

namespace tickd {

/// All methods may be called from any thread; each takes the producer's mutex once and never waits for the consumer.
class SessionEvents {
 public:
  SessionEvents() : link_(ring_) {}
  RingProducer& ring() { return ring_; }

  void connected();
  void disconnected(int reason);
  void heartbeat_warning(int lapse_s);
  /// LOGIN, LOGOUT or ERROR; `login` may be absent.
  void answer(Kind kind, const ctp::RspInfo* info, const ctp::RspUserLogin* login);
  /// SUBSCRIBED or UNSUBSCRIBED.
  void subscription(Kind kind, const char* id, std::size_t id_bytes, const ctp::RspInfo* info);
  /// `bands` points to two doubles, or is null in families without them.
  void tick(const ctp::DepthBody& body, const char* action_day, const char* id, std::size_t id_bytes,
            const double* bands);
  void returned(const char* name, int code);
  void ready(int family, const char* version);
  /// Sends link events whose window has ended; called every few milliseconds by the housekeeping thread.
  void housekeep();
  /// Sends every waiting link event, at the end of a session.
  void flush_link();

 private:
  template <class Fill>
  void control(Kind kind, int aux, Fill fill);

  RingProducer ring_;
  LinkEvents link_;
  SymbolTable symbols_;
};

}  // namespace tickd
