// Options and addresses of kernel SCTP sockets (RFC 6458 §8), through <linux/sctp.h> without libsctp.
#pragma once

#include <string>
#include <vector>

#include "address.h"
#include "carrier_socket.h"
#include "fault.h"
#include "host.h"

namespace busyhour {

// Reads every address of an endpoint, all with its SCTP port. Empty with `fault` set.
std::vector<Address> kernelAddresses(const Endpoint& endpoint, const std::string& what, Fault& fault);

// Every tunable, on a listening, connecting or accepted socket.
Fault applyKernelOptions(int fd, const Tunables& tunables);

// Binds to all addresses; returns the port really bound, or 0 with errno set.
uint16_t bindAll(int fd, std::vector<Address> addresses);

// Starts an association with a peer of one or several addresses; 0 or an errno value.
int connectAll(int fd, const std::vector<Address>& addresses);

Endpoint kernelPeer(int fd);

// Fills what SCTP_STATUS and SCTP_GET_ASSOC_STATS tell.
void readKernelStatistics(int fd, Statistics& out);

// Outgoing streams of an association that is up: no more than the peer takes (RFC 9260 §5.1.1).
int32_t kernelOutgoingStreams(int fd);

}  // namespace busyhour
