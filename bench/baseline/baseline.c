// The C program that the TypeScript generator and responder are held against: the same engine, the same packets, no JavaScript.
//
//   baseline server PORT ANSWER_BYTES bundle|nodelay
//   baseline client PORT SECONDS REQUEST_BYTES bundle|nodelay saturate WINDOW
//   baseline client PORT SECONDS REQUEST_BYTES bundle|nodelay paced RATE
//
// The client prints one line of JSON. A request begins with its 8-octet number, which the answer carries back.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "carrier.h"
#include "histogram.h"

enum { MESSAGE_BYTES_MAX = 4096, SEND_ROUND = 512 };

static unsigned char message[MESSAGE_BYTES_MAX];
static struct histogram latency, lag;

static struct sctp_sendv_spa send_info = {.sendv_flags = SCTP_SEND_SNDINFO_VALID};

static int send_one(struct socket *sock, size_t bytes, uint64_t number) {
  memcpy(message, &number, sizeof number);
  send_info.sendv_sndinfo.snd_sid = (uint16_t)(number % STREAMS);
  send_info.sendv_sndinfo.snd_ppid = htonl(3);
  return usrsctp_sendv(sock, message, bytes, NULL, 0, &send_info, sizeof send_info, SCTP_SENDV_SPA, 0) < 0 ? -1 : 0;
}

static int receive_one(struct socket *sock, uint64_t *number) {
  unsigned char bytes[MESSAGE_BYTES_MAX];
  struct sctp_rcvinfo info;
  socklen_t info_length = sizeof info;
  unsigned info_type = 0;
  int flags = 0;
  ssize_t length = usrsctp_recvv(sock, bytes, sizeof bytes, NULL, NULL, &info, &info_length, &info_type, &flags);
  if (length < (ssize_t)sizeof *number) return -1;
  memcpy(number, bytes, sizeof *number);
  return 0;
}

// Sends `count` messages so that they share packets, yet none waits for a later one: Nagle's rule holds for all but the last.
struct outbox {
  struct socket *sock;
  size_t bytes;
  int bundle;
};

static unsigned send_round(const struct outbox *box, const uint64_t *numbers, unsigned count) {
  unsigned sent = 0;
  if (box->bundle && count > 1) set_nodelay(box->sock, 0);
  for (; sent < count; sent++) {
    if (box->bundle && count > 1 && sent == count - 1) set_nodelay(box->sock, 1);
    if (send_one(box->sock, box->bytes, numbers[sent]) < 0) break;
  }
  if (box->bundle && sent < count) set_nodelay(box->sock, 1);
  carrier_flush();
  return sent;
}

static int serve(uint16_t port, size_t answer_bytes, int bundle) {
  carrier_open(port);
  usrsctp_start();
  struct socket *listener = association_socket();
  association_options(listener, 1);
  struct sockaddr_conn local = conn_address(SCTP_PORT, carrier_handle());
  if (usrsctp_bind(listener, (struct sockaddr *)&local, sizeof local) < 0) fail("bind");
  if (usrsctp_listen(listener, 1) < 0) fail("listen");
  printf("{\"port\":%u}\n", carrier_port());
  fflush(stdout);
  struct outbox box = {NULL, answer_bytes, bundle};
  static uint64_t queue[SEND_ROUND * 256];
  unsigned queued = 0;
  for (;;) {
    carrier_poll(now_ns() + (queued > 0 ? 100000 : 1000000000));
    if (box.sock == NULL) {
      box.sock = usrsctp_accept(listener, NULL, NULL);
      if (box.sock != NULL) usrsctp_set_non_blocking(box.sock, 1), association_options(box.sock, 1);
    }
    if (box.sock == NULL) { carrier_flush(); continue; }
    while (queued < SEND_ROUND * 256 && receive_one(box.sock, &queue[queued]) == 0) queued++;
    if (queued == 0) { carrier_flush(); continue; }
    unsigned sent = send_round(&box, queue, queued);
    memmove(queue, queue + sent, (queued - sent) * sizeof queue[0]);
    queued -= sent;
  }
}

static struct socket *connect_to(uint16_t port) {
  carrier_open(0);
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  carrier_set_peer(&peer);
  usrsctp_start();
  struct socket *sock = association_socket();
  association_options(sock, 1);
  struct sockaddr_conn local = conn_address(SCTP_PORT, carrier_handle()), remote = local;
  if (usrsctp_bind(sock, (struct sockaddr *)&local, sizeof local) < 0) fail("bind");
  if (usrsctp_connect(sock, (struct sockaddr *)&remote, sizeof remote) < 0 && errno != EINPROGRESS) fail("connect");
  int64_t give_up = now_ns() + 5000000000;
  while (!(usrsctp_get_events(sock) & SCTP_EVENT_WRITE)) {
    carrier_flush();
    carrier_poll(now_ns() + 10000000);
    if (now_ns() > give_up) fail("no association");
  }
  return sock;
}

static uint64_t saturate(const struct outbox *box, int64_t end, unsigned window) {
  uint64_t next = 0, answered = 0, number, numbers[SEND_ROUND];
  while (now_ns() < end) {
    unsigned count = 0;
    while (count < SEND_ROUND && next + count - answered < window) numbers[count] = next + count, count++;
    if (count > 0) next += send_round(box, numbers, count);
    carrier_poll(now_ns() + 10000000);
    while (receive_one(box->sock, &number) == 0) answered++;
    carrier_flush();
  }
  return answered;
}

static uint64_t pace(const struct outbox *box, int64_t start, int64_t end, double rate) {
  uint64_t next = 0, answered = 0, number, numbers[SEND_ROUND];
  double spacing = 1e9 / rate;
  int64_t due = start;
  while (now_ns() < end) {
    int64_t now = now_ns();
    unsigned count = 0;
    while (count < SEND_ROUND && due <= now) {
      histogram_record(&lag, now - due);
      numbers[count++] = next++;
      due = start + (int64_t)((double)next * spacing);
    }
    if (count > 0 && send_round(box, numbers, count) != count) fail("send buffer full");
    carrier_poll(due);
    now = now_ns();
    while (receive_one(box->sock, &number) == 0) {
      histogram_record(&latency, now - start - (int64_t)((double)number * spacing));
      answered++;
    }
    carrier_flush();
  }
  return answered;
}

static void print_result(uint64_t answered, double seconds, double cpu_seconds) {
  printf("{\"answered\":%llu,\"seconds\":%.3f,\"pairsPerSecond\":%.0f,\"cpuSeconds\":%.3f,\"cpuUsPerPair\":%.3f,", (unsigned long long)answered, seconds,
         (double)answered / seconds, cpu_seconds, cpu_seconds * 1e6 / (double)(answered ? answered : 1));
  printf("\"latencyUs\":{\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f},\"lagUs\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}}\n", histogram_quantile_us(&latency, 0.5),
         histogram_quantile_us(&latency, 0.99), (double)latency.max / 1e3, histogram_quantile_us(&lag, 0.5), histogram_quantile_us(&lag, 0.99),
         histogram_quantile_us(&lag, 0.999), (double)lag.max / 1e3);
}

int main(int argc, char **argv) {
  prctl(PR_SET_TIMERSLACK, 1);
  if (argc == 5 && strcmp(argv[1], "server") == 0) return serve((uint16_t)atoi(argv[2]), (size_t)atoi(argv[3]), strcmp(argv[4], "bundle") == 0);
  if (argc != 8 || strcmp(argv[1], "client") != 0) {
    fprintf(stderr, "usage: baseline server PORT ANSWER_BYTES bundle|nodelay\n       baseline client PORT SECONDS REQUEST_BYTES bundle|nodelay saturate|paced WINDOW|RATE\n");
    return 2;
  }
  struct outbox box = {connect_to((uint16_t)atoi(argv[2])), (size_t)atoi(argv[4]), strcmp(argv[5], "bundle") == 0};
  if (box.bytes > MESSAGE_BYTES_MAX || box.bytes < 8) fail("REQUEST_BYTES out of range");
  int64_t start = now_ns(), cpu = cpu_ns(), end = start + (int64_t)(atof(argv[3]) * 1e9);
  int paced = strcmp(argv[6], "paced") == 0;
  uint64_t answered = paced ? pace(&box, start, end, atof(argv[7])) : saturate(&box, end, (unsigned)atoi(argv[7]));
  print_result(answered, (double)(now_ns() - start) / 1e9, (double)(cpu_ns() - cpu) / 1e9);
  return 0;
}
