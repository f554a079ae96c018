// One address at work: taken with the lease of its host, asked without a transaction, written down
// in one that proves the lease. So there is nothing to repair after a kill.
#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::quality {

namespace {

using Lease = Id<struct LeaseTag>;
using RunId = Id<struct RunTag>;

constexpr seconds after_own_trouble{60};
constexpr seconds until_followed{5};

// A host that has work and rests, the longest waiting first; skipping those that others hold.
constexpr Query take_host{"quality_take", R"(
  with chosen as (
    select h.host, l.distribution_id, l.kind from quality.host h
    cross join lateral (select distribution_id, kind from quality.link
      where host = h.host and next_at <= $1 order by next_at limit 1) l
    where h.next_at <= $1 and (h.lease_until is null or h.lease_until < $1)
    order by h.next_at limit 1 for update of h skip locked)
  update quality.host h set lease = $2, lease_until = $3, next_at = $1 from chosen
  where h.host = chosen.host returning h.host, chosen.distribution_id, chosen.kind)"};
constexpr Query begin_link{"quality_begin", R"(
  update quality.link set begun = begun + 1 where distribution_id = $1 and kind = $2
  returning )" MINBEN_LINK_COLUMNS};
constexpr Query renew{"quality_renew", R"(
  update quality.host set lease_until = $3 where host = $1 and lease = $2)"};
constexpr Query release{"quality_release", R"(
  update quality.host set lease = null, lease_until = null, next_at = $3
  where host = $1 and lease = $2)"};
constexpr Query lock_link{"quality_lock_link", "select " MINBEN_LINK_COLUMNS R"(
  from quality.link where distribution_id = $1 and kind = $2 for update)"};
constexpr Query write_link{"quality_write_link", R"(
  update quality.link set state = $3, version = $4, thorough = $5, next_at = $6, begun = 0,
    failures = $7, failing_since = $8, postponed = $9, status = $10, findings = $11,
    evidence = $12, etag = $13, last_modified = $14, checked_at = $15, read_at = $16
  where distribution_id = $1 and kind = $2)"};
constexpr Query delay_link{"quality_delay", R"(
  update quality.link set next_at = $3, begun = 0 where distribution_id = $1 and kind = $2)"};
constexpr Query drop_link{"quality_drop_link", R"(
  delete from quality.link where distribution_id = $1 and kind = $2)"};
constexpr Query add_run{"quality_add_run", R"(
  insert into quality.run (run_id, distribution_id, kind, dataset_id, at, outcome, status, reason,
    was_read, bytes, took_ms, evidence)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))"};
constexpr Query forget_runs{"quality_forget_runs", R"(
  delete from quality.run where run_id in (select run_id from quality.run
    where distribution_id = $1 and kind = $2 order by at desc, run_id desc offset $3))"};

class Working {
 public:
  Working(Quality::Impl& house, const std::function<bool()>& leave)
      : house_(house), leave_(leave), lease_(Lease::make(house.clock, house.random)) {}

  /// False: nothing is due.
  Result<bool> go() {
    MINBEN_TRY(taken, take());
    if (!taken) return false;
    if (!task_) return true;  // of a dataset that is published no more, or anew
    const Instant begun = house_.clock.now();
    const auto outcome = house_.ask(*task_, [this] { return cancelled(); });
    took_ = std::chrono::duration_cast<milliseconds>(house_.clock.now() - begun);
    if (outcome) {
      MINBEN_CHECK(finish(*outcome));
    } else {
      MINBEN_CHECK(put_back(outcome.error()));
    }
    return true;
  }

 private:
  Result<bool> take() {
    return house_.database.transact([&](Transaction& tx) -> Result<bool> {
      task_.reset();
      const Instant now = tx.now();
      MINBEN_TRY(chosen, tx.run(take_host, now, lease_, now + house_.config.lease));
      if (chosen.empty()) return false;
      renewed_at_ = now;
      const auto id = chosen.front().id<DistributionId>("distribution_id");
      const std::string kind = chosen.front().text("kind");
      host_ = chosen.front().text("host");
      MINBEN_TRY(rows, tx.run(begin_link, id, kind));
      if (!rows.empty()) {
        Task task{link_of(rows.front()), {}, 0};
        MINBEN_TRY(found, find(tx, task));
        if (!found) {
          MINBEN_CHECK(tx.run(drop_link, id, kind));
        } else if (task.row.wanted != task.entry.version ||
                   !is_address_of(task.row.link, task.entry.dataset)) {
          // Something newer is there, and its addresses are not known yet.
          MINBEN_CHECK(tx.run(delay_link, id, kind, now + until_followed));
        } else {
          task_ = std::move(task);
        }
      }
      if (!task_) MINBEN_CHECK(tx.run(release, host_, lease_, now));
      return true;
    });
  }

  /// The dataset as it is published now; false when the address is none of its any more.
  Result<bool> find(Transaction& tx, Task& task) const {
    auto entry = house_.catalogue.find(tx, task.row.dataset);
    if (!entry && entry.error().kind != Kind::not_found) return fail(entry.error());
    if (!entry || entry->status != catalogue::Status::published) return false;
    task.entry = std::move(*entry);
    const auto& all = task.entry.dataset.distributions;
    const auto found =
        std::ranges::find(all, task.row.link.distribution, &catalogue::Distribution::id);
    task.place = static_cast<std::size_t>(found - all.begin());
    return found != all.end();
  }

  /// Keeps the lease while a long answer comes in.
  bool cancelled() {
    if (house_.crew.stopping() || (leave_ && leave_())) return true;
    const Instant now = house_.clock.now();
    if (now - renewed_at_ < house_.config.lease / 4) return false;
    const auto kept = house_.database.run(renew, host_, lease_, now + house_.config.lease);
    if (kept && kept->affected() == 0) return true;  // another process goes on with it
    if (kept) renewed_at_ = now;
    return false;
  }

  Result<void> put_back(const Error& why) {
    const bool left = why.code == "cancelled";
    if (!left) spdlog::warn("quality: {}: {}", task_->row.link.url, describe(why));
    return house_.database.transact([&](Transaction& tx) -> Result<void> {
      MINBEN_TRY(freed, tx.run(release, host_, lease_, tx.now()));
      if (freed.affected() == 0) return {};
      const seconds rest = left ? seconds{0} : after_own_trouble;
      MINBEN_CHECK(tx.run(delay_link, task_->row.link.distribution, to_string(task_->row.link.kind),
                          tx.now() + rest));
      return {};
    });
  }

  /// Whoever lost the lease writes nothing. An address that was changed meanwhile is asked again.
  Result<void> finish(const Outcome& outcome) {
    return house_.database.transact([&](Transaction& tx) -> Result<void> {
      const bool waits = outcome.kind == Check::Outcome::postponed;
      const Instant rest =
          tx.now() + std::max<microseconds>(host_.empty() ? milliseconds{0} : house_.config.pause,
                                            waits ? outcome.patience : seconds{0});
      MINBEN_TRY(freed, tx.run(release, host_, lease_, rest));
      if (freed.affected() == 0) return {};
      const Link& link = task_->row.link;
      MINBEN_CHECK(tx.run(lock_dataset, task_->row.dataset));
      MINBEN_TRY(rows, tx.run(lock_link, link.distribution, to_string(link.kind)));
      if (rows.empty()) return {};
      LinkRow row = link_of(rows.front());
      if (row.link.url != link.url || row.wanted != task_->entry.version) return {};
      const LinkState before = row.link.state;
      apply(tx.now(), outcome, row);
      MINBEN_CHECK(write(tx, row));
      MINBEN_CHECK(note(tx, outcome));
      if (waits) return {};
      MINBEN_CHECK(announce(tx, before, row));
      MINBEN_TRY(entry, house_.catalogue.find(tx, row.dataset));
      if (entry.status != catalogue::Status::published) return {};
      return house_.assess(tx, entry);
    });
  }

  void apply(Instant now, const Outcome& outcome, LinkRow& row) const {
    row.link.checked_at = now;
    if (outcome.kind == Check::Outcome::postponed) {
      ++row.postponed;
      row.link.next_at = now + outcome.patience;
      return;
    }
    row.postponed = 0;
    if (outcome.kind == Check::Outcome::passed) passed(now, outcome, row);
    else failed(now, outcome, row);
  }

  void passed(Instant now, const Outcome& outcome, LinkRow& row) const {
    Link& link = row.link;
    link.state = LinkState::ok;
    link.status = outcome.status;
    link.failures = 0;
    row.failing_since.reset();
    link.findings = outcome.findings;
    link.evidence = outcome.evidence;
    row.version = row.wanted;
    row.thorough = false;
    row.etag = outcome.etag;
    row.last_modified = outcome.last_modified;
    if (outcome.read) link.read_at = now;
    link.next_at = now + spread(house_.config.every);
  }

  /// What was found before stands until it has failed often enough.
  void failed(Instant now, const Outcome& outcome, LinkRow& row) const {
    const Config& config = house_.config;
    Link& link = row.link;
    ++link.failures;
    if (!row.failing_since) row.failing_since = now;
    const bool enough = link.failures >= config.tries_until_broken &&
                        now - *row.failing_since >= config.broken_after;
    if (!outcome.sure && !enough && link.state != LinkState::broken) {
      if (link.state == LinkState::ok) link.state = LinkState::failing;
      link.next_at = now + retry(link.failures);
      return;
    }
    link.state = LinkState::broken;
    link.status = outcome.status;
    link.findings = outcome.findings;
    link.evidence = outcome.evidence;
    row.version = row.wanted;
    row.thorough = true;  // whatever comes there one day is new
    link.next_at = now + spread(config.every);
  }

  /// 15 minutes, 2 hours, 16 hours … and never longer than what answers waits.
  [[nodiscard]] microseconds retry(int failures) const {
    microseconds pause = house_.config.first_retry;
    for (int i = 1; i < failures && pause < house_.config.every; ++i) pause *= 8;
    return std::min<microseconds>(pause, house_.config.every);
  }
  /// Not all at the same time of day: 90 … 110 %.
  [[nodiscard]] microseconds spread(microseconds time) const {
    return time * 9 / 10 + microseconds{static_cast<std::int64_t>(house_.random.below(
                               static_cast<std::uint64_t>(time.count() / 5 + 1)))};
  }

  Result<void> write(Transaction& tx, const LinkRow& row) const {
    const Link& link = row.link;
    MINBEN_CHECK(tx.run(write_link, link.distribution, to_string(link.kind), to_string(link.state),
                        row.version, row.thorough, link.next_at, link.failures, row.failing_since,
                        row.postponed, link.status, findings_json(link.findings),
                        evidence_json(link.evidence), row.etag, row.last_modified, link.checked_at,
                        link.read_at));
    return {};
  }

  Result<void> note(Transaction& tx, const Outcome& outcome) const {
    const Link& link = task_->row.link;
    MINBEN_CHECK(tx.run(add_run, RunId::make(house_.clock, house_.random), link.distribution,
                        to_string(link.kind), task_->row.dataset, tx.now(), to_string(outcome.kind),
                        outcome.status, outcome.reason, outcome.read, outcome.bytes, took_.count(),
                        evidence_json(outcome.evidence)));
    MINBEN_CHECK(
        tx.run(forget_runs, link.distribution, to_string(link.kind), house_.config.runs_kept));
    return {};
  }

  Result<void> announce(Transaction& tx, LinkState before, const LinkRow& row) const {
    const bool broke = row.link.state == LinkState::broken && before != LinkState::broken;
    const bool fixed = row.link.state == LinkState::ok && before == LinkState::broken;
    if (!broke && !fixed) return {};
    const auto& publisher = task_->entry.dataset.publisher;
    const std::string distribution = to_string(row.link.distribution);
    JsonObject told{{"what", broke ? "link_broken" : "link_fixed"},
                    {"distribution", distribution},
                    {"kind", to_string(row.link.kind)},
                    {"publisher", publisher.value}};
    MINBEN_CHECK(store::publish(tx, topic, to_string(row.dataset), told));
    return house_.tell(
        tx, {row.dataset, publisher, fmt::format("{}:{}", distribution, to_string(row.link.kind)),
             std::move(told)});
  }

  Quality::Impl& house_;
  const std::function<bool()>& leave_;
  const Lease lease_;
  std::string host_;
  std::optional<Task> task_;
  Instant renewed_at_{};
  milliseconds took_{0};
};

}  // namespace

Result<bool> Quality::work_once(const std::function<bool()>& leave) const {
  return Working(*impl_, leave).go();
}

}  // namespace minben::quality
