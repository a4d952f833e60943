// The simulated library's network client: dials the front, keeps the link, and turns frames into callbacks.
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim_clock.h"
#include "sim_session.h"

namespace sim {

constexpr int kStopped = 0, kReadFailed = 0x1001, kWriteFailed = 0x1002, kSilent = 0x2001, kBadMessage = 0x2003;
constexpr long long kMs = 1'000'000;

/// A connected non-blocking socket, or -1. Gives up after five seconds, as the 6.3 library retries.
static int dial(Session& session, const std::string& address) {
  const std::size_t scheme = address.find("://"), colon = address.rfind(':');
  if (scheme == std::string::npos || colon <= scheme) return -1;
  const std::string host = address.substr(scheme + 3, colon - scheme - 3), port = address.substr(colon + 1);
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
  int fd = -1;
  for (addrinfo* to = found; to != nullptr && fd < 0; to = to->ai_next) {
    fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    int failed = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : errno;
    socklen_t size = sizeof failed;
    if (failed == EINPROGRESS) {
      const long long end = monotonic_ns() + 5000 * kMs;
      short ready = 0;
      while (ready == 0 && !session.stop && monotonic_ns() < end)
        ready = session.wait(fd, POLLOUT, end - monotonic_ns() > 0 ? end - monotonic_ns() : 0);
      if (ready != 0) getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    }
    if (failed != 0) close(fd), fd = -1;
  }
  freeaddrinfo(found);
  const int on = 1;
  if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/// One connection, from HELLO to its end.
class Link {
 public:
  Link(Session& session, int fd) : session_(session), fd_(fd), buffer_(1u << 20, '\0') {}

  /// Returns the reason of its end, 0 when the session stops.
  int serve() {
    heard_ns_ = sent_ns_ = monotonic_ns();
    while (!session_.stop) {
      outgoing_ += session_.take_outbox();
      if (const int reason = keep_alive(); reason != 0) return reason;
      if (!flush()) return kWriteFailed;
      const short events = static_cast<short>(POLLIN | (outgoing_.empty() ? 0 : POLLOUT));
      const short ready = session_.wait(fd_, events, session_.silence_ms * kMs / 16 + kMs);
      if ((ready & (POLLIN | POLLERR | POLLHUP)) != 0)
        if (const int reason = receive(); reason != 0) return reason;
    }
    return kStopped;
  }

 private:
  int keep_alive() {
    const long long now = monotonic_ns(), silence = now - heard_ns_, most = session_.silence_ms * kMs;
    if (silence >= most) return kSilent;
    if (silence >= most / 2 && !warned_) {
      warned_ = true;
      // The 6.3 libraries never give this warning; 6.7.11 gave it after 60.9 s of 120.
      if (session_.up.family() == 65) session_.up.heartbeat_warning(static_cast<int>(silence / (1000 * kMs)));
    }
    if (outgoing_.empty() && now - sent_ns_ >= most / 8) outgoing_ += FrameWriter(kHeartbeat).bytes();
    return 0;
  }

  bool flush() {
    while (!outgoing_.empty()) {
      const ssize_t sent = send(fd_, outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR || errno == ECONNRESET || errno == EPIPE;
      outgoing_.erase(0, static_cast<std::size_t>(sent));
      sent_ns_ = monotonic_ns();
    }
    return true;
  }

  int receive() {
    const ssize_t got = recv(fd_, buffer_.data() + filled_, buffer_.size() - filled_, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) return kReadFailed;
    filled_ += static_cast<std::size_t>(got);
    heard_ns_ = monotonic_ns();
    warned_ = false;
    std::size_t at = 0;
    while (filled_ - at >= 5 && !session_.stop) {
      std::uint32_t length;
      std::memcpy(&length, buffer_.data() + at, 4);
      const auto type = static_cast<std::uint8_t>(buffer_[at + 4]);
      // Checked before the body is here: a broken length must not make us wait for 4 GB.
      if (length == 0 || length > kFrameMax || type == 0 || type > kErrorRsp) return kBadMessage;
      if (filled_ - at < length + 4u) {
        if (buffer_.size() < length + 4u) buffer_.resize(length + 4u);
        break;
      }
      if (!frame(type, FrameReader(buffer_.data() + at + 5, length - 1))) return kBadMessage;
      at += length + 4u;
    }
    std::memmove(buffer_.data(), buffer_.data() + at, filled_ - at);
    filled_ -= at;
    return 0;
  }

  bool frame(std::uint8_t type, FrameReader body) {
    switch (type) {
      case kTicks: return ticks(body);
      case kSubscribeRsp: return subscriptions(true, body);
      case kUnsubscribeRsp: return subscriptions(false, body);
      case kHeartbeat: return body.complete();
      case kLoginRsp: return login(body);
      case kPace: {
        paced_ = body.number() == 1;
        return body.complete();
      }
      case kLogoutRsp:
      case kErrorRsp: {
        const int request = static_cast<int>(body.number()), error = static_cast<int>(body.number());
        const char* message = body.text();
        if (!body.complete()) return false;
        if (type == kLogoutRsp) session_.up.logout(request, error, message);
        else session_.up.error(request, error, message);
        return true;
      }
      default: return false;
    }
  }

  bool login(FrameReader& body) {
    const int request = static_cast<int>(body.number()), error = static_cast<int>(body.number());
    const char *message = body.text(), *day = body.text(), *time = body.text(), *system = body.text();
    if (!body.complete()) return false;
    if (error == 0) {
      std::lock_guard<std::mutex> guard(session_.mutex);
      put(session_.trading_day, day);
    }
    session_.up.login(request, error, message, day, time, system);
    return true;
  }

  bool subscriptions(bool on, FrameReader& body) {
    for (std::uint32_t n = body.number(); n > 0 && !body.broken(); n--) {
      const char* id = body.text();
      const int error = static_cast<int>(body.number());
      const char* message = body.text();
      if (!body.broken()) session_.up.subscription(on, id, error, message, n == 1);
    }
    return body.complete();
  }

  bool ticks(FrameReader& body) {
    const std::uint32_t n = body.number();
    if (body.broken() || body.left() != std::size_t{n} * kWireTick) return false;
    const char* tick = body.rest();
    for (std::uint32_t i = 0; i < n && !session_.stop.load(std::memory_order_relaxed); i++, tick += kWireTick) {
      if (paced_) session_.wait_for_room();
      session_.up.tick(tick);
    }
    return true;
  }

  Session& session_;
  const int fd_;
  std::string buffer_, outgoing_;
  std::size_t filled_ = 0;
  long long heard_ns_ = 0, sent_ns_ = 0;
  bool warned_ = false, paced_ = false;
};

void run_front(Session& session) {
  for (std::size_t turn = 0; !session.stop; turn++) {
    const int fd = dial(session, session.fronts[turn % session.fronts.size()]);
    if (fd >= 0) {
      FrameWriter hello(kHello);
      hello.number(1).number(static_cast<std::uint32_t>(session.up.family())).text(session.version);
      session.set_connected(true, hello.bytes());
      session.up.connected();
      const int reason = Link(session, fd).serve();
      session.set_connected(false, "");
      close(fd);
      if (reason != kStopped) session.up.disconnected(reason);
    }
    const long long end = monotonic_ns() + (session.reconnect_ms > 0 ? session.reconnect_ms : 1) * kMs;
    for (long long left; !session.stop && (left = end - monotonic_ns()) > 0;) session.wait(-1, 0, left);
  }
}

}  // namespace sim
