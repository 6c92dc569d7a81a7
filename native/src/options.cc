#include "options.h"

namespace busyhour {
namespace {

constexpr double kMsMax = 3'600'000;
constexpr double kBufferBytesMin = 16'384;
constexpr double kBufferBytesMax = 1'073'741'824;
constexpr double kBatchBytesMin = 8'192;
constexpr double kBatchMessagesMax = 1'048'576;
constexpr double kAssociationsMax = 65'536;

struct Field {
  const char* name;
  double low;
  double high;
  uint32_t Tunables::*member;
};

constexpr Field kTunableFields[] = {
    {"rtoInitialMs", 1, kMsMax, &Tunables::rtoInitialMs},
    {"rtoMinMs", 1, kMsMax, &Tunables::rtoMinMs},
    {"rtoMaxMs", 1, kMsMax, &Tunables::rtoMaxMs},
    // usrsctp takes 0 for "leave as it is", and 500 ms is the RFC's bound (RFC 9260 §6.2).
    {"sackDelayMs", 1, 500, &Tunables::sackDelayMs},
    {"sackFrequency", 1, 65'535, &Tunables::sackFrequency},
    {"heartbeatIntervalMs", 0, kMsMax, &Tunables::heartbeatIntervalMs},
    {"pathMaxRetransmissions", 1, 65'535, &Tunables::pathMaxRetransmissions},
    {"associationMaxRetransmissions", 1, 65'535, &Tunables::associationMaxRetransmissions},
    {"initMaxAttempts", 1, 65'535, &Tunables::initMaxAttempts},
    {"outboundStreams", 1, 65'535, &Tunables::outboundStreams},
    {"inboundStreamsMax", 1, 65'535, &Tunables::inboundStreamsMax},
    {"sendBufferBytes", kBufferBytesMin, kBufferBytesMax, &Tunables::sendBufferBytes},
    {"receiveBufferBytes", kBufferBytesMin, kBufferBytesMax, &Tunables::receiveBufferBytes},
};

bool readTunables(napi_env env, napi_value from, Tunables& out) {
  for (const Field& field : kTunableFields) {
    if (!js::integerProperty(env, from, field.name, field.low, field.high, out.*field.member)) return false;
  }
  if (out.rtoMinMs > out.rtoInitialMs || out.rtoInitialMs > out.rtoMaxMs) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "rtoMinMs <= rtoInitialMs <= rtoMaxMs must hold");
    return false;
  }
  std::string bundling;
  if (!js::textProperty(env, from, "bundling", bundling)) return false;
  if (bundling != "off" && bundling != "auto") return js::throwType(env, "bundling must be 'off' or 'auto'");
  out.bundle = bundling == "auto";
  return true;
}

bool readCarrier(napi_env env, napi_value from, Carrier& out) {
  std::string name;
  if (!js::textProperty(env, from, "carrier", name)) return false;
  if (name == "udp") out = Carrier::udp;
  else if (name == "raw") out = Carrier::raw;
  else if (name == "memory") out = Carrier::memory;
  else if (name == "kernel") out = Carrier::kernel;
  else return js::throwType(env, "carrier must be 'kernel', 'udp', 'raw' or 'memory', not '" + name + "'");
  return true;
}

// The data of a typed array property, of the given type.
bool arrayProperty(napi_env env, napi_value from, const char* name, napi_typedarray_type wanted, void*& data, size_t& length) {
  napi_value value = nullptr;
  if (!js::property(env, from, name, value)) return false;
  napi_typedarray_type type = napi_int8_array;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok || type != wanted) {
    return js::throwType(env, std::string("transmission log: ") + name + " has the wrong array type");
  }
  return true;
}

}  // namespace

bool readEndpoint(napi_env env, napi_value from, Endpoint& out) {
  napi_value addresses = nullptr;
  if (!js::property(env, from, "addresses", addresses)) return false;
  uint32_t count = 0;
  if (napi_get_array_length(env, addresses, &count) != napi_ok) return js::throwType(env, "addresses must be an array");
  out.addresses.clear();
  for (uint32_t i = 0; i < count; i++) {
    napi_value each = nullptr;
    napi_get_element(env, addresses, i, &each);
    std::string text;
    if (!js::toText(env, each, "an address", text)) return false;
    out.addresses.push_back(text);
  }
  uint32_t sctpPort = 0;
  uint32_t udpPort = 0;
  if (!js::integerProperty(env, from, "sctpPort", 0, 65'535, sctpPort)) return false;
  if (!js::integerProperty(env, from, "udpPort", 0, 65'535, udpPort)) return false;
  out.sctpPort = static_cast<uint16_t>(sctpPort);
  out.udpPort = static_cast<uint16_t>(udpPort);
  return true;
}

bool readHostOptions(napi_env env, napi_value from, HostOptions& out) {
  napi_value local = nullptr;
  napi_value tunables = nullptr;
  return readCarrier(env, from, out.carrier) && js::property(env, from, "local", local) && readEndpoint(env, local, out.local) &&
         js::boolProperty(env, from, "listen", out.listen) && js::boolProperty(env, from, "reusePort", out.reusePort) &&
         js::property(env, from, "tunables", tunables) && readTunables(env, tunables, out.tunables) &&
         js::integerProperty(env, from, "receiveBatchMessages", 1, kBatchMessagesMax, out.receiveBatchMessages) &&
         js::integerProperty(env, from, "receiveBatchBytes", kBatchBytesMin, kBufferBytesMax, out.receiveBatchBytes) &&
         js::integerProperty(env, from, "sendBatchMessages", 1, kBatchMessagesMax, out.sendBatchMessages) &&
         js::integerProperty(env, from, "sendBatchBytes", kBatchBytesMin, kBufferBytesMax, out.sendBatchBytes) &&
         js::integerProperty(env, from, "associationsMax", 1, kAssociationsMax, out.associationsMax);
}

bool readTransmissionLog(napi_env env, napi_value from, TransmissionLog& out) {
  void* data[5] = {};
  size_t lengths[5] = {};
  if (!arrayProperty(env, from, "tokens", napi_uint32_array, data[0], lengths[0]) ||
      !arrayProperty(env, from, "firstNs", napi_float64_array, data[1], lengths[1]) ||
      !arrayProperty(env, from, "lastNs", napi_float64_array, data[2], lengths[2]) ||
      !arrayProperty(env, from, "previousNs", napi_float64_array, data[3], lengths[3]) ||
      !arrayProperty(env, from, "count", napi_uint16_array, data[4], lengths[4])) {
    return false;
  }
  const size_t capacity = lengths[0];
  for (const size_t length : lengths) {
    if (length != capacity) return js::throwType(env, "transmission log: all arrays must have the same length");
  }
  if (capacity == 0 || (capacity & (capacity - 1)) != 0 || capacity > (size_t{1} << 31)) {
    return js::throwType(env, "transmission log: the length must be a power of two");
  }
  out.tokens = static_cast<uint32_t*>(data[0]);
  out.firstNs = static_cast<double*>(data[1]);
  out.lastNs = static_cast<double*>(data[2]);
  out.previousNs = static_cast<double*>(data[3]);
  out.count = static_cast<uint16_t*>(data[4]);
  out.mask = static_cast<uint32_t>(capacity - 1);
  return true;
}

napi_value endpointObject(napi_env env, const Endpoint& endpoint) {
  napi_value addresses = nullptr;
  napi_create_array_with_length(env, endpoint.addresses.size(), &addresses);
  for (uint32_t i = 0; i < endpoint.addresses.size(); i++) napi_set_element(env, addresses, i, js::string(env, endpoint.addresses[i]));
  napi_value result = js::object(env);
  js::put(env, result, "addresses", addresses);
  js::put(env, result, "sctpPort", js::integer(env, endpoint.sctpPort));
  js::put(env, result, "udpPort", js::integer(env, endpoint.udpPort));
  return result;
}

napi_value statisticsObject(napi_env env, int32_t association, const Statistics& from) {
  napi_value result = js::object(env);
  napi_value none = nullptr;
  napi_get_null(env, &none);
  js::put(env, result, "association", js::integer(env, association));
  js::put(env, result, "remote", endpointObject(env, from.remote));
  js::put(env, result, "state", js::string(env, from.state));
  js::put(env, result, "retransmissions", js::number(env, from.retransmissions));
  js::put(env, result, "duplicateTsns", from.duplicateTsns < 0 ? none : js::number(env, from.duplicateTsns));
  js::put(env, result, "srttMs", js::number(env, from.srttMs));
  js::put(env, result, "rtoMs", js::number(env, from.rtoMs));
  js::put(env, result, "rtoMaxSeenMs", js::number(env, from.rtoMaxSeenMs));
  js::put(env, result, "cwndBytes", js::number(env, from.cwndBytes));
  js::put(env, result, "outstandingChunks", js::number(env, from.outstandingChunks));
  js::put(env, result, "queuedMessages", js::number(env, from.queuedMessages));
  js::put(env, result, "packetsSent", js::number(env, from.packetsSent));
  js::put(env, result, "packetsReceived", js::number(env, from.packetsReceived));
  js::put(env, result, "messagesSent", js::number(env, from.messagesSent));
  js::put(env, result, "messagesReceived", js::number(env, from.messagesReceived));
  return result;
}

napi_value countersObject(napi_env env, const Counters& from) {
  napi_value result = js::object(env);
  js::put(env, result, "packetsSent", js::number(env, static_cast<double>(from.packetsSent)));
  js::put(env, result, "packetsReceived", js::number(env, static_cast<double>(from.packetsReceived)));
  js::put(env, result, "packetsSendFailed", js::number(env, static_cast<double>(from.packetsSendFailed)));
  js::put(env, result, "packetsDiscarded", js::number(env, static_cast<double>(from.packetsDiscarded)));
  js::put(env, result, "packetsOverflowed", js::number(env, static_cast<double>(from.packetsOverflowed)));
  js::put(env, result, "associationsRefused", js::number(env, static_cast<double>(from.associationsRefused)));
  js::put(env, result, "messagesDiscarded", js::number(env, static_cast<double>(from.messagesDiscarded)));
  return result;
}

bool checkSend(napi_env env, const Batch& batch, uint32_t messages, uint32_t bytes, uint32_t first, uint32_t count) {
  if (count > messages || first > messages - count) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "send: the records lie outside the send batch");
    return false;
  }
  const int32_t* record = batch.txRecords + static_cast<size_t>(first) * kTxStride;
  const int32_t association = record[0];
  for (uint32_t i = 0; i < count; i++, record += kTxStride) {
    const int64_t end = static_cast<int64_t>(record[3]) + record[4];
    if (record[0] == association && record[1] >= 0 && record[1] <= 65'535 && record[3] >= 0 && record[4] > 0 &&
        end <= static_cast<int64_t>(bytes)) {
      continue;
    }
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE",
                           ("send: record " + std::to_string(first + i) +
                            " is of another association, has no bytes, or points outside txBytes")
                               .c_str());
    return false;
  }
  return true;
}

}  // namespace busyhour
