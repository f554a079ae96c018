#include "delivery.hpp"

#include <set>

#include <spdlog/spdlog.h>

namespace minben::gateway {

Delivery::Delivery(const GatewayConfig& config, Journal& journal, const trust::SigningKey& key,
                   std::unique_ptr<MessageLog> messages, std::function<std::string()> url,
                   const DeliveryLimits& limits)
    : member_(config.member),
      journal_(journal),
      key_(key),
      messages_(std::move(messages)),
      url_(std::move(url)),
      limits_(limits),
      client_(net::ClientConfig{}) {}

Delivery::~Delivery() { stop(); }

Result<std::unique_ptr<Delivery>> Delivery::start(const GatewayConfig& config, Journal& journal,
                                                  const trust::SigningKey& key, Random& random,
                                                  std::function<std::string()> url,
                                                  const DeliveryLimits& limits) {
  MINBEN_TRY(messages, MessageLog::open(config.state_directory, random));
  std::unique_ptr<Delivery> delivery(
      new Delivery(config, journal, key, std::move(messages), std::move(url), limits));
  journal.on_use([raw = delivery.get()] { raw->wake(); });
  delivery->thread_ = std::thread([raw = delivery.get()] { raw->run(); });
  return delivery;
}

void Delivery::wake() {
  const std::lock_guard lock(mutex_);
  fresh_ = true;
  wake_.notify_all();
}

void Delivery::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// While the platform cannot be reached the pause grows, and new records do not shorten it.
void Delivery::run() {
  milliseconds pause = limits_.first_pause_ms;
  bool reachable = true;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (fresh_) wake_.wait_for(lock, limits_.gather_ms, [&] { return stopping_; });
    fresh_ = false;
    lock.unlock();
    reachable = journal_.waiting() == 0 || pass(false);
    lock.lock();
    pause = reachable ? limits_.first_pause_ms : std::min(pause * 2, limits_.longest_pause_ms);
    wake_.wait_for(lock, pause, [&] { return stopping_ || (fresh_ && reachable); });
  }
}

void Delivery::deliver() { pass(true); }

bool Delivery::pass(bool also_refused) {
  const std::lock_guard lock(passing_);
  std::int64_t after = 0;
  while (true) {
    const std::string url = url_();
    if (url.empty()) return false;
    const auto uses = next(after);
    if (!uses) {
      spdlog::error("usage records: {}", describe(uses.error()));
      return false;
    }
    if (uses->empty()) return true;
    if (!offer(url, *uses, also_refused)) return false;
    const std::lock_guard state(mutex_);
    if (stopping_) return true;
  }
}

Result<std::vector<Delivery::Use>> Delivery::next(std::int64_t& after) {
  MINBEN_TRY(messages, messages_->waiting(after, limits_.batch));
  // Of all that waits this is the beginning: what was acknowledged and is older has been taken out.
  if (after == 0)
    gone_.erase(gone_.begin(),
                messages.empty() ? gone_.end() : gone_.lower_bound(messages.front().number));
  std::vector<Use> uses;
  for (const StoredMessage& message : messages) {
    after = message.number;
    if (gone_.contains(message.number)) continue;
    MINBEN_TRY(record, read_record(message.text));
    MINBEN_TRY(usage, usage_of(record, member_));
    uses.push_back({message.number, std::move(usage)});
  }
  if (uses.empty() && !messages.empty()) return next(after);
  return uses;
}

// One that the platform refuses must not hold up the others: then each goes alone.
bool Delivery::offer(const std::string& url, std::span<const Use> uses, bool also_refused) {
  const auto now = std::chrono::steady_clock::now();
  std::vector<Use> due;
  for (const Use& use : uses) {
    const auto refused = not_before_.find(use.number);
    if (also_refused || refused == not_before_.end() || refused->second <= now) due.push_back(use);
  }
  if (due.empty()) return true;
  const Outcome outcome = send(url, due);
  if (outcome == Outcome::unreachable) return false;
  if (outcome == Outcome::taken) {
    forget(due);
    return true;
  }
  for (const Use& use : due) {
    const std::span<const Use> alone(&use, 1);
    const Outcome single = due.size() == 1 ? outcome : send(url, alone);
    if (single == Outcome::unreachable) return false;
    if (single == Outcome::taken) {
      forget(alone);
      continue;
    }
    ++refused_;
    spdlog::warn("usage record {} was refused by the platform", use.record.id);
    not_before_[use.number] = now + limits_.refused_pause_s;
  }
  return true;
}

Delivery::Outcome Delivery::send(const std::string& url, std::span<const Use> uses) {
  std::vector<UsageRecord> records;
  for (const Use& use : uses) records.push_back(use.record);
  auto text = sign_usage(records, key_);
  if (!text) return Outcome::refused;
  net::ClientRequest request{.method = net::Method::post, .url = url, .body = std::move(*text)};
  request.headers.add("Content-Type", "application/json");
  const auto answer = client_.send(request);
  if (!answer || answer->status == 503 || answer->status == 429) return Outcome::unreachable;
  return answer->status / 100 == 2 ? Outcome::taken : Outcome::refused;
}

void Delivery::forget(std::span<const Use> uses) {
  std::vector<std::int64_t> numbers;
  for (const Use& use : uses) {
    numbers.push_back(use.number);
    not_before_.erase(use.number);
    gone_.insert(use.number);
  }
  delivered_ += uses.size();
  journal_.delivered(std::move(numbers));
}

}  // namespace minben::gateway
