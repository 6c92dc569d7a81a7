#define _GNU_SOURCE
#include "carrier.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int udp = -1;
static struct sockaddr_in peer;
static int peer_known;
static int handle_tag;

static pthread_mutex_t out_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char out_bytes[BATCH][PACKET_BYTES];
static struct iovec out_vec[BATCH];
static struct mmsghdr out_messages[BATCH];
static unsigned out_count;

static unsigned char in_bytes[BATCH][PACKET_BYTES];
static struct iovec in_vec[BATCH];
static struct mmsghdr in_messages[BATCH];
static struct sockaddr_in in_from[BATCH];

_Noreturn void fail(const char *what) {
  fprintf(stderr, "baseline: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
int64_t cpu_ns(void) { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

void *carrier_handle(void) { return &handle_tag; }

void carrier_set_peer(const struct sockaddr_in *address) {
  peer = *address;
  peer_known = 1;
}

void carrier_open(uint16_t port) {
  udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (udp < 0) fail("socket");
  int bytes = 8 << 20;
  if (setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0) setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  if (setsockopt(udp, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0) setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(udp, (struct sockaddr *)&local, sizeof local) < 0) fail("bind");
  for (int i = 0; i < BATCH; i++) {
    out_vec[i].iov_base = out_bytes[i];
    out_messages[i].msg_hdr = (struct msghdr){.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &out_vec[i], .msg_iovlen = 1};
    in_vec[i] = (struct iovec){in_bytes[i], PACKET_BYTES};
    in_messages[i].msg_hdr = (struct msghdr){.msg_name = &in_from[i], .msg_iov = &in_vec[i], .msg_iovlen = 1};
  }
}

uint16_t carrier_port(void) {
  struct sockaddr_in local;
  socklen_t length = sizeof local;
  getsockname(udp, (struct sockaddr *)&local, &length);
  return ntohs(local.sin_port);
}

static void flush_locked(void) {
  unsigned sent = 0;
  while (sent < out_count) {
    int count = sendmmsg(udp, out_messages + sent, out_count - sent, 0);
    if (count > 0) sent += (unsigned)count;
    else if (errno != EINTR && errno != EAGAIN) break;  // refused: the peer is not there yet; SCTP repeats
  }
  out_count = 0;
}

static int on_output(void *handle, void *packet, size_t length, uint8_t tos, uint8_t df) {
  (void)handle, (void)tos, (void)df;
  if (!peer_known || length > PACKET_BYTES) return 0;
  pthread_mutex_lock(&out_lock);
  memcpy(out_bytes[out_count], packet, length);
  out_vec[out_count].iov_len = length;
  if (++out_count == BATCH) flush_locked();
  pthread_mutex_unlock(&out_lock);
  return 0;
}

void carrier_flush(void) {
  pthread_mutex_lock(&out_lock);
  flush_locked();
  pthread_mutex_unlock(&out_lock);
}

int carrier_poll(int64_t deadline_ns) {
  for (int i = 0; i < BATCH; i++) in_messages[i].msg_hdr.msg_namelen = sizeof in_from[i];
  int count = recvmmsg(udp, in_messages, BATCH, MSG_DONTWAIT, NULL);
  if (count <= 0) {
    int64_t left = deadline_ns - now_ns();
    if (left <= 0) return 0;
    struct pollfd wait = {.fd = udp, .events = POLLIN};
    struct timespec timeout = {left / 1000000000, left % 1000000000};
    if (ppoll(&wait, 1, &timeout, NULL) <= 0) return 0;
    count = recvmmsg(udp, in_messages, BATCH, MSG_DONTWAIT, NULL);
    if (count <= 0) return 0;
  }
  if (!peer_known) carrier_set_peer(&in_from[0]);
  for (int i = 0; i < count; i++) usrsctp_conninput(&handle_tag, in_bytes[i], in_messages[i].msg_len, 0);
  return count;
}

static void *run_timers(void *unused) {
  (void)unused;
  int64_t last = now_ns();
  for (;;) {
    usleep(5000);
    int64_t now = now_ns();
    uint32_t elapsed_ms = (uint32_t)((now - last) / 1000000);
    last += (int64_t)elapsed_ms * 1000000;
    usrsctp_handle_timers(elapsed_ms > 100 ? 100 : elapsed_ms);
    carrier_flush();
  }
  return NULL;
}

void usrsctp_start(void) {
  usrsctp_init_nothreads(0, on_output, NULL);
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_sysctl_set_sctp_asconf_enable(0);
  usrsctp_sysctl_set_sctp_auth_enable(0);
  usrsctp_sysctl_set_sctp_pr_enable(0);
  usrsctp_sysctl_set_sctp_nrsack_enable(0);
  usrsctp_sysctl_set_sctp_pktdrop_enable(0);
  usrsctp_sysctl_set_sctp_reconfig_enable(0);
  usrsctp_sysctl_set_sctp_max_chunks_on_queue(1 << 20);
  usrsctp_sysctl_set_sctp_sendspace(4 << 20);
  usrsctp_sysctl_set_sctp_recvspace(4 << 20);
  usrsctp_sysctl_set_sctp_delayed_sack_time_default(10);
  usrsctp_sysctl_set_sctp_rto_min_default(50);
  usrsctp_sysctl_set_sctp_rto_max_default(200);
  usrsctp_sysctl_set_sctp_rto_initial_default(200);
  usrsctp_register_address(&handle_tag);
  pthread_t timers;
  if (pthread_create(&timers, NULL, run_timers, NULL) != 0) fail("pthread_create");
}

struct socket *association_socket(void) {
  struct socket *sock = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  if (sock == NULL) fail("usrsctp_socket");
  usrsctp_set_non_blocking(sock, 1);
  return sock;
}

void set_nodelay(struct socket *sock, int on) {
  if (usrsctp_setsockopt(sock, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on) < 0) fail("SCTP_NODELAY");
}

void association_options(struct socket *sock, int nodelay) {
  set_nodelay(sock, nodelay);
  struct sctp_initmsg init = {.sinit_num_ostreams = STREAMS, .sinit_max_instreams = STREAMS};
  usrsctp_setsockopt(sock, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
}

struct sockaddr_conn conn_address(uint16_t port, void *handle) {
  return (struct sockaddr_conn){.sconn_family = AF_CONN, .sconn_port = htons(port), .sconn_addr = handle};
}
