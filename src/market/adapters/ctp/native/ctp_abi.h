// The binary interface of CThostFtdcMdApi, declared here from measured offsets and slots; no vendor header is used.
// Itanium C++ ABI without virtual destructors: the first virtual method is slot 0.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ctp {

/// The exported table of the API's methods. Its size distinguishes the families.
constexpr char kTableSymbol[] = "_ZTV15CThostFtdcMdApi";
constexpr char kVersionSymbol[] = "_ZN15CThostFtdcMdApi13GetApiVersionEv";
/// From 6.7.11 the factory takes `bool bIsProductionMode` as a fourth argument; looked up first.
constexpr char kCreate4Symbol[] = "_ZN15CThostFtdcMdApi15CreateFtdcMdApiEPKcbbb";
constexpr char kCreate3Symbol[] = "_ZN15CThostFtdcMdApi15CreateFtdcMdApiEPKcbb";

struct Level {
  double BidPrice;
  std::int32_t BidVolume;
  double AskPrice;
  std::int32_t AskVolume;
};

/// Offsets 0..391 of the tick: the same in every full CTP from 6.3 to 6.7.
struct DepthBody {
  char TradingDay[9];
  char InstrumentID31[31];  // 6.3: the instrument. 6.5 and later: reserved
  char ExchangeID[9];
  char ExchangeInstID31[31];
  double LastPrice, PreSettlementPrice, PreClosePrice, PreOpenInterest, OpenPrice, HighestPrice, LowestPrice;
  std::int32_t Volume;
  double Turnover, OpenInterest, ClosePrice, SettlementPrice, UpperLimitPrice, LowerLimitPrice, PreDelta, CurrDelta;
  char UpdateTime[9];
  std::int32_t UpdateMillisec;
  Level Levels[5];
  double AveragePrice;
};

struct Depth63 {
  DepthBody Body;
  char ActionDay[9];
};

/// 6.5.1 ends after ExchangeInstID (568 bytes); 6.6 added the banding prices.
struct Depth65 {
  DepthBody Body;
  char ActionDay[9];
  char InstrumentID[81];
  char ExchangeInstID[81];
  double BandingUpperPrice, BandingLowerPrice;
};

static_assert(offsetof(DepthBody, InstrumentID31) == 9 && offsetof(DepthBody, ExchangeID) == 40);
static_assert(offsetof(DepthBody, ExchangeInstID31) == 49 && offsetof(DepthBody, LastPrice) == 80);
static_assert(offsetof(DepthBody, LowestPrice) == 128 && offsetof(DepthBody, Volume) == 136);
static_assert(offsetof(DepthBody, Turnover) == 144 && offsetof(DepthBody, OpenInterest) == 152);
static_assert(offsetof(DepthBody, ClosePrice) == 160 && offsetof(DepthBody, SettlementPrice) == 168);
static_assert(offsetof(DepthBody, UpperLimitPrice) == 176 && offsetof(DepthBody, LowerLimitPrice) == 184);
static_assert(offsetof(DepthBody, PreDelta) == 192 && offsetof(DepthBody, CurrDelta) == 200);
static_assert(offsetof(DepthBody, UpdateTime) == 208 && offsetof(DepthBody, UpdateMillisec) == 220);
static_assert(offsetof(DepthBody, Levels) == 224 && sizeof(Level) == 32 && offsetof(Level, BidVolume) == 8);
static_assert(offsetof(Level, AskPrice) == 16 && offsetof(Level, AskVolume) == 24);
static_assert(offsetof(DepthBody, AveragePrice) == 384 && sizeof(DepthBody) == 392);
static_assert(offsetof(Depth63, ActionDay) == 392 && sizeof(Depth63) == 408);
static_assert(offsetof(Depth65, ActionDay) == 392 && offsetof(Depth65, InstrumentID) == 401);
static_assert(offsetof(Depth65, ExchangeInstID) == 482 && offsetof(Depth65, BandingUpperPrice) == 568);
static_assert(offsetof(Depth65, BandingLowerPrice) == 576 && sizeof(Depth65) == 584);

/// The first 172 bytes agree in all versions. The whole struct grows (224 .. 280 bytes), so it is sent zeroed and
/// padded.
struct ReqUserLogin {
  char TradingDay[9], BrokerID[11], UserID[16], Password[41], UserProductInfo[11], InterfaceProductInfo[11],
      ProtocolInfo[11], MacAddress[21], OneTimePassword[41];
  char Rest[340];
};
static_assert(offsetof(ReqUserLogin, BrokerID) == 9 && offsetof(ReqUserLogin, UserID) == 20);
static_assert(offsetof(ReqUserLogin, Password) == 36 && offsetof(ReqUserLogin, OneTimePassword) == 131);
static_assert(sizeof(ReqUserLogin) >= 280);

/// Only these 156 bytes are the same in all versions, so no more is read.
struct RspUserLogin {
  char TradingDay[9], LoginTime[9], BrokerID[11], UserID[16], SystemName[41];
  std::int32_t FrontID, SessionID;
  char MaxOrderRef[13], SHFETime[9], DCETime[9], CZCETime[9], FFEXTime[9], INETime[9];
};
static_assert(offsetof(RspUserLogin, SystemName) == 45 && offsetof(RspUserLogin, FrontID) == 88);
static_assert(offsetof(RspUserLogin, INETime) == 145 && sizeof(RspUserLogin) == 156);

struct UserLogout {
  char BrokerID[11], UserID[16];
};
static_assert(sizeof(UserLogout) == 27);

struct RspInfo {
  std::int32_t ErrorID;
  char ErrorMsg[81];
};
static_assert(offsetof(RspInfo, ErrorMsg) == 4 && sizeof(RspInfo) == 88);

/// 31 bytes in 6.3, where the instrument is first; 112 bytes from 6.5, where it is at offset 31.
struct SpecificInstrument63 {
  char InstrumentID[31];
};
struct SpecificInstrument65 {
  char reserve1[31];
  char InstrumentID[81];
};
static_assert(sizeof(SpecificInstrument63) == 31);
static_assert(offsetof(SpecificInstrument65, InstrumentID) == 31 && sizeof(SpecificInstrument65) == 112);

/// Fifteen slots; libraries up to 6.3.11 end before the last one, which is never called.
class MdApi {
 public:
  virtual void Release() = 0;
  virtual void Init() = 0;
  virtual int Join() = 0;
  virtual const char* GetTradingDay() = 0;
  virtual void RegisterFront(char* address) = 0;
  virtual void RegisterNameServer(char* address) = 0;
  virtual void RegisterFensUserInfo(void* info) = 0;
  virtual void RegisterSpi(void* spi) = 0;
  virtual int SubscribeMarketData(char* instruments[], int count) = 0;
  virtual int UnSubscribeMarketData(char* instruments[], int count) = 0;
  virtual int SubscribeForQuoteRsp(char* instruments[], int count) = 0;
  virtual int UnSubscribeForQuoteRsp(char* instruments[], int count) = 0;
  virtual int ReqUserLogin(struct ReqUserLogin* login, int request) = 0;
  virtual int ReqUserLogout(UserLogout* logout, int request) = 0;
  virtual int ReqQryMulticastInstrument(void* query, int request) = 0;

 protected:
  ~MdApi() = default;
};

/// Spare slots behind the known ones: a callback that a later patch added calls a method that only returns.
/// Up to 6.3.11 (14 methods): 12 callbacks.
class MdSpi63 {
 public:
  using Instrument = SpecificInstrument63;
  using Depth = Depth63;
  virtual void OnFrontConnected() {}
  virtual void OnFrontDisconnected(int) {}
  virtual void OnHeartBeatWarning(int) {}
  virtual void OnRspUserLogin(RspUserLogin*, RspInfo*, int, bool) {}
  virtual void OnRspUserLogout(UserLogout*, RspInfo*, int, bool) {}
  virtual void OnRspError(RspInfo*, int, bool) {}
  virtual void OnRspSubMarketData(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRspUnSubMarketData(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRspSubForQuoteRsp(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRspUnSubForQuoteRsp(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRtnDepthMarketData(Depth*) {}  // slot 10
  virtual void OnRtnForQuoteRsp(void*) {}
  virtual void Spare12() {}
  virtual void Spare13() {}
  virtual void Spare14() {}
  virtual void Spare15() {}

 protected:
  ~MdSpi63() = default;
};

/// From 6.3.15 on (15 methods): 13 callbacks. The structs changed later, with 6.5.
template <class InstrumentField, class DepthField>
class MdSpi13 {
 public:
  using Instrument = InstrumentField;
  using Depth = DepthField;
  virtual void OnFrontConnected() {}
  virtual void OnFrontDisconnected(int) {}
  virtual void OnHeartBeatWarning(int) {}
  virtual void OnRspUserLogin(RspUserLogin*, RspInfo*, int, bool) {}
  virtual void OnRspUserLogout(UserLogout*, RspInfo*, int, bool) {}
  virtual void OnRspQryMulticastInstrument(void*, RspInfo*, int, bool) {}
  virtual void OnRspError(RspInfo*, int, bool) {}
  virtual void OnRspSubMarketData(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRspUnSubMarketData(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRspSubForQuoteRsp(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRspUnSubForQuoteRsp(Instrument*, RspInfo*, int, bool) {}
  virtual void OnRtnDepthMarketData(Depth*) {}  // slot 11
  virtual void OnRtnForQuoteRsp(void*) {}
  virtual void Spare13() {}
  virtual void Spare14() {}
  virtual void Spare15() {}
  virtual void Spare16() {}

 protected:
  ~MdSpi13() = default;
};

using MdSpi6315 = MdSpi13<SpecificInstrument63, Depth63>;
using MdSpi65 = MdSpi13<SpecificInstrument65, Depth65>;

}  // namespace ctp
