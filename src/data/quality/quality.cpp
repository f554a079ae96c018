// The room as a whole: what is asked of it, its jobs and threads.
#include "quality/quality.hpp"

#include <algorithm>
#include <map>

#include <spdlog/spdlog.h>

#include "mails.hpp"

namespace minben::quality {

namespace {

constexpr std::string_view tick_job = "quality.tick";
constexpr minutes tick_every{5};
constexpr milliseconds idle_pause{1000};
constexpr int due_at_once = 500;
constexpr int most_raised = 200;

constexpr Query find_checks{"quality_checks", R"(
  select distribution_id, kind, at, outcome, status, reason, was_read, bytes, took_ms, evidence
  from quality.run where dataset_id = $1 order by at desc, run_id desc limit $2)"};
constexpr Query find_changes{"quality_changes", R"(
  select at, version, before, badge, mqa, unmet from quality.change where dataset_id = $1
  order by at desc limit $2)"};
constexpr Query find_marks{"quality_marks", R"(
  select dataset_id, badge, badge_since is not null as checked, mqa, broken from quality.dataset
  where dataset_id = any($1::uuid[]))"};
constexpr Query find_to_raise{"quality_to_raise", R"(
  select dataset_id from quality.dataset where publisher = $1
    and (broken > 0 or badge <> 'platinum' or mqa < 351 or checking)
  order by broken = 0, array_position(array['none','bronze','silver','gold','platinum'], badge),
    mqa, dataset_id limit $2)"};
constexpr Query find_summaries{"quality_summaries", R"(
  select d.dataset_id, d.badge, l.checked_at,
    d.checking or coalesce(d.asked_at > l.checked_at, false) as checking,
    coalesce(c.before is not null and c.at >= l.checked_at - interval '1 second', false)
      as has_changed
  from quality.dataset d
  left join lateral (select max(checked_at) as checked_at from quality.link
    where dataset_id = d.dataset_id) l on true
  left join lateral (select at, before from quality.change where dataset_id = d.dataset_id
    order by at desc limit 1) c on true
  where d.dataset_id = any($1::uuid[]))"};
constexpr Query find_all_links{"quality_links_of", "select " MINBEN_LINK_COLUMNS R"(
  from quality.link where dataset_id = any($1::uuid[]))"};
constexpr Query count_all{"quality_standing", R"(
  select (select count(*) from quality.dataset) as datasets,
    (select count(*) from quality.dataset where checking) as checking,
    count(*) as links, count(*) filter (where state = 'broken') as broken,
    count(*) filter (where next_at <= $1) as due,
    coalesce(extract(epoch from $1 - min(next_at)) / 60, 0)::bigint as late
  from quality.link)"};
constexpr Query note_asked{"quality_note_asked", R"(
  update quality.dataset set asked_at = $2 where dataset_id = $1
    and (asked_at is null or asked_at <= $3))"};
constexpr Query is_known{"quality_is_known",
                         "select 1 as one from quality.dataset where dataset_id = $1"};
constexpr Query make_due{"quality_make_due", R"(
  update quality.link set next_at = $2, thorough = true, begun = 0 where dataset_id = $1)"};
constexpr Query find_due{"quality_due", R"(
  select dataset_id from quality.dataset where due_at < $1 order by due_at limit $2)"};

std::optional<int> status_of(const store::Row& row) {
  if (row.is_null("status")) return std::nullopt;
  return static_cast<int>(row.integer("status"));
}

Check check_of(const store::Row& row) {
  Check out;
  out.distribution = row.id<DistributionId>("distribution_id");
  out.kind = row.text("kind") == "access" ? LinkKind::access : LinkKind::download;
  out.at = row.instant("at");
  for (const Check::Outcome each :
       {Check::Outcome::passed, Check::Outcome::failed, Check::Outcome::postponed})
    if (to_string(each) == row.text("outcome")) out.outcome = each;
  out.status = status_of(row);
  out.reason = row.text("reason");
  out.read = row.boolean("was_read");
  out.bytes = row.integer("bytes");
  out.took = milliseconds{row.integer("took_ms")};
  out.evidence = evidence_of(row.json("evidence"));
  return out;
}

Findings worst(const Findings& a, const Findings& b) {
  return {worse(a.linkable, b.linkable), worse(a.downloadable, b.downloadable),
          worse(a.structured, b.structured), worse(a.encoding, b.encoding),
          worse(a.description, b.description)};
}

Result<void> set_tick(Transaction& tx, Instant at) {
  return store::enqueue(tx, {std::string(tick_job), "again", JsonObject{}, at});
}

}  // namespace

Quality::Quality(const Parts& parts, Config config)
    : impl_(new Impl{parts.database, parts.catalogue, parts.tables, parts.clock, parts.random,
                     std::move(config)}) {}
Quality::~Quality() { stop(); }

const Config& Quality::config() const { return impl_->config; }

Result<Report> Quality::report(Transaction& tx, const Entry& entry) const {
  return impl_->report(tx, entry);
}

Result<std::vector<Check>> Quality::checks(Transaction& tx, DatasetId id, int limit) const {
  MINBEN_TRY(rows, tx.run(find_checks, id, limit));
  std::vector<Check> out;
  for (const store::Row row : rows) out.push_back(check_of(row));
  return out;
}

Result<std::vector<BadgeChange>> Quality::changes(Transaction& tx, DatasetId id, int limit) const {
  MINBEN_TRY(rows, tx.run(find_changes, id, limit));
  std::vector<BadgeChange> out;
  for (const store::Row row : rows)
    out.push_back({row.instant("at"), static_cast<int>(row.integer("version")),
                   read_badge(row.text("before")),
                   read_badge(row.text("badge")).value_or(Badge::none),
                   static_cast<int>(row.integer("mqa")), row.texts("unmet")});
  return out;
}

Result<std::vector<Mark>> Quality::marks(Transaction& tx, std::span<const DatasetId> ids) const {
  std::vector<std::string> wanted;
  for (const DatasetId& each : ids) wanted.push_back(to_string(each));
  MINBEN_TRY(rows, tx.run(find_marks, wanted));
  std::map<DatasetId, Mark> known;
  for (const store::Row row : rows)
    known[row.id<DatasetId>("dataset_id")] = {
        read_badge(row.text("badge")).value_or(Badge::none), row.boolean("checked"),
        static_cast<int>(row.integer("mqa")), static_cast<int>(row.integer("broken"))};
  std::vector<Mark> out;
  for (const DatasetId& each : ids) out.push_back(known[each]);
  return out;
}

Result<std::vector<Quality::Summary>> Quality::summaries(Transaction& tx,
                                                         std::span<const Entry> entries) const {
  std::vector<std::string> wanted;
  for (const Entry& each : entries) wanted.push_back(to_string(each.dataset.id));
  MINBEN_TRY(rows, tx.run(find_summaries, wanted));
  MINBEN_TRY(found, tx.run(find_all_links, wanted));
  std::map<DatasetId, std::vector<Link>> links;
  for (const store::Row row : found) {
    LinkRow link = link_of(row);
    links[link.dataset].push_back(std::move(link.link));
  }
  std::map<DatasetId, Summary> known;
  for (const store::Row row : rows) {
    Summary& each = known[row.id<DatasetId>("dataset_id")];
    each.badge = read_badge(row.text("badge")).value_or(Badge::none);
    each.checking = row.boolean("checking");
    each.changed = row.boolean("has_changed");
    each.checked_at = row.optional_instant("checked_at");
  }
  std::vector<Summary> out;
  for (const Entry& entry : entries) {
    Summary& made = out.emplace_back(std::move(known[entry.dataset.id]));
    for (const auto& each : entry.dataset.distributions)
      made.findings.push_back(findings_of(each, links[entry.dataset.id]));
    if (made.findings.empty()) continue;
    made.worst = made.findings.front();
    for (const Findings& each : made.findings) made.worst = worst(made.worst, each);
  }
  return out;
}

Result<std::vector<DatasetId>> Quality::to_raise(Transaction& tx,
                                                 const catalogue::PublisherCode& publisher,
                                                 int limit) const {
  MINBEN_TRY(rows, tx.run(find_to_raise, publisher, std::clamp(limit, 0, most_raised)));
  std::vector<DatasetId> out;
  for (const store::Row row : rows) out.push_back(row.id<DatasetId>("dataset_id"));
  return out;
}

Result<Quality::Standing> Quality::standing(Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(count_all, tx.now()));
  const store::Row row = rows.front();
  return Standing{row.integer("datasets"), row.integer("checking"),
                  row.integer("links"),    row.integer("broken"),
                  row.integer("due"),      std::max<std::int64_t>(0, row.integer("late"))};
}

Result<void> Quality::ask(Transaction& tx, DatasetId id) const {
  const Instant now = tx.now();
  MINBEN_TRY(noted, tx.run(note_asked, id, now, now - impl_->config.ask_every));
  if (noted.affected() == 0) {
    MINBEN_TRY(known, tx.run(is_known, id));
    if (known.empty()) return fail(Kind::not_found, "not_assessed", "not seen yet");
    return fail(Kind::too_many, "asked_already", "it was asked for a little while ago");
  }
  MINBEN_CHECK(tx.run(make_due, id, now));
  return store::publish(tx, topic, to_string(id), JsonObject{{"what", "asked"}});
}

// ---------------------------------------------------------------------------------------- time

Result<void> Quality::tick(Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(find_due, tx.now(), due_at_once));
  for (const store::Row row : rows) {
    const auto entry = impl_->catalogue.find(tx, row.id<DatasetId>("dataset_id"));
    if (!entry && entry.error().kind != Kind::not_found) return fail(entry.error());
    if (entry && entry->status == catalogue::Status::published)
      MINBEN_CHECK(impl_->assess(tx, *entry));
  }
  return impl_->write_day(tx);
}

void Quality::work_in(store::Workers& workers, const identity::Identity& identity,
                      identity::Mailer mailer) const {
  workers.on(std::string(tick_job), [this](Transaction& tx, const store::Job&) -> Result<void> {
    MINBEN_CHECK(set_tick(tx, tx.now() + tick_every));
    return tick(tx);
  });
  workers.on(std::string(mail_job), [impl = impl_.get(), &identity, mailer = std::move(mailer)](
                                        Transaction& tx, const store::Job& job) {
    return send_mails(*impl, tx, identity, mailer, job);
  });
}

// ------------------------------------------------------------------------------------- threads

void Quality::start(catalogue::Index* index) {
  MINBEN_ASSERT(!impl_->crew.working());
  Impl& house = *impl_;
  house.listener = std::make_unique<store::Listener>(
      house.database, std::vector<std::string>{std::string(catalogue::topic), std::string(topic)},
      [&house](const store::Event&) { house.crew.wake(); });
  house.crew.start(1, seconds{2}, [this, index, &house, since = std::string("0")]() mutable {
    const auto taken = follow();
    if (!taken) spdlog::warn("quality: following: {}", describe(taken.error()));
    else if (*taken > 0) house.crew.wake();  // there is work now
    if (index == nullptr) return false;
    if (auto next = house.mark(*index, since)) since = std::move(*next);
    else spdlog::warn("quality: marks: {}", describe(next.error()));
    return false;
  });
  house.crew.start(house.config.threads, idle_pause, [this] {
    const auto worked = work_once();
    if (!worked) spdlog::warn("quality: {}", describe(worked.error()));
    return worked && *worked;
  });
  const auto set = house.database.transact([&](Transaction& tx) { return set_tick(tx, tx.now()); });
  if (!set) spdlog::warn("quality: {}", describe(set.error()));
}

void Quality::stop() {
  impl_->listener.reset();
  impl_->crew.stop();
}

// ---------------------------------------------------------------------------------- as JSON

namespace {

JsonArray links_json(const Report& report) {
  JsonArray out;
  for (const Link& each : report.links) {
    JsonObject link{{"distribution", to_string(each.distribution)},
                    {"kind", to_string(each.kind)},
                    {"url", each.url},
                    {"state", to_string(each.state)},
                    {"of_this_version", each.current},
                    {"evidence", evidence_json(each.evidence)},
                    {"next_check", to_string(each.next_at)}};
    if (each.status) link["status"] = *each.status;
    if (each.checked_at) link["checked"] = to_string(*each.checked_at);
    if (each.read_at) link["read"] = to_string(*each.read_at);
    out.push_back(std::move(link));
  }
  return out;
}

JsonArray criteria_json(const std::vector<Criterion>& criteria) {
  JsonArray out;
  for (const Criterion& each : criteria)
    out.push_back(JsonObject{{"criterion", each.code},
                             {"needed_for", to_string(each.needed_for)},
                             {"finding", to_string(each.finding)}});
  return out;
}

JsonObject mqa_json(const MqaScore& score) {
  JsonArray points;
  for (const MqaPoint& each : score.points)
    points.push_back(JsonObject{{"metric", each.metric},
                                {"dimension", to_string(each.dimension)},
                                {"most", each.most},
                                {"given", each.given},
                                {"lack", to_string(each.lack)}});
  return {{"total", score.total},
          {"most", mqa_most},
          {"rating", to_string(score.rating)},
          {"points", std::move(points)}};
}

}  // namespace

Json to_json(const Report& report, std::span<const Check> checks,
             std::span<const BadgeChange> changes) {
  JsonArray conformance, runs, badges;
  for (const ConformanceFault& each : report.conformance)
    conformance.push_back(
        JsonObject{{"node", each.node}, {"property", each.property}, {"rule", each.rule}});
  for (const Check& each : checks) {
    JsonObject run{{"at", to_string(each.at)},
                   {"distribution", to_string(each.distribution)},
                   {"kind", to_string(each.kind)},
                   {"outcome", to_string(each.outcome)},
                   {"reason", each.reason},
                   {"read", each.read},
                   {"bytes", each.bytes},
                   {"took_ms", each.took.count()},
                   {"evidence", evidence_json(each.evidence)}};
    if (each.status) run["status"] = *each.status;
    runs.push_back(std::move(run));
  }
  for (const BadgeChange& each : changes) {
    JsonArray unmet;
    for (const std::string& code : each.unmet) unmet.push_back(Json(code));
    badges.push_back(JsonObject{{"at", to_string(each.at)},
                                {"version", each.version},
                                {"before", each.before ? Json(to_string(*each.before)) : Json()},
                                {"badge", to_string(each.badge)},
                                {"mqa", each.mqa},
                                {"unmet", std::move(unmet)}});
  }
  return JsonObject{{"dataset", to_string(report.dataset)},
                    {"version", report.version},
                    {"checking", report.checking},
                    {"badge", report.badge ? Json(to_string(*report.badge)) : Json()},
                    {"since", report.badge_since ? Json(to_string(*report.badge_since)) : Json()},
                    {"criteria", criteria_json(report.judged.criteria)},
                    {"to_raise", criteria_json(report.judged.to_raise)},
                    {"mqa", mqa_json(report.mqa)},
                    {"dcat_ap_faults", std::move(conformance)},
                    {"links", links_json(report)},
                    {"checks", std::move(runs)},
                    {"badges", std::move(badges)}};
}

}  // namespace minben::quality
