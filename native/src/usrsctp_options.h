// Every option of usrsctp that we set, and why its default does not do.
#pragma once

#include <usrsctp.h>

#include "fault.h"
#include "host.h"
#include "usrsctp_core.h"

namespace busyhour {

// Once per process, after usrsctp_init.
void applyProcessOptions();

// On a listening or connecting socket. `packetBytes`: path MTU as SCTP sees it (without IP and UDP headers).
Fault applySocketOptions(SctpSocket* so, const Tunables& tunables, uint32_t packetBytes);

// On an accepted socket: what it does not inherit from its listener, or inherits from another host's tunables.
void applyAcceptedOptions(SctpSocket* so, const Tunables& tunables);

void setNodelay(SctpSocket* so, bool on);

// Outgoing streams of an association that is up: no more than the peer takes (RFC 9260 §5.1.1).
int32_t outgoingStreams(SctpSocket* so);

}  // namespace busyhour
