// A fault of the caller or of the system: becomes a `BindingError` in JavaScript.
#pragma once

#include <string>

namespace busyhour {

struct Fault {
  // Stable name such as EADDRINUSE; empty means no fault.
  std::string code;
  // Names the endpoint and the remedy.
  std::string message;

  explicit operator bool() const { return !code.empty(); }
};

// Symbolic name of an errno value, for instance "EADDRINUSE"; "ERRNO_n" when it has none.
std::string errnoName(int error);

// A fault from errno: "<what>: <system text>. <remedy>".
Fault systemFault(int error, const std::string& what, const std::string& remedy);

}  // namespace busyhour
