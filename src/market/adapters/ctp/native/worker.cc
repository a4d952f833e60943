// tickd-feed-worker: a separate process for one vendor library and one session, because the library may kill its
// host. Descriptors, commands and exit codes: docs/reference/ring.md.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <string>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command_line.h"
#include "end_with_parent.h"
#include "failure.h"
#include "secrets.h"
#include "shim.h"

namespace {

constexpr int kDoorbellFd = 3, kRingFd = 4;
/// A subscription to 20,000 instruments is about 200 kB.
constexpr std::size_t kLineMax = 16u << 20;
constexpr char kUsage[] =
    "usage: tickd-feed-worker --library FILE --flow FOLDER --front ADDRESS [--front ADDRESS …]\n"
    "                         [--production 0|1] [--udp 0|1] [--multicast 0|1] [--parent PID] | --print-layout\n";

struct Options {
  std::string library, flow, fronts;
  int production = 1, udp = 0, multicast = 0;
  /// The daemon's process id: this process ends with it; 0: started by hand.
  pid_t parent = 0;
};

[[noreturn]] void fail(int code, const std::string& text) {
  // One write for the line and its end, so that no log line of the vendor's thread is mixed in.
  const std::string line = "tickd-feed-worker: " + text + "\n";
  if (write(2, line.data(), line.size()) < 0) code = code != 0 ? code : tickd::kExitArguments;
  _exit(code);  // not exit(): destructors of the vendor's library may wait for its threads
}

int flag(const char* name, const char* text) {
  if (std::strcmp(text, "0") == 0 || std::strcmp(text, "1") == 0) return *text - '0';
  fail(tickd::kExitArguments, std::string("--") + name + " is \"" + text + "\"; give 0 or 1");
}

std::string address(const std::string& front) {
  if (tickd::is_front_address(front)) return front;
  fail(tickd::kExitArguments, "the front \"" + front + "\" is not an address; write it as tcp://host:port");
}

Options parse(int argc, char** argv) {
  static const option kLong[] = {{"library", 1, nullptr, 'l'},   {"flow", 1, nullptr, 'f'},
                                 {"front", 1, nullptr, 'a'},     {"production", 1, nullptr, 'p'},
                                 {"udp", 1, nullptr, 'u'},       {"multicast", 1, nullptr, 'm'},
                                 {"parent", 1, nullptr, 'P'},
                                 {"print-layout", 0, nullptr, 'L'}, {"help", 0, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "", kLong, nullptr)) != -1;) switch (key) {
      case 'l': options.library = optarg; break;
      case 'f': options.flow = optarg; break;
      case 'a': options.fronts += (options.fronts.empty() ? "" : "\t") + address(optarg); break;
      case 'p': options.production = flag("production", optarg); break;
      case 'u': options.udp = flag("udp", optarg); break;
      case 'm': options.multicast = flag("multicast", optarg); break;
      case 'P': options.parent = std::atoi(optarg); break;
      case 'L': std::puts(tickd_layout()); std::exit(0);
      case 'h': std::fputs(kUsage, stdout); std::exit(0);
      default:
        fail(tickd::kExitArguments,
             std::string("the option ") + argv[optind - 1] + " is unknown or has no value; see --help");
    }
  if (optind < argc) fail(tickd::kExitArguments, std::string("\"") + argv[optind] + "\" is not an option; see --help");
  if (options.library.empty()) fail(tickd::kExitArguments, "--library is missing; name the vendor's .so");
  if (options.flow.empty()) fail(tickd::kExitArguments, "--flow is missing; name a folder for the library's own files");
  if (options.fronts.empty()) fail(tickd::kExitArguments, "--front is missing; give an address such as tcp://host:port");
  return options;
}

/// Ctrl-C reaches the whole foreground group, but the daemon decides when its worker ends: SIGINT and SIGHUP are
/// ignored, SIGTERM is `close`. SIGPIPE kills a plain process when the peer closed.
int take_signals() {
  for (const int ignored : {SIGPIPE, SIGINT, SIGHUP}) std::signal(ignored, SIG_IGN);
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, nullptr);  // before the vendor's threads exist, so that they inherit it
  return signalfd(-1, &term, SFD_CLOEXEC);
}

/// Executes the whole lines of `held` and keeps the rest. False when the session is to be closed.
bool run_lines(tickd_session* session, std::string& held, std::size_t searched) {
  std::size_t start = 0;
  for (std::size_t end; (end = held.find('\n', std::max(start, searched))) != std::string::npos; start = end + 1) {
    held[end] = '\0';  // a NUL inside a line ends it early: our side writes it escaped
    const int result = tickd_command(session, held.data() + start);
    explicit_bzero(held.data() + start, end - start);
    if (result == 1) return false;
    if (result == 2) fail(tickd::kExitLibrary, tickd_error());
    if (result < 0) dprintf(2, "tickd-feed-worker: %s: ignored\n", tickd_error());
  }
  held.erase(0, start);
  if (held.size() > kLineMax) fail(tickd::kExitArguments, "a command line is longer than 16 MiB; send it in parts");
  return true;
}

/// Until `close`, the end of stdin, or SIGTERM.
void serve(tickd_session* session, int signals) {
  static char chunk[1 << 16];
  std::string held;
  pollfd waits[] = {{0, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) return;
    if (waits[0].revents == 0) continue;
    const ssize_t got = read(0, chunk, sizeof chunk);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return;
    const std::size_t searched = held.size();
    held.append(chunk, static_cast<std::size_t>(got));
    explicit_bzero(chunk, static_cast<std::size_t>(got));
    if (!run_lines(session, held, searched)) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  tickd::leave_no_core();
  const Options options = parse(argc, argv);
  // SIGKILL: a stopped worker, or one with a blocked library, handles no other signal, and holds the session and its
  // folder.
  if (!tickd::end_with_parent(SIGKILL, options.parent)) _exit(tickd::kExitClosed);
  // Checked before any other descriptor is opened, which would get the number of a missing one.
  if (fcntl(kDoorbellFd, F_GETFD) < 0)
    fail(tickd::kExitArguments, "descriptor 3 (doorbell) is not open; the worker is started by tickd, not by hand");
  if (fcntl(kRingFd, F_GETFD) < 0)
    fail(tickd::kExitRing, "descriptor 4 (ring) is not open; the worker is started by tickd, not by hand");
  const int signals = take_signals();
  fcntl(kDoorbellFd, F_SETFL, fcntl(kDoorbellFd, F_GETFL) | O_NONBLOCK);
  for (const int inherited : {kDoorbellFd, kRingFd}) fcntl(inherited, F_SETFD, FD_CLOEXEC);
  // The library prints on stdout. Line buffering, so that a crash does not lose its last lines.
  dup2(2, 1);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);

  tickd_session* session = nullptr;
  const std::string prefix = options.flow.back() == '/' ? options.flow : options.flow + "/";
  const int code = tickd_open(options.library.c_str(), prefix.c_str(), options.fronts.c_str(), options.udp,
                              options.multicast, options.production, kRingFd, kDoorbellFd, &session);
  if (code != 0) fail(code, tickd_error());
  serve(session, signals);
  tickd_close(session);
  std::fflush(stdout);
  _exit(tickd::kExitClosed);
}
