// What the findings of all addresses of a dataset say together, and whom that concerns.
#include <algorithm>

#include "impl.hpp"

namespace minben::quality {

namespace {

constexpr Query find_dataset{"quality_find", R"(
  select publisher, version, checking, badge, badge_since, mqa, broken, assessed_at, asked_at
  from quality.dataset where dataset_id = $1)"};
constexpr Query find_links{"quality_links",
                           "select " MINBEN_LINK_COLUMNS "from quality.link where dataset_id = $1"};
constexpr Query write_assessed{"quality_assessed", R"(
  update quality.dataset set checking = $2, badge = $3, badge_since = $4, mqa = $5, links = $6,
    broken = $7, timely = $8, due_at = $9, assessed_at = $10, changed = pg_current_xact_id()
  where dataset_id = $1)"};
constexpr Query add_change{"quality_add_change", R"(
  insert into quality.change (dataset_id, at, version, before, badge, mqa, unmet)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (dataset_id, at) do update set badge = $5, mqa = $6, unmet = $7)"};
constexpr Query forget_changes{"quality_forget_changes", R"(
  delete from quality.change where dataset_id = $1 and at < (select at from quality.change
    where dataset_id = $1 order by at desc offset $2 limit 1))"};

/// MQA wants the status of each distribution's addresses; what was never found out stays open.
std::vector<LinkStatus> statuses_of(const catalogue::Dataset& dataset,
                                    std::span<const Link> links) {
  std::vector<LinkStatus> out(dataset.distributions.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const Link& each : links)
      if (each.distribution == dataset.distributions[i].id)
        (each.kind == LinkKind::access ? out[i].access : out[i].download) = each.status;
  return out;
}

/// When timeliness changes by itself; nothing when it does not.
std::optional<Instant> timely_until(const catalogue::Dataset& dataset, Instant now) {
  const auto changed = catalogue::data_changed_at(dataset);
  if (!changed) return std::nullopt;
  const auto due = catalogue::due(dataset.frequency, *changed);
  if (!due || *due < now) return std::nullopt;
  return due;
}

std::vector<std::string> codes_of(const std::vector<Criterion>& criteria) {
  std::vector<std::string> out;
  for (const Criterion& each : criteria) out.emplace_back(each.code);
  return out;
}

}  // namespace

bool is_address_of(const Link& link, const catalogue::Dataset& dataset) {
  return std::ranges::any_of(dataset.distributions, [&](const catalogue::Distribution& each) {
    return each.id == link.distribution &&
           link.url == (link.kind == LinkKind::access ? each.access_url : each.download_url);
  });
}

Result<Report> Quality::Impl::report(Transaction& tx, const Entry& entry) const {
  const catalogue::Dataset& dataset = entry.dataset;
  MINBEN_TRY(rows, tx.run(find_dataset, dataset.id));
  if (rows.empty()) return fail(Kind::not_found, "not_assessed", "not seen yet");
  const store::Row row = rows.front();
  Report out;
  out.dataset = dataset.id;
  out.version = static_cast<int>(row.integer("version"));
  out.badge_since = row.optional_instant("badge_since");
  if (out.badge_since) out.badge = read_badge(row.text("badge"));
  out.asked_at = row.optional_instant("asked_at");
  out.assessed_at = row.instant("assessed_at");
  MINBEN_TRY(found, tx.run(find_links, dataset.id));
  out.checking = out.version != entry.version;
  for (const store::Row each : found) {
    const LinkRow link = link_of(each);
    out.checking = out.checking || !link.link.current || !is_address_of(link.link, dataset);
    out.broken += link.link.state == LinkState::broken ? 1 : 0;
    out.links.push_back(link.link);
  }
  const auto place = [&](const Link& link) {
    return std::ranges::find(dataset.distributions, link.distribution,
                             &catalogue::Distribution::id) -
           dataset.distributions.begin();
  };
  std::ranges::sort(out.links, {}, [&](const Link& link) {
    return std::pair(place(link), link.kind == LinkKind::access);
  });
  for (const auto& each : dataset.distributions)
    out.findings.push_back(findings_of(each, out.links));
  out.judged = judge(dataset, out.findings, timeliness(dataset, tx.now()));
  const auto publisher = catalogue.publisher(tx, dataset.publisher);
  if (!publisher && publisher.error().kind != Kind::not_found) return fail(publisher.error());
  out.conformance = quality::conformance(dataset, publisher ? &*publisher : nullptr, config.origin);
  out.mqa = quality::assess(
      dataset, {.links = statuses_of(dataset, out.links), .conforms = out.conformance.empty()});
  return out;
}

/// The dataset's row is held while its addresses are read: of two that end at once, the second one
/// sees both.
Result<void> Quality::Impl::assess(Transaction& tx, const Entry& entry) const {
  const catalogue::Dataset& dataset = entry.dataset;
  MINBEN_TRY(held, tx.run(lock_dataset, dataset.id));
  // What came meanwhile is assessed when it is followed.
  if (held.empty() || held.front().integer("version") != entry.version) return {};
  MINBEN_TRY(now, report(tx, entry));
  const Badge badge = now.checking ? now.badge.value_or(Badge::none) : now.judged.badge;
  const bool changes = !now.checking && now.badge != badge;
  const auto since = changes ? std::optional(tx.now()) : now.badge_since;
  MINBEN_CHECK(tx.run(write_assessed, dataset.id, now.checking, to_string(badge), since,
                      now.mqa.total, static_cast<int>(now.links.size()), now.broken,
                      to_string(timeliness(dataset, tx.now())), timely_until(dataset, tx.now()),
                      tx.now()));
  if (!changes) return {};
  std::optional<std::string_view> before;
  if (now.badge) before = to_string(*now.badge);
  const std::vector<std::string> unmet = codes_of(now.judged.to_raise);
  MINBEN_CHECK(tx.run(add_change, dataset.id, tx.now(), entry.version, before, to_string(badge),
                      now.mqa.total, unmet));
  MINBEN_CHECK(tx.run(forget_changes, dataset.id, config.changes_kept));
  JsonObject told{{"what", "badge"},
                  {"badge", to_string(badge)},
                  {"version", entry.version},
                  {"publisher", dataset.publisher.value}};
  if (before) {
    told["before"] = *before;
    told["rose"] = badge > *now.badge;
  }
  MINBEN_CHECK(store::publish(tx, topic, to_string(dataset.id), told));
  if (!before) return {};  // the first look at a dataset is no news
  return tell(tx, {dataset.id, dataset.publisher, "badge", std::move(told)});
}

}  // namespace minben::quality
