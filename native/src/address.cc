#include "address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <cstdlib>

namespace busyhour {

bool Address::parse(const std::string& text, uint16_t port, Address& out) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    address.length = sizeof(sockaddr_in);
    out = address;
    return true;
  }
  std::string host = text;
  uint32_t scope = 0;
  const size_t percent = text.find('%');
  if (percent != std::string::npos) {
    host = text.substr(0, percent);
    scope = if_nametoindex(text.c_str() + percent + 1);
    if (scope == 0) return false;
  }
  address = Address();
  if (inet_pton(AF_INET6, host.c_str(), &address.v6.sin6_addr) != 1) return false;
  address.v6.sin6_family = AF_INET6;
  address.v6.sin6_port = htons(port);
  address.v6.sin6_scope_id = scope;
  address.length = sizeof(sockaddr_in6);
  out = address;
  return true;
}

Address Address::from(const sockaddr_storage& storage, socklen_t length) {
  Address address;
  if (length > sizeof(sockaddr_in6)) length = sizeof(sockaddr_in6);
  std::memcpy(&address.v6, &storage, length);
  address.length = length;
  return address;
}

bool Address::isWildcard() const {
  if (family() == AF_INET) return v4.sin_addr.s_addr == htonl(INADDR_ANY);
  return IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

bool Address::sameHost(const Address& other) const {
  if (family() != other.family()) return false;
  if (family() == AF_INET) return v4.sin_addr.s_addr == other.v4.sin_addr.s_addr;
  return std::memcmp(&v6.sin6_addr, &other.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

std::string Address::hostText() const {
  char buffer[INET6_ADDRSTRLEN] = "?";
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &v4.sin_addr, buffer, sizeof(buffer));
  } else if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &v6.sin6_addr, buffer, sizeof(buffer));
  }
  return buffer;
}

std::string Address::text() const {
  const std::string host = family() == AF_INET6 ? "[" + hostText() + "]" : hostText();
  return host + ":" + std::to_string(port());
}

size_t AddressHash::operator()(const Address& address) const {
  uint64_t hash = address.v4.sin_port * 0x9e3779b97f4a7c15ull;
  if (address.family() == AF_INET) {
    hash ^= address.v4.sin_addr.s_addr;
  } else {
    uint64_t halves[2];
    std::memcpy(halves, &address.v6.sin6_addr, sizeof(halves));
    hash ^= halves[0] ^ (halves[1] * 0xff51afd7ed558ccdull);
  }
  hash ^= hash >> 29;
  return hash * 0xbf58476d1ce4e5b9ull;
}

}  // namespace busyhour
