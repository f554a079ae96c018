// What is published is what is checked: the room goes after the catalogue by its positions.
#include <algorithm>

#include "impl.hpp"

namespace minben::quality {

namespace {

constexpr int batch = 100;

constexpr Query lock_progress{"quality_progress",
                              "select position from quality.progress for update skip locked"};
constexpr Query move_progress{"quality_move", "update quality.progress set position = $1"};
constexpr Query find_version{"quality_version", R"(
  select version, publisher, array(select url from quality.link where dataset_id = $1 order by url)
    = array(select url from unnest($2::text[]) as given (url) order by url) as same_urls
  from quality.dataset where dataset_id = $1 for update)"};
constexpr Query add_dataset{"quality_add_dataset", R"(
  insert into quality.dataset (dataset_id, publisher, version, checking, badge, mqa, links, broken,
    timely, assessed_at, changed)
  values ($1, $2, $3, true, 'none', 0, 0, 0, 'not_checked', $4, pg_current_xact_id())
  on conflict (dataset_id) do update set publisher = $2, version = $3, checking = true)"};
constexpr Query drop_dataset{"quality_drop_dataset",
                             "delete from quality.dataset where dataset_id = $1"};
constexpr Query add_hosts{"quality_add_hosts", R"(
  insert into quality.host (host, next_at) select host, $2 from unnest($1::text[]) as given (host)
  on conflict do nothing)"};
// The same address keeps what is known of it, until it was looked at again.
constexpr Query put_links{"quality_put_links", R"(
  insert into quality.link (distribution_id, kind, dataset_id, url, host, state, version, wanted,
    thorough, next_at, findings, evidence)
  select id::uuid, kind, $1, url, host, 'waiting', 0, $2, true, $3, '{}', '[]'
  from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as given (id, kind, url, host)
  on conflict (distribution_id, kind) do update set dataset_id = $1, wanted = $2, thorough = true,
    next_at = $3, url = excluded.url, host = excluded.host, begun = 0, postponed = 0,
    state = case when quality.link.url = excluded.url then quality.link.state else 'waiting' end,
    version = case when quality.link.url = excluded.url then quality.link.version else 0 end,
    failures = case when quality.link.url = excluded.url then quality.link.failures else 0 end,
    failing_since = case when quality.link.url = excluded.url then quality.link.failing_since end,
    status = case when quality.link.url = excluded.url then quality.link.status end,
    read_at = case when quality.link.url = excluded.url then quality.link.read_at end,
    findings = case when quality.link.url = excluded.url then quality.link.findings else '{}' end,
    evidence = case when quality.link.url = excluded.url then quality.link.evidence else '[]' end
)"};
constexpr Query drop_others{"quality_drop_links", R"(
  delete from quality.link where dataset_id = $1 and wanted <> $2)"};

struct Addresses {
  std::vector<std::string> ids, kinds, urls, hosts;
  void add(const catalogue::Distribution& distribution, LinkKind kind, const std::string& url,
           const std::string& origin) {
    if (url.empty()) return;
    ids.push_back(to_string(distribution.id));
    kinds.emplace_back(to_string(kind));
    urls.push_back(url);
    hosts.push_back(host_of(url, origin));
  }
};

/// An address that is both, is a file.
Addresses addresses_of(const catalogue::Dataset& dataset, const std::string& origin) {
  Addresses out;
  for (const catalogue::Distribution& each : dataset.distributions) {
    out.add(each, LinkKind::download, each.download_url, origin);
    if (each.access_url != each.download_url)
      out.add(each, LinkKind::access, each.access_url, origin);
  }
  return out;
}

}  // namespace

/// A change of what is not published (a draft) brings nothing new. Addresses may change without a
/// new version: when the whole platform has moved.
Result<int> Quality::Impl::follow_some() const {
  return database.transact([&](Transaction& tx) -> Result<int> {
    MINBEN_TRY(rows, tx.run(lock_progress));
    if (rows.empty()) return 0;  // another node is at it
    MINBEN_TRY(entries, catalogue.changes(tx, rows.front().integer("position"), batch));
    if (entries.empty()) return 0;
    for (const Entry& entry : entries) {
      const DatasetId id = entry.dataset.id;
      if (entry.status != catalogue::Status::published) {
        MINBEN_CHECK(tx.run(drop_dataset, id));
        continue;
      }
      const Addresses found = addresses_of(entry.dataset, config.origin);
      MINBEN_TRY(known, tx.run(find_version, id, found.urls));
      if (!known.empty() && known.front().integer("version") == entry.version &&
          known.front().text("publisher") == entry.dataset.publisher.value &&
          known.front().boolean("same_urls"))
        continue;
      MINBEN_CHECK(tx.run(add_dataset, id, entry.dataset.publisher, entry.version, tx.now()));
      MINBEN_CHECK(tx.run(add_hosts, found.hosts, tx.now()));
      MINBEN_CHECK(tx.run(put_links, id, entry.version, tx.now(), found.ids, found.kinds,
                          found.urls, found.hosts));
      MINBEN_CHECK(tx.run(drop_others, id, entry.version));
      MINBEN_CHECK(assess(tx, entry));
    }
    MINBEN_CHECK(tx.run(move_progress, entries.back().position));
    return static_cast<int>(entries.size());
  });
}

Result<int> Quality::follow() const {
  for (int all = 0;;) {
    MINBEN_TRY(taken, impl_->follow_some());
    all += taken;
    if (taken == 0 || impl_->crew.stopping()) return all;
  }
}

}  // namespace minben::quality
