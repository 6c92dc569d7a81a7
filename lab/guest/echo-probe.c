/*
 * An echo service and its probe over UDP: the independent witness of a migration. It shares no code with busyhour.
 *
 *   echo-probe serve PORT
 *       sends every datagram back to where it came from.
 *   echo-probe probe ADDRESS PORT EVERY_US GAP_MS
 *       sends a numbered datagram every EVERY_US microseconds and prints one JSON line for each gap longer than GAP_MS
 *       between two answers, and one when it ends (SIGTERM, SIGINT):
 *         {"gap":{"fromUnixMs":F,"toUnixMs":T,"ms":T-F,"lost":N,"ownLateMs":L}}
 *         {"ended":{"sent":N,"answered":N,"late":N,"ownLateMsMax":M}}
 *       `lost` counts datagrams sent within the gap that had no answer when the gap ended. `ownLateMs` is the longest time by
 *       which a question of the gap left too late, because the probe itself did not run: the service may have been there by so
 *       much earlier. `ownLateMsMax` is the longest of the whole run.
 *
 * An answer counts from when this host's kernel received it, so that a probe that has to wait for its turn makes no gap. Times
 * are CLOCK_MONOTONIC, turned into Unix time by an offset taken once, so that a step of the clock makes none either.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signal) {
  (void)signal;
  ended = 1;
}

static int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "echo-probe: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int udp_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  int bytes = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  return fd;
}

static int serve(int port) {
  int fd = udp_socket();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
  char datagram[2048];
  while (!ended) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t bytes = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&peer, &length);
    if (bytes > 0) sendto(fd, datagram, (size_t)bytes, 0, (struct sockaddr *)&peer, length);
  }
  return 0;
}

struct probe {
  int fd;
  int64_t unix_offset_ns;
  int64_t gap_ns;
  int64_t last_answer_ns;
  /* How late the latest question since the last answer left. */
  int64_t own_late_ns;
  uint64_t last_answered;
  uint64_t sent, answered, late;
};

static double unix_ms(const struct probe *probe, int64_t ns) { return (double)(ns + probe->unix_offset_ns) / 1e6; }

/* Takes one answer. Gives when the kernel received it, CLOCK_MONOTONIC; 0 when there is none. */
static int64_t receive(int fd, uint64_t *number) {
  char control[CMSG_SPACE(sizeof(struct timespec))];
  struct iovec vector = {.iov_base = number, .iov_len = sizeof *number};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(fd, &message, MSG_DONTWAIT) != (ssize_t)sizeof *number) return 0;
  int64_t now = now_ns(CLOCK_MONOTONIC);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) return now;
  struct timespec stamp;
  memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
  int64_t age = now_ns(CLOCK_REALTIME) - ((int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec);
  return age > 0 ? now - age : now;
}

static void take_answers(struct probe *probe) {
  uint64_t number;
  for (int64_t now; (now = receive(probe->fd, &number)) != 0;) {
    int64_t gap = now - probe->last_answer_ns;
    if (probe->answered > 0 && gap > probe->gap_ns) {
      uint64_t lost = number > probe->last_answered ? number - probe->last_answered - 1 : 0;
      printf("{\"gap\":{\"fromUnixMs\":%.3f,\"toUnixMs\":%.3f,\"ms\":%.3f,\"lost\":%llu,\"ownLateMs\":%.3f}}\n",
             unix_ms(probe, probe->last_answer_ns), unix_ms(probe, now), (double)gap / 1e6, (unsigned long long)lost,
             (double)probe->own_late_ns / 1e6);
      fflush(stdout);
    }
    probe->last_answer_ns = now;
    probe->own_late_ns = 0;
    if (number < probe->last_answered) probe->late += 1;
    else probe->last_answered = number;
    probe->answered += 1;
  }
}

static int run_probe(const char *host, int port, int64_t every_ns, int64_t gap_ns) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fprintf(stderr, "echo-probe: '%s' is no IPv4 address\n", host);
    return 2;
  }
  struct probe probe = {.fd = udp_socket(), .gap_ns = gap_ns};
  int yes = 1;
  if (setsockopt(probe.fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes) != 0) fail("SO_TIMESTAMPNS");
  if (connect(probe.fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  probe.unix_offset_ns = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC);
  int64_t due = now_ns(CLOCK_MONOTONIC), own_late = 0;
  struct pollfd readable = {.fd = probe.fd, .events = POLLIN};
  while (!ended) {
    int64_t now = now_ns(CLOCK_MONOTONIC);
    if (now >= due) {
      if (now - due > own_late) own_late = now - due;
      if (now - due > probe.own_late_ns) probe.own_late_ns = now - due;
      /* A refused datagram (nobody listens yet) is one without an answer. */
      if (send(probe.fd, &probe.sent, sizeof probe.sent, MSG_DONTWAIT) < 0 && errno == EBADF) fail("send");
      probe.sent += 1;
      due += every_ns;
      /* After a long sleep of its own the probe goes on from now: a burst would only measure the burst. */
      if (now > due + 100 * every_ns) due = now + every_ns;
    }
    int64_t wait = due - now_ns(CLOCK_MONOTONIC);
    struct timespec timeout = {.tv_sec = wait > 0 ? wait / 1000000000 : 0, .tv_nsec = wait > 0 ? wait % 1000000000 : 0};
    if (ppoll(&readable, 1, &timeout, NULL) > 0) take_answers(&probe);
  }
  printf("{\"ended\":{\"sent\":%llu,\"answered\":%llu,\"late\":%llu,\"ownLateMsMax\":%.3f}}\n",
         (unsigned long long)probe.sent, (unsigned long long)probe.answered, (unsigned long long)probe.late,
         (double)own_late / 1e6);
  return 0;
}

int main(int count, char **words) {
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  if (count == 3 && strcmp(words[1], "serve") == 0) return serve(atoi(words[2]));
  if (count == 6 && strcmp(words[1], "probe") == 0) {
    return run_probe(words[2], atoi(words[3]), atoll(words[4]) * 1000, atoll(words[5]) * 1000000);
  }
  fprintf(stderr, "usage: echo-probe serve PORT | echo-probe probe ADDRESS PORT EVERY_US GAP_MS\n");
  return 2;
}
