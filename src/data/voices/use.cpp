#include "voices/use.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common.hpp"

namespace minben::voices {

namespace {

using catalogue::DatasetId;
using store::Query;

constexpr Names<Use, 3> use_names{
    {{Use::view, "view"}, {Use::download, "download"}, {Use::api, "api"}}};
constexpr Names<ClientKind, 3> client_names{
    {{ClientKind::browser, "browser"}, {ClientKind::program, "program"}, {ClientKind::bot, "bot"}}};

constexpr Query add_uses{"voices_add_uses", R"(
  insert into voices.use (day, dataset_id, what, client, uses)
  select * from unnest($1::text[]::date[], $2::text[]::uuid[], $3::text[], $4::text[], $5::text[]::bigint[])
  order by 1, 2, 3, 4
  on conflict (day, dataset_id, what, client) do update set uses = voices.use.uses + excluded.uses)"};
constexpr Query find_uses{"voices_uses", R"(
  select day, dataset_id, what, client, uses from voices.use
  where day between $1 and $2 and ($3::uuid is null or dataset_id = $3)
    and ($4::date is null or (day, dataset_id, what, client) > ($4, $5::uuid, $6, $7))
  order by day, dataset_id, what, client limit $8)"};
constexpr Query sum_uses{"voices_use_sums", R"(
  select wanted.place, coalesce(sum(uses) filter (where what = 'view'), 0)::bigint as views,
    coalesce(sum(uses) filter (where what = 'download'), 0)::bigint as downloads,
    coalesce(sum(uses) filter (where what = 'api'), 0)::bigint as api
  from unnest($1::text[]::uuid[]) with ordinality as wanted (id, place)
  left join voices.use on dataset_id = wanted.id and client <> 'bot' and day between $2 and $3
  group by wanted.place order by wanted.place)"};
constexpr Query popular{"voices_popular", R"(
  select dataset_id, least(sum(case when what = 'view' then uses else 5 * uses end), 2000000000)::bigint as n
  from voices.use where day >= $1 and client <> 'bot' group by dataset_id)"};

using Key = std::tuple<Date, DatasetId, Use, ClientKind>;
using Counts = std::map<Key, std::int64_t>;

Result<void> write(store::Database& database, const Counts& counts) {
  std::vector<std::string> day, dataset, use, client, uses;
  for (const auto& [key, count] : counts) {
    day.push_back(to_string(std::get<Date>(key)));
    dataset.push_back(to_string(std::get<DatasetId>(key)));
    use.emplace_back(to_string(std::get<Use>(key)));
    client.emplace_back(to_string(std::get<ClientKind>(key)));
    uses.push_back(std::to_string(count));
  }
  MINBEN_CHECK(database.run(add_uses, day, dataset, use, client, uses));
  return {};
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

std::string_view to_string(Use use) { return name_in(use_names, use); }
std::string_view to_string(ClientKind kind) { return name_in(client_names, kind); }

ClientKind client_kind(std::string_view user_agent) {
  const std::string agent = to_lower_ascii(user_agent.substr(0, 500));
  for (const std::string_view word : {"bot", "crawl", "spider", "slurp", "facebookexternalhit",
                                      "preview", "monitor", "headless", "archive.org"})
    if (holds(agent, word)) return ClientKind::bot;
  const bool engine = holds(agent, "gecko") || holds(agent, "webkit") || holds(agent, "trident");
  return agent.starts_with("mozilla/") && engine ? ClientKind::browser : ClientKind::program;
}

struct UseCounter::Impl {
  store::Database& database;
  const Clock& clock;
  UseConfig config;
  std::mutex mutex = {};
  Counts waiting = {};
  std::int64_t dropped = 0;
  std::mutex flushing = {};  ///< one at a time, so that a failed batch goes back whole
  std::condition_variable woken = {};
  bool stopping = false;
  std::thread thread = {};

  bool add(const Key& key, std::int64_t count) {
    const auto found = waiting.find(key);
    if (found == waiting.end() && waiting.size() >= config.most_waiting) return false;
    waiting[key] += count;
    return true;
  }

  Result<void> flush() {
    const std::lock_guard one(flushing);
    Counts taken;
    std::int64_t lost = 0;
    {
      const std::lock_guard lock(mutex);
      taken.swap(waiting);
      std::swap(lost, dropped);
    }
    if (lost > 0) spdlog::warn("voices: {} uses were not counted: too many at once", lost);
    if (taken.empty()) return {};
    const auto written = write(database, taken);
    if (written) return {};
    const std::lock_guard lock(mutex);
    for (const auto& [key, count] : taken)
      if (!add(key, count)) dropped += count;
    return fail(written.error());
  }

  void rank_now(catalogue::Index& index) {
    const Date from =
        add_days(taiwan_date(clock.now()), -static_cast<int>(config.popular_days.count()));
    const auto ranked =
        database.separately([&](store::Transaction& tx) { return rank(tx, index, from); });
    if (!ranked) spdlog::warn("voices: popularity: {}", describe(ranked.error()));
  }

  void run(catalogue::Index* index) {
    Instant ranked{};
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      if (index && clock.now() >= ranked + config.rank_every) {
        rank_now(*index);
        ranked = clock.now();
      }
      lock.lock();
      woken.wait_for(lock, config.flush_every, [this] { return stopping; });
      lock.unlock();
      if (const auto flushed = flush(); !flushed)
        spdlog::warn("voices: use figures wait: {}", describe(flushed.error()));
      lock.lock();
    }
  }
};

UseCounter::UseCounter(store::Database& database, const Clock& clock, UseConfig config)
    : impl_(new Impl{database, clock, config}) {}
UseCounter::~UseCounter() {
  stop();
  if (const auto flushed = flush(); !flushed)
    spdlog::warn("voices: use figures are lost: {}", describe(flushed.error()));
}

void UseCounter::count(DatasetId dataset, Use use, ClientKind client) {
  const Date day = taiwan_date(impl_->clock.now());
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->add({day, dataset, use, client}, 1)) ++impl_->dropped;
}

Result<void> UseCounter::flush() { return impl_->flush(); }

void UseCounter::start(catalogue::Index* index) {
  impl_->thread = std::thread([impl = impl_.get(), index] { impl->run(index); });
}

void UseCounter::stop() {
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->woken.notify_all();
  impl_->thread.join();
}

// ------------------------------------------------------------------------------------ reading

Result<std::vector<UseRow>> use_rows(store::Transaction& tx, const UseQuery& query) {
  if (query.limit < 1 || query.limit > 100'000 || days_between(query.from, query.to) < 0)
    return fail(Kind::invalid, "out_of_range", "1 to 100000 rows, and days in order");
  std::optional<Date> day;
  std::optional<DatasetId> dataset;
  std::string use, client;
  if (query.after) {
    day = query.after->day;
    dataset = query.after->dataset;
    use = to_string(query.after->use);
    client = to_string(query.after->client);
  }
  MINBEN_TRY(rows, tx.run(find_uses, query.from, query.to, query.dataset, day, dataset, use, client,
                          query.limit));
  std::vector<UseRow> out;
  out.reserve(static_cast<std::size_t>(rows.size()));
  for (const store::Row row : rows)
    out.push_back({row.date("day"), row.id<DatasetId>("dataset_id"),
                   stored(value_in(use_names, row.text("what"))),
                   stored(value_in(client_names, row.text("client"))), row.integer("uses")});
  return out;
}

std::string to_string(const UseRow& row) {
  return fmt::format("{},{},{},{}", to_string(row.day), to_string(row.dataset), to_string(row.use),
                     to_string(row.client));
}

Result<UseRow> parse_use_row(std::string_view text) {
  const auto parts = split(text, ',');
  if (parts.size() != 4) return fail(Kind::invalid, "not_a_use_row", "four parts", "after");
  const auto day = parse_date(parts[0]);
  const auto dataset = DatasetId::parse(parts[1]);
  const auto use = value_in(use_names, parts[2]);
  const auto client = value_in(client_names, parts[3]);
  if (!day || !dataset || !use || !client)
    return fail(Kind::invalid, "not_a_use_row", "day, dataset, use, client", "after");
  return UseRow{*day, *dataset, *use, *client, 0};
}

std::string use_csv(const std::vector<UseRow>& rows) {
  std::string out = "day,dataset,use,client,uses\r\n";
  for (const UseRow& row : rows)
    fmt::format_to(std::back_inserter(out), "{},{}\r\n", to_string(row), row.uses);
  return out;
}

Json use_json(const std::vector<UseRow>& rows) {
  JsonArray out;
  for (const UseRow& row : rows)
    out.push_back(JsonObject{{"day", to_string(row.day)},
                             {"dataset", to_string(row.dataset)},
                             {"use", to_string(row.use)},
                             {"client", to_string(row.client)},
                             {"uses", row.uses}});
  return out;
}

Result<std::vector<UseSum>> use_sums(store::Transaction& tx, const std::vector<DatasetId>& datasets,
                                     Date from, Date to) {
  std::vector<std::string> ids;
  for (const DatasetId& id : datasets) ids.push_back(to_string(id));
  MINBEN_TRY(rows, tx.run(sum_uses, ids, from, to));
  std::vector<UseSum> out;
  for (const store::Row row : rows)
    out.push_back({row.integer("views"), row.integer("downloads"), row.integer("api")});
  return out;
}

Result<UseSum> use_sum(store::Transaction& tx, DatasetId dataset, Date from, Date to) {
  MINBEN_TRY(sums, use_sums(tx, {dataset}, from, to));
  return sums.front();
}

Result<int> rank(store::Transaction& tx, catalogue::Index& index, Date from) {
  MINBEN_TRY(rows, tx.run(popular, from));
  for (const store::Row row : rows)
    index.set_popularity(row.id<DatasetId>("dataset_id"),
                         static_cast<std::uint32_t>(row.integer("n")));
  return rows.size();
}

}  // namespace minben::voices
