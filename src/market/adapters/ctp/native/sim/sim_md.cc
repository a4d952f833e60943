// The simulated library's api object: the vendor's fifteen methods over a session with a thread of its own.
#include "sim_md.h"

#include <cstdio>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

namespace sim {
namespace {

class Api final : public ctp::MdApi {
 public:
  Api(int family, const char* version, Pace pace) : session_(family, version, pace) {
    session_.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  }

  void Release() override {
    if (env_number("TICKD_SIM_HANG_RELEASE", 0) != 0)
      for (;;) pause();
    session_.stop = true;
    session_.wake();
    if (thread_.joinable()) thread_.join();
    // A last callback, as a library that closes its link may make: a session that called Release must not receive it.
    session_.up.disconnected(0x1001);
    close(session_.wake_fd);
    delete this;
  }

  void Init() override {
    thread_ = std::thread([this] {
      if (session_.fronts.empty()) return;
      const std::string& first = session_.fronts.front();
      if (first.rfind("bench:", 0) != 0) run_front(session_);
      else if (!run_bench(session_, first))
        std::fprintf(stderr, "tickd_sim: %s is not bench://INSTRUMENTS:RATE:COUNT[:BURST]\n", first.c_str());
    });
  }

  int Join() override {
    if (thread_.joinable()) thread_.join();
    return 0;
  }

  const char* GetTradingDay() override {
    std::lock_guard<std::mutex> guard(session_.mutex);
    std::memcpy(answered_day_, session_.trading_day, sizeof answered_day_);
    return answered_day_;
  }

  void RegisterFront(char* address) override { session_.fronts.emplace_back(address); }
  void RegisterNameServer(char*) override {}
  void RegisterFensUserInfo(void*) override {}
  void RegisterSpi(void* spi) override { session_.up.set(spi); }

  int SubscribeMarketData(char* ids[], int count) override { return instruments(kSubscribe, ids, count); }
  int UnSubscribeMarketData(char* ids[], int count) override { return instruments(kUnsubscribe, ids, count); }
  int SubscribeForQuoteRsp(char*[], int) override { return -1; }
  int UnSubscribeForQuoteRsp(char*[], int) override { return -1; }

  int ReqUserLogin(struct ctp::ReqUserLogin* login, int request) override {
    if (env_number("TICKD_SIM_HANG_LOGIN", 0) != 0)
      for (;;) pause();
    FrameWriter frame(kLogin);
    frame.number(static_cast<std::uint32_t>(request)).text(login->BrokerID).text(login->UserID).text(login->Password);
    return session_.request(frame);
  }
  int ReqUserLogout(ctp::UserLogout* logout, int request) override {
    FrameWriter frame(kLogout);
    frame.number(static_cast<std::uint32_t>(request)).text(logout->BrokerID).text(logout->UserID);
    return session_.request(frame);
  }
  int ReqQryMulticastInstrument(void*, int) override { return -1; }

 private:
  ~Api() = default;

  int instruments(Type type, char* ids[], int count) {
    FrameWriter frame(type);
    frame.number(static_cast<std::uint32_t>(count));
    for (int i = 0; i < count; i++) frame.text(ids[i]);
    return session_.request(frame);
  }

  Session session_;
  std::thread thread_;
  char answered_day_[9] = "";
};

}  // namespace

ctp::MdApi* create(int family, const char* version, const char* flow_prefix, Pace pace) {
  for (const char* name : {"DialogRsp.con", "QueryRsp.con", "TradingDay.con"}) {
    const std::string path = std::string(flow_prefix == nullptr ? "" : flow_prefix) + name;
    std::FILE* file = std::fopen(path.c_str(), "ab");
    if (file == nullptr) {
      std::printf("RuntimeError:can not open CFlow file %s\n", path.c_str());
      return nullptr;
    }
    std::fclose(file);
  }
  return new Api(family, version, pace);
}

}  // namespace sim
