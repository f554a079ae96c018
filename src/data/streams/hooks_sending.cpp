// One message after another to each hook, by whoever of the nodes takes it for a while.
#include <algorithm>

#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "hooks_impl.hpp"

namespace minben::streams {

using store::Query;

namespace {

constexpr milliseconds quiet{1000};

constexpr Query take_due{
    "streams_take_hook",
    "update streams.hook set lease_until = $2 where hook_id = (select h.hook_id from streams.hook "
    "h join streams.stream "
    "s using (stream_id) where h.state = 'active' and h.next_at <= $1 and h.lease_until <= $1 and "
    "s.readable and "
    "h.cursor < s.last_sequence order by h.next_at, h.hook_id limit 1 for update of h skip locked) "
    "returning " MINBEN_HOOK_COLUMNS};
constexpr Query moved_on{
    "streams_hook_moved_on",
    "update streams.hook set cursor = $2, lease_until = $3, next_at = $3, failures = 0, "
    "failing_since = null, last_error = '', delivered_at = case when $4 then $3 else delivered_at "
    "end where hook_id = $1"};
constexpr Query failed{
    "streams_hook_failed",
    "update streams.hook set lease_until = $2, next_at = $3, failures = failures + 1, "
    "failing_since = "
    "coalesce(failing_since, $2), last_error = $4, state = case when $5 then 'disabled' else state "
    "end where hook_id = $1"};

struct Batch {
  std::string body;
  std::string message;  ///< its id: the same for the same records
  std::int64_t reached = 0;
  bool empty = true;
};

Batch batch_of(const Hook& hook, const Stream& stream, const Page& page, const HooksConfig& config,
               const std::string& stop) {
  Batch batch;
  batch.reached = page.reached;
  std::string records;
  std::int64_t first = 0;
  for (const Record& record : page.records) {
    if (!batch.empty && records.size() > config.batch_bytes) {
      batch.reached = record.sequence - 1;
      break;
    }
    if (batch.empty) first = record.sequence;
    else records += ',';
    records += record_json(record);
    batch.empty = false;
  }
  const std::int64_t last = batch.empty ? 0 : batch.reached;
  batch.message = fmt::format("{}.{}", to_string(hook.id), first);
  batch.body = fmt::format(
      R"({{"type":"stream.records","stream":"{}","first":{},"last":{},"gap":{},"stop":{},"records":[{}]}})",
      to_string(hook.stream), first, last, hook.cursor < stream.pruned, write_json(Json(stop)),
      records);
  return batch;
}

}  // namespace

Result<bool> Hooks::send_one() const {
  const Impl& own = *impl_;
  const Instant now = own.clock.now();
  const seconds lease = std::chrono::duration_cast<seconds>(own.config.patience) + seconds{60};
  MINBEN_TRY(rows, own.database.run(take_due, now, now + lease));
  if (rows.empty()) return false;
  const Hook hook = hook_of(rows.front());
  const auto sent = [&]() -> Result<std::pair<std::int64_t, bool>> {
    // Whoever withdrew a dataset has withdrawn it from hooks too, whatever was seen a moment ago.
    MINBEN_TRY(stream, own.streams.readable(hook.stream));
    MINBEN_TRY(secret, own.secret_of(rows.front()));
    MINBEN_TRY(page, own.streams.records(hook.stream, hook.cursor, own.config.batch, hook.key));
    const std::string stop = fmt::format("{}/api/streams/hooks/{}?stop={}", own.config.origin,
                                         to_string(hook.id), own.stop_token(secret, hook.id));
    const Batch batch = batch_of(hook, stream.first, page, own.config, stop);
    if (batch.empty) return std::pair{batch.reached, false};
    MINBEN_CHECK(own.post(hook.url, secret, batch.message, batch.body));
    return std::pair{batch.reached, true};
  }();
  const Instant after = own.clock.now();
  if (sent) {
    MINBEN_CHECK(own.database.run(moved_on, hook.id, sent->first, after, sent->second));
    return true;
  }
  if (own.stopping) return false;  // the lease ends by itself
  const auto pause =
      std::min<seconds>(own.config.longest_pause,
                        own.config.first_pause * (std::int64_t{1} << std::min(hook.failures, 20)));
  const bool over = hook.failing_since && after - *hook.failing_since >= own.config.give_up_after;
  MINBEN_CHECK(own.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(failed, hook.id, after, after + pause, sent.error().code, over));
    if (over && own.config.on_disabled) return own.config.on_disabled(tx, hook);
    return {};
  }));
  return true;
}

void Hooks::start() {
  impl_->stopping = false;
  for (int i = 0; i < impl_->config.threads; ++i)
    impl_->threads.emplace_back([this] {
      while (!impl_->stopping) {
        const auto sent = send_one();
        if (!sent) spdlog::warn("webhooks of streams: {}", describe(sent.error()));
        if (!sent || !*sent) impl_->waiter.wait_for(quiet);
      }
    });
}

void Hooks::stop() {
  impl_->stopping = true;
  for (std::size_t i = 0; i < impl_->threads.size(); ++i) impl_->waiter.wake();
  for (std::thread& each : impl_->threads) each.join();
  impl_->threads.clear();
}

}  // namespace minben::streams
