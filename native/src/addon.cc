// The boundary to JavaScript: api.ts over the engines. State belongs to one environment (main thread or worker).

#include <cerrno>
#include <memory>
#include <unordered_set>

#include "host.h"
#include "napi_util.h"
#include "options.h"
#include "process.h"
#include "thread.h"

namespace busyhour {
namespace {

struct HostHandle;

// One per environment. Hosts that are still open when it ends are closed by its cleanup hook, while the memory that they
// write to is still there.
struct Environment {
  napi_env env = nullptr;
  napi_ref errorClass = nullptr;
  napi_ref hostClass = nullptr;
  std::unordered_set<HostHandle*> open;
};

struct HostHandle {
  Environment* environment = nullptr;
  std::unique_ptr<Host> host;
  Batch batch;
  uint32_t sendBatchMessages = 0;
  uint32_t sendBatchBytes = 0;
  // Keeps the arrays of the transmission log alive while the host may write to them.
  napi_ref log = nullptr;

  void close() {
    if (!host) return;
    host->close();
    host.reset();
    environment->open.erase(this);
  }
};

Environment* environmentOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Environment*>(data);
}

// Throws a BindingError of the class that index.ts registered.
napi_value throwFault(napi_env env, const Fault& fault) {
  napi_value errorClass = nullptr;
  napi_value error = nullptr;
  Environment* environment = environmentOf(env);
  if (environment->errorClass != nullptr) napi_get_reference_value(env, environment->errorClass, &errorClass);
  napi_value args[2] = {js::string(env, fault.code), js::string(env, fault.message)};
  if (errorClass != nullptr && napi_new_instance(env, errorClass, 2, args, &error) == napi_ok) napi_throw(env, error);
  else napi_throw_error(env, fault.code.c_str(), fault.message.c_str());
  return nullptr;
}

HostHandle* handleOf(napi_env env, napi_value self) {
  void* data = nullptr;
  if (napi_unwrap(env, self, &data) != napi_ok || data == nullptr) {
    js::throwType(env, "not an SctpHost");
    return nullptr;
  }
  auto* handle = static_cast<HostHandle*>(data);
  if (!handle->host) {
    napi_throw_error(env, nullptr, "the SctpHost is closed");
    return nullptr;
  }
  return handle;
}

napi_value hostConnect(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  Endpoint remote;
  if (handle == nullptr || !readEndpoint(env, call.args[0], remote)) return nullptr;
  Fault fault;
  const int32_t association = handle->host->connect(remote, fault);
  return fault ? throwFault(env, fault) : js::integer(env, association);
}

// Deadline of a poll or a sleep: its argument, or the one that stands in the times of the host.
bool readDeadline(napi_env env, const js::Call<1>& call, const HostHandle& handle, int64_t& deadlineNs) {
  double deadline = handle.batch.times[Batch::deadline];
  if (call.count > 0 && !js::toDouble(env, call.args[0], "deadlineNs", deadline)) return false;
  return js::toDeadline(env, deadline, deadlineNs);
}

void stamp(const HostHandle& handle, Batch::Time time) { handle.batch.times[time] = static_cast<double>(nowNs()); }

napi_value hostPoll(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  int64_t deadlineNs = 0;
  if (handle == nullptr || !readDeadline(env, call, *handle, deadlineNs)) return nullptr;
  Fault fault;
  stamp(*handle, Batch::polled);
  const int32_t count = handle->host->poll(deadlineNs, fault);
  stamp(*handle, Batch::now);
  return fault ? throwFault(env, fault) : js::integer(env, count);
}

napi_value hostSleep(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  int64_t deadlineNs = 0;
  if (handle == nullptr || !readDeadline(env, call, *handle, deadlineNs)) return nullptr;
  const bool slept = handle->host->sleep(deadlineNs);
  stamp(*handle, Batch::now);
  return js::boolean(env, slept);
}

napi_value hostDrained(napi_env env, napi_callback_info info) {
  const js::Call<0> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  return handle == nullptr ? nullptr : js::boolean(env, handle->host->drained());
}

napi_value hostSend(napi_env env, napi_callback_info info) {
  const js::Call<2> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  if (handle == nullptr) return nullptr;
  uint32_t first = 0;
  uint32_t count = 0;
  if (!js::toInteger(env, call.args[0], "first", 0, 1e9, first) || !js::toInteger(env, call.args[1], "count", 0, 1e9, count) ||
      !checkSend(env, handle->batch, handle->sendBatchMessages, handle->sendBatchBytes, first, count)) {
    return nullptr;
  }
  Fault fault;
  stamp(*handle, Batch::sent);
  const int32_t taken = handle->host->send(first, count, fault);
  return fault ? throwFault(env, fault) : js::integer(env, taken);
}

napi_value hostFlush(napi_env env, napi_callback_info info) {
  const js::Call<0> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  if (handle == nullptr) return nullptr;
  handle->host->flush();
  return js::undefined(env);
}

// Argument of the calls about one association; 0 with an exception pending.
int32_t associationArgument(napi_env env, napi_value value) {
  uint32_t association = 0;
  return js::toInteger(env, value, "association", 1, INT32_MAX, association) ? static_cast<int32_t>(association) : 0;
}

template <void (Host::*kEnd)(int32_t association)>
napi_value hostEnd(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  const int32_t association = handle == nullptr ? 0 : associationArgument(env, call.args[0]);
  if (association == 0) return nullptr;
  (handle->host.get()->*kEnd)(association);
  return js::undefined(env);
}

napi_value hostStatistics(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  const int32_t association = handle == nullptr ? 0 : associationArgument(env, call.args[0]);
  if (association == 0) return nullptr;
  Statistics statistics;
  if (handle->host->statistics(association, statistics)) return statisticsObject(env, association, statistics);
  napi_value none = nullptr;
  napi_get_null(env, &none);
  return none;
}

napi_value hostLogTransmissions(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  TransmissionLog log;
  if (handle == nullptr || !readTransmissionLog(env, call.args[0], log)) return nullptr;
  // The holder keeps the typed arrays that are written to, even if the caller's object is changed later.
  napi_value holder = js::object(env);
  for (const char* name : {"tokens", "firstNs", "lastNs", "previousNs", "count"}) {
    napi_value array = nullptr;
    if (!js::property(env, call.args[0], name, array)) return nullptr;
    js::put(env, holder, name, array);
  }
  napi_ref previous = handle->log;
  napi_create_reference(env, holder, 1, &handle->log);
  handle->host->logTransmissions(log);
  if (previous != nullptr) napi_delete_reference(env, previous);
  return js::undefined(env);
}

napi_value hostCounters(napi_env env, napi_callback_info info) {
  const js::Call<0> call(env, info);
  HostHandle* handle = handleOf(env, call.self);
  return handle == nullptr ? nullptr : countersObject(env, handle->host->counters());
}

napi_value hostClose(napi_env env, napi_callback_info info) {
  const js::Call<0> call(env, info);
  void* data = nullptr;
  if (napi_unwrap(env, call.self, &data) == napi_ok && data != nullptr) {
    auto* handle = static_cast<HostHandle*>(data);
    handle->close();
    if (handle->log != nullptr) napi_delete_reference(env, handle->log);
    handle->log = nullptr;
  }
  return js::undefined(env);
}

void finalizeHost(napi_env, void* data, void*) {
  auto* handle = static_cast<HostHandle*>(data);
  handle->close();
  delete handle;
}

napi_value constructHost(napi_env env, napi_callback_info info) {
  const js::Call<0> call(env, info);
  return call.self;
}

// Gives the JavaScript object an array of `length` elements as property `name` and returns its memory.
void* attachArray(napi_env env, napi_value self, const char* name, napi_typedarray_type type, size_t length, size_t elementBytes) {
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, length * elementBytes, &data, &buffer) != napi_ok) return nullptr;
  if (napi_create_typedarray(env, type, length, buffer, 0, &array) != napi_ok) return nullptr;
  // Not writable and not configurable: the memory must live as long as the object.
  const napi_property_descriptor descriptor = {name, nullptr, nullptr, nullptr, nullptr, array, napi_enumerable, nullptr};
  napi_define_properties(env, self, 1, &descriptor);
  return data;
}

bool attachBatch(napi_env env, napi_value self, const HostOptions& options, Batch& batch) {
  const size_t rx = options.receiveBatchMessages;
  const size_t tx = options.sendBatchMessages;
  batch.times = static_cast<double*>(attachArray(env, self, "times", napi_float64_array, Batch::kTimes, 8));
  batch.rxBytes = static_cast<uint8_t*>(attachArray(env, self, "rxBytes", napi_uint8_array, options.receiveBatchBytes, 1));
  batch.rxRecords = static_cast<int32_t*>(attachArray(env, self, "rxRecords", napi_int32_array, rx * kRxStride, 4));
  batch.rxTimesNs = static_cast<double*>(attachArray(env, self, "rxTimesNs", napi_float64_array, rx, 8));
  batch.txBytes = static_cast<uint8_t*>(attachArray(env, self, "txBytes", napi_uint8_array, options.sendBatchBytes, 1));
  batch.txRecords = static_cast<int32_t*>(attachArray(env, self, "txRecords", napi_int32_array, tx * kTxStride, 4));
  return batch.times && batch.rxBytes && batch.rxRecords && batch.rxTimesNs && batch.txBytes && batch.txRecords;
}

napi_value open(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  HostOptions options;
  if (!readHostOptions(env, call.args[0], options)) return nullptr;
  Environment* environment = environmentOf(env);
  napi_value hostClass = nullptr;
  napi_value self = nullptr;
  napi_get_reference_value(env, environment->hostClass, &hostClass);
  if (napi_new_instance(env, hostClass, 0, nullptr, &self) != napi_ok) return nullptr;
  auto handle = std::make_unique<HostHandle>();
  handle->environment = environment;
  handle->sendBatchMessages = options.sendBatchMessages;
  handle->sendBatchBytes = options.sendBatchBytes;
  if (!attachBatch(env, self, options, handle->batch)) {
    return throwFault(env, {"ENOMEM", "no memory for the batches: lower receiveBatchBytes and sendBatchBytes"});
  }
  Fault fault;
  handle->host = options.carrier == Carrier::kernel ? openKernelHost(options, fault) : openUsrsctpHost(options, fault);
  if (!handle->host) return throwFault(env, fault);
  handle->host->setBatch(handle->batch);
  const napi_property_descriptor descriptors[] = {
      {"local", nullptr, nullptr, nullptr, nullptr, endpointObject(env, handle->host->local()), napi_enumerable, nullptr},
      {"wakeHandle", nullptr, nullptr, nullptr, nullptr, js::number(env, handle->host->wakeHandle()), napi_enumerable, nullptr},
  };
  napi_define_properties(env, self, 2, descriptors);
  HostHandle* raw = handle.release();
  if (napi_wrap(env, self, raw, finalizeHost, nullptr, nullptr) != napi_ok) {
    environment->open.insert(raw);
    finalizeHost(env, raw, nullptr);
    return nullptr;
  }
  environment->open.insert(raw);
  return self;
}

napi_value now(napi_env env, napi_callback_info) { return js::number(env, static_cast<double>(nowNs())); }

napi_value wake(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  uint32_t handle = 0;
  if (!js::toInteger(env, call.args[0], "wakeHandle", 0, UINT32_MAX, handle)) return nullptr;
  wakeHost(handle);
  return js::undefined(env);
}

napi_value capabilities(napi_env env, napi_callback_info) {
  napi_value result = js::object(env);
  js::put(env, result, "usrsctp", js::boolean(env, true));
  js::put(env, result, "kernelCompiled", js::boolean(env, kernelCompiled()));
  js::put(env, result, "kernelAvailable", js::boolean(env, kernelAvailable()));
  js::put(env, result, "rawAvailable", js::boolean(env, rawAvailable()));
  return result;
}

// What a call about this thread returns: nothing, or a fault.
napi_value settled(napi_env env, int error, const std::string& what, const char* remedy = "") {
  return error == 0 ? js::undefined(env) : throwFault(env, systemFault(error, what, remedy));
}

napi_value timerSlack(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  uint32_t slack = 0;
  if (!js::toInteger(env, call.args[0], "slackNs", 1, UINT32_MAX, slack)) return nullptr;
  return settled(env, setTimerSlackNs(slack), "cannot set the timer slack");
}

napi_value timeSlice(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  uint32_t slice = 0;
  if (!js::toInteger(env, call.args[0], "sliceNs", 100'000, 100'000'000, slice)) return nullptr;
  uint64_t inForce = 0;
  const int error = setTimeSliceNs(slice, inForce);
  return error == 0 ? js::number(env, static_cast<double>(inForce)) : settled(env, error, "cannot set the thread's time slice");
}

napi_value pin(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  uint32_t cpu = 0;
  if (!js::toInteger(env, call.args[0], "cpu", 0, kCpusMax - 1, cpu)) return nullptr;
  return settled(env, pinThread(cpu), "cannot pin the thread to CPU " + std::to_string(cpu),
                 "Choose one that this process may use: see `taskset -p`.");
}

napi_value cpuTime(napi_env env, napi_callback_info) { return js::number(env, static_cast<double>(threadCpuNs())); }

// index.ts hands over its error class once per environment.
napi_value setErrorClass(napi_env env, napi_callback_info info) {
  const js::Call<1> call(env, info);
  Environment* environment = environmentOf(env);
  if (environment->errorClass != nullptr) napi_delete_reference(env, environment->errorClass);
  napi_create_reference(env, call.args[0], 1, &environment->errorClass);
  return js::undefined(env);
}

void cleanUp(void* data) {
  auto* environment = static_cast<Environment*>(data);
  while (!environment->open.empty()) (*environment->open.begin())->close();
}

void finalizeEnvironment(napi_env, void* data, void*) { delete static_cast<Environment*>(data); }

napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

}  // namespace

napi_value initialise(napi_env env, napi_value exports) {
  processInit();
  auto* environment = new Environment();
  environment->env = env;
  napi_set_instance_data(env, environment, finalizeEnvironment, nullptr);
  napi_add_env_cleanup_hook(env, cleanUp, environment);

  const napi_property_descriptor hostMethods[] = {
      method("connect", hostConnect),       method("poll", hostPoll),
      method("drained", hostDrained),       method("sleep", hostSleep),
      method("send", hostSend),             method("flush", hostFlush),
      method("shutdown", hostEnd<&Host::shutdown>), method("abort", hostEnd<&Host::abort>),
      method("statistics", hostStatistics), method("logTransmissions", hostLogTransmissions),
      method("counters", hostCounters),     method("close", hostClose),
  };
  napi_value hostClass = nullptr;
  napi_define_class(env, "SctpHost", NAPI_AUTO_LENGTH, constructHost, nullptr, sizeof(hostMethods) / sizeof(hostMethods[0]),
                    hostMethods, &hostClass);
  napi_create_reference(env, hostClass, 1, &environment->hostClass);

  const napi_property_descriptor functions[] = {
      method("nowNs", now),
      method("capabilities", capabilities),
      method("open", open),
      method("wake", wake),
      method("setTimerSlackNs", timerSlack),
      method("setTimeSliceNs", timeSlice),
      method("pinThread", pin),
      method("threadCpuNs", cpuTime),
      method("setErrorClass", setErrorClass),
      {"epochUnixMs", nullptr, nullptr, nullptr, nullptr, js::number(env, epochUnixMs()), napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions);
  return exports;
}

}  // namespace busyhour

NAPI_MODULE_INIT() { return busyhour::initialise(env, exports); }
