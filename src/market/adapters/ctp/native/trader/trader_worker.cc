// tickd-contract-query: a separate process for one query of the contract list, because the vendor's library may kill
// its host and a query must not affect the ticks. Commands arrive on stdin (secrets too: they are never in argv),
// lines go to descriptor 3. docs/reference/trader-query.md.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <unistd.h>

#include "end_with_parent.h"
#include "command_line.h"
#include "failure.h"
#include "flow_folder.h"
#include "secrets.h"
#include "trader_session.h"

namespace {

constexpr int kLinesFd = 3;
constexpr std::size_t kCommandMax = 64u << 10;
constexpr int kExitNoReader = 71, kExitTooMuch = 72;

struct Options {
  std::string library, flow;
  std::vector<std::string> fronts;
  bool production = true;
  /// The daemon's process id: this process ends with it; 0: started by hand.
  pid_t parent = 0;
};

[[noreturn]] void leave(int code, const std::string& text) {
  const std::string line = "tickd-contract-query: " + text + "\n";
  if (write(2, line.data(), line.size()) < 0) _exit(code);
  _exit(code);  // not exit(): destructors of the vendor's library may wait for its threads
}

Options parse(int argc, char** argv) {
  static const option kLong[] = {{"library", 1, nullptr, 'l'},
                                 {"flow", 1, nullptr, 'f'},
                                 {"front", 1, nullptr, 'a'},
                                 {"production", 1, nullptr, 'p'},
                                 {"parent", 1, nullptr, 'P'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "", kLong, nullptr)) != -1;) switch (key) {
      case 'l': options.library = optarg; break;
      case 'f': options.flow = optarg; break;
      case 'a':
        if (!tickd::is_front_address(optarg))
          leave(tickd::kExitArguments, std::string("the front \"") + optarg + "\" is not an address; write it as tcp://host:port");
        options.fronts.emplace_back(optarg);
        break;
      case 'p': options.production = std::string(optarg) != "0"; break;
      case 'P': options.parent = std::atoi(optarg); break;
      default:
        leave(tickd::kExitArguments,
              "usage: tickd-contract-query --library FILE --flow FOLDER --front ADDRESS … [--production 0|1] [--parent PID]");
    }
  if (options.library.empty() || options.flow.empty() || options.fronts.empty() || optind < argc)
    leave(tickd::kExitArguments, "--library, --flow and --front are needed, and nothing else; it is started by tickd");
  return options;
}

/// False when the session is to be closed.
bool run(trader::Session& session, const std::string& line) {
  std::vector<std::string> fields = tickd::command_fields(line);
  const std::string& name = fields[0];
  int result;
  if (name == "close") return false;
  if (name == "authenticate" && fields.size() == 5) result = session.authenticate(fields[1], fields[2], fields[3], fields[4]);
  else if (name == "login" && fields.size() == 4) result = session.login(fields[1], fields[2], fields[3]);
  else if (name == "query" && fields.size() == 1) result = session.query();
  else leave(tickd::kExitArguments, "a command is not one of authenticate, login, query, close");
  // A login's last field is a password or an authentication code.
  if (fields.size() > 1) tickd::wipe(fields.back());
  session.lines.add({"returned", name, std::to_string(result)});
  return true;
}

/// Executes commands and passes lines on, until `close`, the end of stdin, or the end of the reader.
void serve(trader::Session& session) {
  std::string held;
  char chunk[4096];
  for (;;) {
    if (!session.lines.write_out(kLinesFd, 20)) leave(kExitNoReader, "descriptor 3 has no reader any more");
    if (session.lines.overflowed()) leave(kExitTooMuch, "the front sent more than 64 MiB of contracts");
    pollfd wait = {0, POLLIN, 0};
    if (poll(&wait, 1, 0) <= 0) continue;
    const ssize_t got = read(0, chunk, sizeof chunk);
    if (got <= 0) return;
    held.append(chunk, static_cast<std::size_t>(got));
    explicit_bzero(chunk, static_cast<std::size_t>(got));
    for (std::size_t end; (end = held.find('\n')) != std::string::npos;) {
      std::string line = held.substr(0, end);
      explicit_bzero(held.data(), end);
      held.erase(0, end + 1);
      const bool goes_on = run(session, line);
      tickd::wipe(line);
      if (!goes_on) return;
    }
    if (held.size() > kCommandMax) leave(tickd::kExitArguments, "a command line is longer than 64 KiB");
  }
}

}  // namespace

int main(int argc, char** argv) {
  tickd::leave_no_core();
  const Options options = parse(argc, argv);
  if (!tickd::end_with_parent(SIGKILL, options.parent)) _exit(tickd::kExitClosed);
  if (fcntl(kLinesFd, F_GETFD) < 0)
    leave(tickd::kExitArguments, "descriptor 3 is not open; the worker is started by tickd, not by hand");
  fcntl(kLinesFd, F_SETFD, FD_CLOEXEC);
  for (const int ignored : {SIGPIPE, SIGINT, SIGHUP}) std::signal(ignored, SIG_IGN);
  // The library prints on stdout. Line buffering, so that a crash does not lose its last lines.
  dup2(2, 1);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);

  trader::Session session;
  const std::string prefix = options.flow.back() == '/' ? options.flow : options.flow + "/";
  int lock = -1;
  if (const tickd::Failure failure = session.open(options.library)) leave(failure.code, failure.text);
  if (const tickd::Failure failure = tickd::prepare_flow_folder(prefix, lock)) leave(failure.code, failure.text);
  session.lines.add({"format", "1", session.version});
  if (const tickd::Failure failure = session.start(prefix, options.fronts, options.production))
    leave(failure.code, failure.text);
  serve(session);
  // No Release: it may block, and the front accepts the end of the process as the end of the session.
  session.lines.write_out(kLinesFd, 0);
  _exit(tickd::kExitClosed);
}
