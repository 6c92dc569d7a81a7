// One UDP socket under one usrsctp AF_CONN endpoint: packets in and out in batches.
#pragma once
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <usrsctp.h>

enum { SCTP_PORT = 2905, BATCH = 64, PACKET_BYTES = 2048, STREAMS = 16 };

int64_t now_ns(void);
int64_t cpu_ns(void);

// Binds a UDP socket; port 0 lets the system choose. Exits with a message on failure.
void carrier_open(uint16_t port);
uint16_t carrier_port(void);
void carrier_set_peer(const struct sockaddr_in *peer);
void usrsctp_start(void);

// Blocks until a packet is there or the deadline has passed, feeds up to one batch to usrsctp; returns packets fed.
int carrier_poll(int64_t deadline_ns);
// Hands everything usrsctp has queued to the network.
void carrier_flush(void);

struct socket *association_socket(void);
void association_options(struct socket *sock, int nodelay);
void set_nodelay(struct socket *sock, int on);
struct sockaddr_conn conn_address(uint16_t port, void *handle);
void *carrier_handle(void);
_Noreturn void fail(const char *what);
