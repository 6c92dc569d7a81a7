// Packets between hosts of one process, for tests: no socket, no loss, no reordering.
#include <cerrno>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "carrier.h"
#include "clock.h"
#include "poller.h"

namespace busyhour {
namespace {

// A slow reader's inbox ends here; a real socket buffer has an end too.
constexpr size_t kInboxBytesMax = 64u << 20;
constexpr uint32_t kFirstPort = 49'152;

struct Inbox {
  struct Entry {
    size_t offset;
    size_t length;
    Address source;
    int64_t stampNs;
  };

  std::mutex mutex;
  WakeEvent readable;
  std::vector<uint8_t> bytes;
  std::vector<Entry> entries;
  uint64_t overflowed = 0;

  bool put(const uint8_t* data, size_t length, const Address& source) {
    const std::lock_guard lock(mutex);
    if (bytes.size() + length > kInboxBytesMax) {
      overflowed++;
      return false;
    }
    if (entries.empty()) readable.signal();
    entries.push_back({bytes.size(), length, source, nowNs()});
    bytes.insert(bytes.end(), data, data + length);
    return true;
  }
};

struct Network {
  std::mutex mutex;
  std::unordered_map<Address, std::shared_ptr<Inbox>, AddressHash> inboxes;
  uint32_t nextPort = kFirstPort;

  static Network& instance() {
    static Network* network = new Network();
    return *network;
  }
};

class MemoryCarrier final : public PacketCarrier {
 public:
  MemoryCarrier(const Address& local, std::shared_ptr<Inbox> inbox) : inbox_(std::move(inbox)) { local_ = local; }

  ~MemoryCarrier() override {
    Network& network = Network::instance();
    const std::lock_guard lock(network.mutex);
    network.inboxes.erase(local_);
  }

  int fd() const override { return inbox_->readable.fd(); }

  uint32_t receive(ReceivedPacket* out) override {
    if (next_ == entries_.size()) {
      entries_.clear();
      bytes_.clear();
      next_ = 0;
      const std::lock_guard lock(inbox_->mutex);
      inbox_->readable.consume();
      entries_.swap(inbox_->entries);
      bytes_.swap(inbox_->bytes);
    }
    uint32_t count = 0;
    for (; next_ < entries_.size() && count < kReceiveSlots; next_++, count++) {
      const Inbox::Entry& entry = entries_[next_];
      out[count] = {bytes_.data() + entry.offset, entry.length, entry.source, Address(), entry.stampNs};
    }
    // What is left must keep the descriptor readable.
    if (next_ < entries_.size()) inbox_->readable.signal();
    return count;
  }

  uint32_t send(const OutgoingPacket* packets, uint32_t count) override {
    uint32_t refused = 0;
    for (uint32_t i = 0; i < count; i++) {
      const std::shared_ptr<Inbox> target = find(packets[i].destination);
      if (!target || !target->put(packets[i].data, packets[i].length, local_)) refused++;
    }
    return refused;
  }

  uint64_t overflowed() const override {
    const std::lock_guard lock(inbox_->mutex);
    return inbox_->overflowed;
  }

  uint32_t packetBytes() const override { return 1472; }

 private:
  static std::shared_ptr<Inbox> find(const Address& address) {
    Network& network = Network::instance();
    const std::lock_guard lock(network.mutex);
    const auto found = network.inboxes.find(address);
    return found == network.inboxes.end() ? nullptr : found->second;
  }

  std::shared_ptr<Inbox> inbox_;
  std::vector<Inbox::Entry> entries_;
  std::vector<uint8_t> bytes_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<PacketCarrier> openMemoryCarrier(const HostOptions& options, Fault& fault) {
  Address local;
  const std::string what = "cannot open " + endpointText(options.local);
  if (options.local.addresses.size() != 1 || !Address::parse(options.local.addresses[0], options.local.udpPort, local)) {
    fault = {"EINVAL", what + ": give exactly one IPv4 or IPv6 address"};
    return nullptr;
  }
  Network& network = Network::instance();
  const std::lock_guard lock(network.mutex);
  for (uint32_t tries = 0; local.port() == 0 || (options.local.udpPort == 0 && network.inboxes.contains(local)); tries++) {
    local.setPort(static_cast<uint16_t>(kFirstPort + network.nextPort++ % (65'536 - kFirstPort)));
    if (tries > 65'536) break;
  }
  auto inbox = std::make_shared<Inbox>();
  if (!network.inboxes.emplace(local, inbox).second) {
    fault = systemFault(EADDRINUSE, what, "Another host of this process has this address: choose another port.");
    return nullptr;
  }
  return std::make_unique<MemoryCarrier>(local, std::move(inbox));
}

}  // namespace busyhour
