// JavaScript objects of api.ts into the structures of host.h, and back.
#pragma once

#include "host.h"
#include "napi_util.h"

namespace busyhour {

// False with a JavaScript exception pending.
bool readEndpoint(napi_env env, napi_value from, Endpoint& out);
bool readHostOptions(napi_env env, napi_value from, HostOptions& out);
bool readTransmissionLog(napi_env env, napi_value from, TransmissionLog& out);

// Every record must lie in a send batch of so many messages and bytes, name the association of the first one and stay inside txBytes.
bool checkSend(napi_env env, const Batch& batch, uint32_t messages, uint32_t bytes, uint32_t first, uint32_t count);

napi_value endpointObject(napi_env env, const Endpoint& endpoint);
napi_value statisticsObject(napi_env env, int32_t association, const Statistics& statistics);
napi_value countersObject(napi_env env, const Counters& counters);

}  // namespace busyhour
