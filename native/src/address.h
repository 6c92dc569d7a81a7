// A transport address: IPv4 or IPv6 address with a port.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace busyhour {

struct Address {
  union {
    sockaddr generic;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t length;

  Address() : v6{}, length(0) {}

  // Reads "192.0.2.1", "::1" or "fe80::1%eth0"; false when the text is no address.
  static bool parse(const std::string& text, uint16_t port, Address& out);
  // From what the kernel returned beside a packet or by getsockname.
  static Address from(const sockaddr_storage& storage, socklen_t length);

  uint16_t port() const { return ntohs(v4.sin_port); }
  void setPort(uint16_t port) { v4.sin_port = htons(port); }
  int family() const { return generic.sa_family; }
  bool isWildcard() const;
  bool sameHost(const Address& other) const;
  // The address without its port.
  std::string hostText() const;
  // "192.0.2.1:9899", "[::1]:9899".
  std::string text() const;

  bool operator==(const Address& other) const {
    if (family() != other.family() || v4.sin_port != other.v4.sin_port) return false;
    return sameHost(other);
  }
};

struct AddressHash {
  size_t operator()(const Address& address) const;
};

}  // namespace busyhour
