// The layout as the compiler sees it, as JSON.
#include <cstdio>
#include <cstring>

#include "ctp_abi.h"
#include "ring.h"
#include "shim.h"

/// Place of a virtual method in its table. Itanium ABI: the first word of a member pointer is 1 + 8 * slot on x86-64
/// and 8 * slot on arm64.
template <class Method>
static std::size_t vtable_slot(Method method) {
  std::size_t word;
  std::memcpy(&word, &method, sizeof word);
  return word / sizeof(void*);
}

extern "C" const char* tickd_layout(void) {
  using namespace tickd;
  static char text[4096];
  int used = 0;
  const auto add = [&](const char* name, std::size_t value) {
    used += std::snprintf(text + used, sizeof text - used, "%s\"%s\":%zu", used == 1 ? "" : ",", name, value);
  };
  text[used++] = '{';
#define CONSTANT(name, value) add(name, value)
#define HEADER(field) add("header." #field, offsetof(RingHeader, field))
#define SLOT(field) add("slot." #field, offsetof(Slot, field))
#define TICK(field) add("tick." #field, offsetof(Slot, tick) + offsetof(TickBody, field))
#define KIND(name) add("kind." #name, k##name)
  CONSTANT("headerBytes", kHeaderBytes); CONSTANT("slotBytes", kSlotBytes); CONSTANT("textBytes", kTextBytes);
  CONSTANT("magic", kMagic); CONSTANT("layoutVersion", kLayoutVersion); CONSTANT("controlReserve", kControlReserve);
  HEADER(head); HEADER(tail); HEADER(sleeping); HEADER(drop_ticks); HEADER(drop_control); HEADER(wakes); HEADER(ticks);
  HEADER(first_drop_seq); HEADER(last_drop_seq); HEADER(coalesced_connects); HEADER(coalesced_disconnects);
  HEADER(closed); HEADER(magic); HEADER(layout_version); HEADER(capacity); HEADER(slot_size); HEADER(pid);
  HEADER(epoch); HEADER(api_version); HEADER(heartbeats); HEADER(commands);
  SLOT(seq); SLOT(recv_ns); SLOT(kind); SLOT(sym); SLOT(trading_day); SLOT(action_day); SLOT(update_sec);
  SLOT(update_ms); SLOT(volume); SLOT(aux); SLOT(text); SLOT(mono_ns);
  TICK(last); TICK(pre_settlement); TICK(pre_close); TICK(pre_open_interest); TICK(open); TICK(high); TICK(low);
  TICK(turnover); TICK(open_interest); TICK(close); TICK(settlement); TICK(upper_limit); TICK(lower_limit);
  TICK(pre_delta); TICK(curr_delta); TICK(average); TICK(band_upper); TICK(band_lower); TICK(bid_price);
  TICK(ask_price); TICK(bid_volume); TICK(ask_volume);
  KIND(Tick); KIND(Connected); KIND(Disconnected); KIND(HeartbeatWarning); KIND(Login); KIND(Subscribed); KIND(Error);
  KIND(Symbol); KIND(Logout); KIND(Unsubscribed); KIND(Returned); KIND(Ready);
#define API(name) add("api." #name, vtable_slot(&ctp::MdApi::name))
#define SPI(name)                                             \
  add("spi63." #name, vtable_slot(&ctp::MdSpi63::name)),      \
      add("spi6315." #name, vtable_slot(&ctp::MdSpi6315::name)), \
      add("spi65." #name, vtable_slot(&ctp::MdSpi65::name))
  API(Release); API(Init); API(Join); API(GetTradingDay); API(RegisterFront); API(RegisterSpi);
  API(SubscribeMarketData); API(UnSubscribeMarketData); API(ReqUserLogin); API(ReqUserLogout);
  API(ReqQryMulticastInstrument);
  SPI(OnFrontConnected); SPI(OnFrontDisconnected); SPI(OnHeartBeatWarning); SPI(OnRspUserLogin); SPI(OnRspUserLogout);
  SPI(OnRspError); SPI(OnRspSubMarketData); SPI(OnRspUnSubMarketData); SPI(OnRtnDepthMarketData); SPI(OnRtnForQuoteRsp);
  text[used++] = '}';
  text[used] = '\0';
  return text;
}
