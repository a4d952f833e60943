#include "shim.h"

#include <unistd.h>
#include <vector>

#include "command_line.h"
#include "flow_folder.h"
#include "housekeeping.h"
#include "secrets.h"
#include "session_spi.h"
#include "vendor_library.h"

namespace {

using namespace tickd;

/// Release took up to 0.8 s with the real library. Requests only put a packet into a queue.
constexpr int kReleaseSeconds = 3;
constexpr int kCallSeconds = 10;

thread_local std::string last_error;

/// Copies a text into a field of the vendor's. A longer text is never cut: a login with part of a name would be that
/// of another user. Returns 0, or why the text does not fit.
template <std::size_t N>
int put(char (&field)[N], const std::string& text) {
  const int problem = text_problem(text, N);
  if (problem == 0) std::memcpy(field, text.data(), text.size());
  return problem;
}

}  // namespace

struct tickd_session {
  VendorLibrary library;
  std::string flow_prefix;
  std::vector<std::string> fronts;
  bool udp, multicast, production;
  SessionEvents events;
  Housekeeping keeper;
  ctp::MdApi* api = nullptr;
  Spi* spi = nullptr;
  int request = 0;
  int flow_lock_fd = -1;
  bool ready = false;

  Failure dial() {
    // Serialised by the caller: Create, Init and Release are not thread-safe.
    spi = new Spi;
    switch (library.family) {
      case 63: spi->object = spi_of<ctp::MdSpi63>(); break;
      case 6315: spi->object = spi_of<ctp::MdSpi6315>(); break;
      default: spi->object = spi_of<ctp::MdSpi65>();
    }
    Housekeeping::Deadline deadline(keeper, "CreateFtdcMdApi and Init", kCallSeconds);
    if (library.pace_with != nullptr)
      library.pace_with([](void* ring) { return static_cast<RingProducer*>(ring)->tick_room(); }, &events.ring());
    api = library.create(flow_prefix.c_str(), udp, multicast, production);
    if (api == nullptr)
      return {kExitLibrary, library.path + " made no session: CreateFtdcMdApi returned nothing; see its own log lines"};
    events.ring().header().closed.store(0);
    api->RegisterSpi(spi->object);
    for (std::string& front : fronts) api->RegisterFront(front.data());
    // Sent before Init, because Init starts the thread whose CONNECTED must follow it.
    if (!ready) events.ready(library.family, library.version.c_str());
    ready = true;
    api->Init();
    return {};
  }

  template <class Base>
  void* spi_of() {
    const bool banded = library.tick_bytes >= sizeof(ctp::Depth65);
    return static_cast<Base*>(new SessionSpi<Base>(*spi, events, banded));
  }

  void release() {
    if (api == nullptr) return;
    spi->closed.store(true);
    events.ring().header().closed.store(1);
    {
      // No RegisterSpi(NULL) before it: reported to crash.
      Housekeeping::Deadline deadline(keeper, "Release", kReleaseSeconds);
      api->Release();
    }
    api = nullptr;
    events.flush_link();
  }

  void unlock_flow() {
    if (flow_lock_fd >= 0) close(flow_lock_fd);
    flow_lock_fd = -1;
  }

  void login(std::vector<std::string>& words) {
    ctp::ReqUserLogin fields{};
    int problem = put(fields.BrokerID, words[1]);
    if (problem == 0) problem = put(fields.UserID, words[2]);
    if (problem == 0) problem = put(fields.Password, words[3]);
    wipe(words[3]);
    if (problem != 0) events.returned("login", problem);
    else call("login", "ReqUserLogin", [&] { return api->ReqUserLogin(&fields, ++request); });
    explicit_bzero(&fields, sizeof fields);
  }

  void logout(const std::vector<std::string>& words) {
    ctp::UserLogout fields{};
    int problem = put(fields.BrokerID, words[1]);
    if (problem == 0) problem = put(fields.UserID, words[2]);
    if (problem != 0) return events.returned("logout", problem);
    call("logout", "ReqUserLogout", [&] { return api->ReqUserLogout(&fields, ++request); });
  }

  /// Ids that the library would cut or misread are refused here, each by name; the others are sent.
  void subscribe(std::vector<std::string>& words, bool on) {
    const std::size_t size = library.family == 65 ? sizeof(ctp::SpecificInstrument65::InstrumentID)
                                                  : sizeof(ctp::SpecificInstrument63::InstrumentID);
    std::vector<char*> ids;
    for (std::size_t i = 1; i < words.size(); i++) {
      const int problem = text_problem(words[i], size);
      if (problem == 0) ids.push_back(words[i].data());
      else {
        ctp::RspInfo about{};
        about.ErrorID = problem;
        put(about.ErrorMsg, text_problem_words(problem));
        events.subscription(on ? kSubscribed : kUnsubscribed, words[i].c_str(), words[i].size(), &about);
      }
    }
    const int count = static_cast<int>(ids.size());
    if (count == 0) return events.returned(on ? "subscribe" : "unsubscribe", 0);
    if (on) call("subscribe", "SubscribeMarketData", [&] { return api->SubscribeMarketData(ids.data(), count); });
    else call("unsubscribe", "UnSubscribeMarketData", [&] { return api->UnSubscribeMarketData(ids.data(), count); });
  }

  template <class Method>
  void call(const char* name, const char* vendor_name, Method method) {
    // Released: there is no link, as the library itself would report.
    if (api == nullptr) return events.returned(name, -1);
    int code;
    {
      Housekeeping::Deadline deadline(keeper, vendor_name, kCallSeconds);
      code = method();
    }
    events.returned(name, code);
  }
};

extern "C" {

int tickd_open(const char* library, const char* flow_prefix, const char* fronts, int udp, int multicast, int production,
               int ring_fd, int doorbell_fd, tickd_session** session) {
  // Kept after a failure too: the mapping and the library cannot be unloaded safely.
  auto* opened = new tickd_session{{}, flow_prefix, command_fields(fronts), udp != 0, multicast != 0, production != 0, {}, {}};
  Failure failure;
  if (const std::string misfit = opened->events.ring().attach(ring_fd, doorbell_fd); !misfit.empty())
    failure = {kExitRing, "the ring on descriptor " + std::to_string(ring_fd) + " does not fit: " + misfit +
                              "; daemon and worker must come from the same build"};
  if (!failure) failure = prepare_flow_folder(opened->flow_prefix, opened->flow_lock_fd);
  if (!failure) failure = opened->library.open(library);
  if (!failure) {
    // Counted after the work: a thread that waits for a lock forever stops counting, and the daemon ends this
    // process.
    opened->keeper.start([opened] {
      opened->events.housekeep();
      RingProducer::bump(opened->events.ring().header().heartbeats);
    });
    failure = opened->dial();
    if (failure) opened->keeper.stop();
  }
  if (failure) opened->unlock_flow();
  last_error = failure.text;
  if (!failure) *session = opened;
  return failure.code;
}

const char* tickd_error(void) { return last_error.c_str(); }

}  // extern "C"

static int carry_out(tickd_session* session, std::vector<std::string>& words) {
  const std::string& verb = words[0];
  if (verb == "close") return 1;
  if (verb == "release") {
    session->release();
    return 0;
  }
  if (verb == "redial") {
    session->release();
    const Failure failure = session->dial();
    if (!failure) return 0;
    last_error = failure.text;
    return 2;
  }
  if (verb == "login" && words.size() == 4) session->login(words);
  else if (verb == "logout" && words.size() == 3) session->logout(words);
  else if (verb == "subscribe" && words.size() > 1) session->subscribe(words, true);
  else if (verb == "unsubscribe" && words.size() > 1) session->subscribe(words, false);
  else {
    last_error = "no command \"" + verb + "\" with " + std::to_string(words.size() - 1) + " fields";
    return -1;
  }
  return 0;
}

extern "C" {

int tickd_command(tickd_session* session, const char* line) {
  std::string text = line;
  std::vector<std::string> words = command_fields(text);
  wipe(text);
  const int result = carry_out(session, words);
  RingProducer::bump(session->events.ring().header().commands);
  return result;
}

void tickd_close(tickd_session* session) {
  session->release();
  session->keeper.stop();
  session->unlock_flow();
}

}  // extern "C"
