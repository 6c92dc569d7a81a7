#include "fault.h"

#include <cstring>

namespace busyhour {

std::string errnoName(int error) {
  const char* name = strerrorname_np(error);
  if (name != nullptr) return name;
  return "ERRNO_" + std::to_string(error);
}

Fault systemFault(int error, const std::string& what, const std::string& remedy) {
  const char* text = strerrordesc_np(error);
  std::string message = what + ": " + (text != nullptr ? text : "unknown error");
  if (!remedy.empty()) message += ". " + remedy;
  return {errnoName(error), message};
}

}  // namespace busyhour
