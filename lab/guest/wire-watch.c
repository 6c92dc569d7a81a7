/*
 * Watches from outside when the service in the guest gave new answers: the second witness of a migration. It shares no code with
 * busyhour, sends nothing, and reads only the packets that the guest sends.
 *
 *   wire-watch INTERFACE GUEST UDP_PORT GAP_MS
 *       reads SCTP (RFC 9260) in IPv4 packets from GUEST, by itself or in UDP from UDP_PORT (RFC 6951), and prints one JSON line for each
 *       gap longer than GAP_MS between two new answers:
 *         {"gap":{"fromUnixMs":F,"toUnixMs":T,"ms":T-F}}
 *
 * A new answer is a DATA chunk with a TSN above all before it of its association, whose payload is an M3UA DATA message (RFC 4666 §3.3.1).
 * What is sent again says when SCTP tried again, not that the service is there. Times are the kernel's, of the arrival of the packet.
 * With several associations any of them ends a gap.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ETHERTYPE_IPV4 = 0x0800, UDP = 17, SCTP = 132, DATA_CHUNK = 0, M3UA_PPID = 3, ASSOCIATIONS = 64 };

/* One direction of an association: the verification tag that its packets carry is the receiver's and does not change. */
struct association {
  uint32_t tag;
  uint32_t highest_tsn;
};

struct watch {
  struct association known[ASSOCIATIONS];
  unsigned count;
  double gap_ms;
  double last_ms;
};

static volatile sig_atomic_t ended;

static void end(int signal) {
  (void)signal;
  ended = 1;
}

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "wire-watch: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static uint32_t get32(const uint8_t *at) { return (uint32_t)get16(at) << 16 | get16(at + 2); }

/* Whether a TSN is above all before it; it is then the highest. The oldest association makes room for one too many. */
static int is_new(struct watch *watch, uint32_t tag, uint32_t tsn) {
  unsigned kept = watch->count < ASSOCIATIONS ? watch->count : ASSOCIATIONS;
  for (unsigned i = 0; i < kept; i++) {
    struct association *one = &watch->known[i];
    if (one->tag != tag) continue;
    if ((int32_t)(tsn - one->highest_tsn) <= 0) return 0;
    one->highest_tsn = tsn;
    return 1;
  }
  watch->known[watch->count++ % ASSOCIATIONS] = (struct association){tag, tsn};
  return 1;
}

/* M3UA: version 1, class 1 (transfer), type 1 (payload data). */
static int is_answer(const uint8_t *data, size_t length) { return length >= 4 && data[0] == 1 && data[2] == 1 && data[3] == 1; }

static int has_new_answer(struct watch *watch, const uint8_t *packet, size_t length) {
  int found = 0;
  if (length < 12) return 0;
  uint32_t tag = get32(packet + 4);
  for (size_t at = 12; at + 4 <= length;) {
    const uint8_t *chunk = packet + at;
    size_t size = get16(chunk + 2);
    if (size < 4) break;
    if (chunk[0] == DATA_CHUNK && at + 16 <= length && is_new(watch, tag, get32(chunk + 4))) {
      size_t there = size < length - at ? size : length - at;
      if (there > 16 && get32(chunk + 12) == M3UA_PPID && is_answer(chunk + 16, there - 16)) found = 1;
    }
    at += (size + 3) & ~(size_t)3;
  }
  return found;
}

static void answered(struct watch *watch, double now_ms) {
  if (watch->last_ms > 0 && now_ms - watch->last_ms > watch->gap_ms) {
    printf("{\"gap\":{\"fromUnixMs\":%.3f,\"toUnixMs\":%.3f,\"ms\":%.3f}}\n", watch->last_ms, now_ms, now_ms - watch->last_ms);
    fflush(stdout);
  }
  watch->last_ms = now_ms;
}

/* SCTP in an IPv4 packet from `guest`; NULL when it is something else. */
static const uint8_t *sctp_of(const uint8_t *packet, size_t *length, uint32_t guest, int udp_port) {
  if (*length < 20 || packet[0] >> 4 != 4 || memcmp(packet + 12, &guest, 4) != 0) return NULL;
  size_t header = (size_t)(packet[0] & 15) * 4, total = get16(packet + 2);
  if (total < *length) *length = total;
  if (header < 20 || *length < header + 8) return NULL;
  const uint8_t *payload = packet + header;
  *length -= header;
  if (packet[9] == SCTP) return payload;
  if (packet[9] != UDP || get16(payload) != udp_port) return NULL;
  *length -= 8;
  return payload + 8;
}

static double arrival_ms(struct msghdr *message) {
  struct timespec stamp;
  struct cmsghdr *header = CMSG_FIRSTHDR(message);
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS)
    memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
  else
    clock_gettime(CLOCK_REALTIME, &stamp);
  return (double)stamp.tv_sec * 1e3 + (double)stamp.tv_nsec / 1e6;
}

static int open_socket(const char *interface) {
  int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETHERTYPE_IPV4));
  if (fd < 0) fail("a packet socket (it needs CAP_NET_RAW)");
  struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IPV4), .sll_ifindex = (int)if_nametoindex(interface)};
  if (place.sll_ifindex == 0) fail(interface);
  if (bind(fd, (struct sockaddr *)&place, sizeof place) != 0) fail("bind");
  int yes = 1, bytes = 8 << 20;
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes) != 0) fail("SO_TIMESTAMPNS");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  return fd;
}

int main(int count, char **words) {
  uint32_t guest;
  if (count != 5 || inet_pton(AF_INET, words[2], &guest) != 1) {
    fprintf(stderr, "usage: wire-watch INTERFACE GUEST UDP_PORT GAP_MS\n");
    return 2;
  }
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  struct watch watch = {.gap_ms = atof(words[4])};
  int fd = open_socket(words[1]);
  while (!ended) {
    static uint8_t packet[65536];
    char control[CMSG_SPACE(sizeof(struct timespec))];
    struct sockaddr_ll from;
    struct iovec vector = {.iov_base = packet, .iov_len = sizeof packet};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t bytes = recvmsg(fd, &message, 0);
    if (bytes <= 0 || from.sll_pkttype == PACKET_OUTGOING) continue;
    size_t length = (size_t)bytes;
    const uint8_t *sctp = sctp_of(packet, &length, guest, atoi(words[3]));
    if (sctp != NULL && has_new_answer(&watch, sctp, length)) answered(&watch, arrival_ms(&message));
  }
  return 0;
}
