// CONNECTED and DISCONNECTED without storms: an old library reports 700 pairs a second against a broken front.
#pragma once

#include "ring.h"

namespace tickd {

/// At most two link events are sent at once in a window. Later ones wait and are merged into the newest "down, up"
/// pair, counted in the header. Waiting events are never lost: they are sent before any other event, at the end of
/// the window, or as soon as a full ring has room again, so the last state always arrives. All calls are made under
/// the producer's mutex.
class LinkEvents {
 public:
  explicit LinkEvents(RingProducer& ring) : ring_(ring) {}

  void connected(const Stamp& at) {
    if (up_.waits) fold_up();
    up_ = {true, at, 0};
    flush_paced(at.mono_ns);
  }

  void disconnected(const Stamp& at, int reason) {
    if (up_.waits) fold_up();
    if (down_.waits) RingProducer::bump(ring_.header().coalesced_disconnects);
    down_ = {true, at, reason};
    flush_paced(at.mono_ns);
  }

  /// Called by the housekeeping thread and by each new event.
  void flush_paced(std::int64_t now_ns) {
    if (now_ns - window_start_ns_ >= kWindowNs) {
      window_start_ns_ = now_ns;
      sent_ = 0;
    }
    flush(kPerWindow);
  }

  /// Called before any other event, so that the ring has the sequence of the callbacks.
  void flush_now() {
    if (down_.waits || up_.waits) flush(~0u);
  }

 private:
  static constexpr std::int64_t kWindowNs = 100'000'000;
  static constexpr unsigned kPerWindow = 2;
  struct Event {
    bool waits = false;
    Stamp at{};
    int reason = 0;
  };

  void fold_up() {
    RingProducer::bump(ring_.header().coalesced_connects);
    folded_++;
    up_.waits = false;
  }

  void flush(unsigned limit) {
    if (down_.waits && sent_ < limit && push(kDisconnected, down_, down_.reason)) down_.waits = false;
    if (!down_.waits && up_.waits && sent_ < limit && push(kConnected, up_, folded_)) {
      up_.waits = false;
      folded_ = 0;
    }
  }

  bool push(Kind kind, const Event& event, int aux) {
    if (!ring_.control_fits()) return false;
    Slot& slot = ring_.next();
    slot = Slot{};
    slot.seq = ring_.last_seq();
    slot.recv_ns = event.at.recv_ns;
    slot.mono_ns = event.at.mono_ns;
    slot.kind = kind;
    slot.aux = aux;
    ring_.publish_control();
    sent_++;
    return true;
  }

  RingProducer& ring_;
  Event down_, up_;
  int folded_ = 0;
  unsigned sent_ = 0;
  std::int64_t window_start_ns_ = 0;
};

}  // namespace tickd
