// Small helpers over the C N-API. A failed conversion leaves a JavaScript exception pending and returns false.
#pragma once

#include <node_api.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace busyhour::js {

inline napi_value undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

inline napi_value number(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

inline napi_value integer(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

inline napi_value boolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

inline napi_value string(napi_env env, const std::string& value) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, value.c_str(), value.size(), &result);
  return result;
}

inline napi_value object(napi_env env) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  return result;
}

inline void put(napi_env env, napi_value target, const char* name, napi_value value) {
  napi_set_named_property(env, target, name, value);
}

// Arguments and `this` of a call.
template <size_t N>
struct Call {
  napi_value self = nullptr;
  napi_value args[N == 0 ? 1 : N] = {};
  size_t count = N;

  Call(napi_env env, napi_callback_info info) { napi_get_cb_info(env, info, &count, args, &self, nullptr); }
};

inline bool throwType(napi_env env, const std::string& message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message.c_str());
  return false;
}

inline bool toDouble(napi_env env, napi_value value, const char* name, double& out) {
  if (napi_get_value_double(env, value, &out) == napi_ok) return true;
  return throwType(env, std::string(name) + " must be a number");
}

// A whole number of the given range.
inline bool toInteger(napi_env env, napi_value value, const char* name, double low, double high, uint32_t& out) {
  double number = 0;
  if (!toDouble(env, value, name, number)) return false;
  if (!(number >= low && number <= high) || number != static_cast<double>(static_cast<int64_t>(number))) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE",
                           (std::string(name) + " must be a whole number from " + std::to_string(static_cast<int64_t>(low)) +
                            " to " + std::to_string(static_cast<int64_t>(high)))
                               .c_str());
    return false;
  }
  out = static_cast<uint32_t>(number);
  return true;
}

inline bool toText(napi_env env, napi_value value, const char* name, std::string& out) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
    return throwType(env, std::string(name) + " must be a string");
  }
  out.resize(length);
  napi_get_value_string_utf8(env, value, out.data(), length + 1, &length);
  return true;
}

inline bool property(napi_env env, napi_value from, const char* name, napi_value& out) {
  if (napi_get_named_property(env, from, name, &out) == napi_ok) return true;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) throwType(env, std::string("an object with the property ") + name + " is needed");
  return false;
}

inline bool integerProperty(napi_env env, napi_value from, const char* name, double low, double high, uint32_t& out) {
  napi_value value = nullptr;
  return property(env, from, name, value) && toInteger(env, value, name, low, high, out);
}

inline bool boolProperty(napi_env env, napi_value from, const char* name, bool& out) {
  napi_value value = nullptr;
  if (!property(env, from, name, value)) return false;
  if (napi_get_value_bool(env, value, &out) == napi_ok) return true;
  return throwType(env, std::string(name) + " must be true or false");
}

inline bool textProperty(napi_env env, napi_value from, const char* name, std::string& out) {
  napi_value value = nullptr;
  return property(env, from, name, value) && toText(env, value, name, out);
}

// The past is 0, and what is too far away for an integer is for ever. False: not a time, and an exception is pending.
inline bool toDeadline(napi_env env, double deadline, int64_t& deadlineNs) {
  if (std::isnan(deadline)) return throwType(env, "deadlineNs must not be NaN"), false;
  deadlineNs = 0;
  if (deadline > 0) deadlineNs = deadline < 9e18 ? static_cast<int64_t>(deadline) : INT64_MAX;
  return true;
}

}  // namespace busyhour::js
