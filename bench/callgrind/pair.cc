// Two hosts of the binding in one thread, without JavaScript: requests of a given size out, answers back. Run under callgrind, the difference of
// two counts of requests is what one costs.
//
//   pair REQUESTS bundle|nodelay [WASTED]
//
// WASTED loop turns for each request are a planted regression: the check has to see it.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../../native/src/clock.h"
#include "../../native/src/host.h"

using namespace busyhour;

namespace {

constexpr uint32_t kMessages = 256;
constexpr uint32_t kBytes = 1u << 18;
constexpr uint32_t kBatch = 64;
// The CAP probe and its answer.
constexpr uint32_t kRequestBytes = 228;
constexpr uint32_t kAnswerBytes = 124;
constexpr uint32_t kStreams = 17;
constexpr uint16_t kPort = 2905;
constexpr int64_t kWaitNs = 50'000;

[[noreturn]] void fail(const char* what, const Fault& fault) {
  std::fprintf(stderr, "pair: %s: %s\n", what, fault.message.c_str());
  std::exit(1);
}

struct Side {
  std::unique_ptr<Host> host;
  std::vector<uint8_t> rxBytes = std::vector<uint8_t>(kBytes);
  std::vector<uint8_t> txBytes = std::vector<uint8_t>(kBytes);
  std::vector<int32_t> rxRecords = std::vector<int32_t>(kMessages * kRxStride);
  std::vector<int32_t> txRecords = std::vector<int32_t>(kMessages * kTxStride);
  std::vector<double> rxTimesNs = std::vector<double>(kMessages);
  int32_t association = 0;
  bool up = false;

  Side(bool listens, bool bundle) {
    HostOptions options;
    options.carrier = Carrier::memory;
    options.local = {{"127.0.0.1"}, listens ? kPort : uint16_t{0}, 0};
    options.listen = listens;
    // No timer of SCTP runs out while valgrind takes its time.
    options.tunables = {10'000, 10'000, 10'000, 200, 2, 0, 5, 10, 8, kStreams, kStreams, 4u << 20, 4u << 20, bundle};
    options.receiveBatchMessages = kMessages;
    options.receiveBatchBytes = kBytes;
    options.sendBatchMessages = kMessages;
    options.sendBatchBytes = kBytes;
    options.associationsMax = 4;
    Fault fault;
    host = openUsrsctpHost(options, fault);
    if (!host) fail("open", fault);
    host->setBatch({rxBytes.data(), rxRecords.data(), rxTimesNs.data(), txBytes.data(), txRecords.data(), nullptr});
  }

  // Messages taken; notes notifications.
  uint32_t take(int64_t deadlineNs) {
    Fault fault;
    const int32_t count = host->poll(deadlineNs, fault);
    if (count < 0) fail("poll", fault);
    uint32_t messages = 0;
    for (int32_t i = 0; i < count; i++) {
      const int32_t* record = rxRecords.data() + static_cast<size_t>(i) * kRxStride;
      if (record[0] == static_cast<int32_t>(RxKind::message)) messages++;
      if (record[0] != static_cast<int32_t>(RxKind::up)) continue;
      association = record[1];
      up = true;
    }
    return messages;
  }

  void send(uint32_t count, uint32_t bytes, uint32_t& token) {
    for (uint32_t i = 0; i < count; i++) {
      int32_t* record = txRecords.data() + i * kTxStride;
      const auto offset = static_cast<int32_t>(i * bytes);
      const int32_t values[kTxStride] = {association, static_cast<int32_t>(1 + i % (kStreams - 1)), 3, offset, static_cast<int32_t>(bytes), static_cast<int32_t>(++token)};
      std::memcpy(record, values, sizeof(values));
    }
    Fault fault;
    if (host->send(0, count, fault) != static_cast<int32_t>(count)) fail("send", fault);
    host->flush();
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: pair REQUESTS bundle|nodelay [WASTED]\n");
    return 2;
  }
  clockInit();
  const uint32_t requests = static_cast<uint32_t>(std::atoi(argv[1]));
  const bool bundle = std::strcmp(argv[2], "bundle") == 0;
  const uint32_t wasted = argc == 4 ? static_cast<uint32_t>(std::atoi(argv[3])) : 0;
  Side responder(true, bundle);
  Side generator(false, bundle);
  Fault fault;
  if (generator.host->connect(responder.host->local(), fault) == 0) fail("connect", fault);
  while (!generator.up || !responder.up) {
    generator.take(nowNs() + 1'000'000);
    responder.take(nowNs() + 1'000'000);
  }
  uint32_t tokens = 0;
  uint32_t answerTokens = 0;
  for (uint32_t answered = 0; answered < requests;) {
    generator.send(kBatch, kRequestBytes, tokens);
    // Both are asked until all is answered: the responder has acknowledgements to take even when it has no requests.
    for (uint32_t answers = 0; answers < kBatch;) {
      const uint32_t count = responder.take(nowNs() + kWaitNs);
      if (count > 0) responder.send(count, kAnswerBytes, answerTokens);
      answers += generator.take(nowNs() + kWaitNs);
    }
    for (volatile uint32_t turn = 0; turn < wasted * kBatch;) turn = turn + 1;
    answered += kBatch;
  }
  generator.host->close();
  responder.host->close();
  return 0;
}
