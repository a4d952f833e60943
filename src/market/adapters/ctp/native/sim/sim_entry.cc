// The vendor's exported symbols, in the form given by -DTICKD_SIM_FAMILY, -DTICKD_SIM_VERSION and
// -DTICKD_SIM_METHODS. The class has as many virtual methods as the vendor's class of that family, so the symbol of
// its table has the same size.
#include "sim_md.h"

#ifdef TICKD_SIM_HIDDEN_TABLE
#define TICKD_TABLE
#else
#define TICKD_TABLE __attribute__((visibility("default")))
#endif
#define TICKD_EXPORT __attribute__((visibility("default")))

class TICKD_TABLE CThostFtdcMdApi {
 public:
  TICKD_EXPORT static const char* GetApiVersion();
#if TICKD_SIM_FAMILY == 65
  TICKD_EXPORT static CThostFtdcMdApi* CreateFtdcMdApi(const char* flow_prefix, bool udp, bool multicast, bool production);
#else
  TICKD_EXPORT static CThostFtdcMdApi* CreateFtdcMdApi(const char* flow_prefix, bool udp, bool multicast);
#endif
  explicit CThostFtdcMdApi(ctp::MdApi* inner) : inner_(inner) {}
  // Not pure and not inline: the method that makes the compiler write the table into this file.
  virtual void Release();
  virtual void Init() { inner_->Init(); }
  virtual int Join() { return inner_->Join(); }
  virtual const char* GetTradingDay() { return inner_->GetTradingDay(); }
  virtual void RegisterFront(char* address) { inner_->RegisterFront(address); }
  virtual void RegisterNameServer(char* address) { inner_->RegisterNameServer(address); }
  virtual void RegisterFensUserInfo(void* info) { inner_->RegisterFensUserInfo(info); }
  virtual void RegisterSpi(void* spi) { inner_->RegisterSpi(spi); }
  virtual int SubscribeMarketData(char* ids[], int count) { return inner_->SubscribeMarketData(ids, count); }
  virtual int UnSubscribeMarketData(char* ids[], int count) { return inner_->UnSubscribeMarketData(ids, count); }
  virtual int SubscribeForQuoteRsp(char* ids[], int count) { return inner_->SubscribeForQuoteRsp(ids, count); }
  virtual int UnSubscribeForQuoteRsp(char* ids[], int count) { return inner_->UnSubscribeForQuoteRsp(ids, count); }
  virtual int ReqUserLogin(struct ctp::ReqUserLogin* login, int request) { return inner_->ReqUserLogin(login, request); }
#if TICKD_SIM_METHODS >= 14
  virtual int ReqUserLogout(ctp::UserLogout* logout, int request) { return inner_->ReqUserLogout(logout, request); }
#endif
#if TICKD_SIM_METHODS >= 15
  virtual int ReqQryMulticastInstrument(void* query, int request) { return inner_->ReqQryMulticastInstrument(query, request); }
#endif
#if TICKD_SIM_METHODS >= 16
  virtual int ReqOfALaterVersion(void*, int) { return -1; }
#endif

 private:
  ctp::MdApi* const inner_;
};

static sim::Pace pace;

const char* CThostFtdcMdApi::GetApiVersion() { return TICKD_SIM_VERSION; }

#if TICKD_SIM_FAMILY == 65
CThostFtdcMdApi* CThostFtdcMdApi::CreateFtdcMdApi(const char* flow_prefix, bool, bool, bool) {
#else
CThostFtdcMdApi* CThostFtdcMdApi::CreateFtdcMdApi(const char* flow_prefix, bool, bool) {
#endif
  ctp::MdApi* inner = sim::create(TICKD_SIM_FAMILY, TICKD_SIM_VERSION, flow_prefix, pace);
  return inner == nullptr ? nullptr : new CThostFtdcMdApi(inner);
}

void CThostFtdcMdApi::Release() {
  inner_->Release();
  // Without `delete`: a class with virtual methods and no virtual destructor, as the vendor's.
  ::operator delete(this);
}

/// Gives the next created API access to the room in the caller's ring (the vendor's library has no such symbol).
extern "C" TICKD_EXPORT void tickd_sim_pace_with(long long (*room)(void*), void* context) { pace = {room, context}; }
