#pragma once
// A catalogue that harvests, and portals of others that it harvests: real servers that behave as
// badly as a test wants.
#include <mutex>

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "catalogue/catalogue.hpp"
#include "datastore/datastore.hpp"
#include "harvest/harvest.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::harvest {

/// A CKAN of `packages`, whose answers can be replaced.
class Portal {
 public:
  /// Asked first; an answer without a value leaves it to the portal.
  using Trouble = std::function<std::optional<net::Response>(const net::Request&)>;

  Portal() {
    const net::Access anyone{"anyone"};
    std::vector<net::Route> routes{
        {net::Method::get, "/{path...}", anyone, 0, [this](net::Request& request) {
           {
             const std::lock_guard lock(mutex_);
             asked_.push_back(request.target);
             agents_.emplace_back(request.headers.get("User-Agent"));
             if (trouble_)
               if (auto answer = trouble_(request)) return std::move(*answer);
           }
           return answer(request);
         }}};
    auto started = net::Server::start({}, std::move(routes), {});
    EXPECT_TRUE(started) << describe(started.error());
    server_ = std::move(*started);
  }
  [[nodiscard]] std::string url(std::string_view path = "") const {
    return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
  }
  void set(std::map<std::string, JsonObject> packages) {
    const std::lock_guard lock(mutex_);
    packages_ = std::move(packages);
  }
  void add(int first, int count, std::string_view title = "資料集") {
    const std::lock_guard lock(mutex_);
    for (int i = first; i < first + count; ++i) {
      JsonObject made = package(i, title);
      packages_[std::string(made["id"].get_string())] = std::move(made);
    }
  }
  void remove(int number) {
    const std::lock_guard lock(mutex_);
    packages_.erase(fmt::format("id-{:06}", number));
  }
  void trouble(Trouble trouble) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(trouble);
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::string agent() {
    const std::lock_guard lock(mutex_);
    return agents_.empty() ? "" : agents_.back();
  }
  static net::Response result(const Json& value) {
    return net::Response::json(JsonObject{{"success", true}, {"result", value}});
  }
  static JsonObject package(int number, std::string_view title) {
    return {{"id", fmt::format("id-{:06}", number)},
            {"name", fmt::format("set-{:06}", number)},
            {"title", fmt::format("{} {}", title, number)},
            {"notes", "每日更新的測試資料"},
            {"state", "active"},
            {"private", false},
            {"license_id", "cc-by"},
            {"metadata_modified", "2026-11-23T04:05:06.000007"},
            {"organization", JsonObject{{"name", fmt::format("org-{}", number % 7)},
                                        {"title", fmt::format("第{}局", number % 7)}}},
            {"resources", JsonArray{JsonObject{
                              {"id", fmt::format("r-{}", number)},
                              {"format", "CSV"},
                              {"name", "檔案"},
                              {"url", fmt::format("https://data.example.tw/{}.csv", number)}}}}};
  }

 private:
  net::Response answer(const net::Request& request) {
    const std::lock_guard lock(mutex_);
    if (request.path == "/api/3/action/package_search") {
      const auto start = parse_integer(request.query.get("start")).value_or(0);
      const auto rows = parse_integer(request.query.get("rows")).value_or(10);
      JsonArray results;
      std::int64_t place = 0;
      for (const auto& [id, package] : packages_)
        if (const auto at = place++; at >= start && at < start + rows) results.push_back(package);
      return result(JsonObject{{"count", packages_.size()}, {"results", std::move(results)}});
    }
    if (request.path == "/api/3/action/package_list") {
      JsonArray names;
      for (const auto& [id, package] : packages_) names.push_back(package.at("name"));
      return result(names);
    }
    if (request.path == "/api/3/action/package_show")
      for (const auto& [id, package] : packages_)
        if (std::string_view(package.at("name").get_string()) == request.query.get("id") ||
            id == request.query.get("id"))
          return result(package);
    return net::Response::json(
        JsonObject{{"success", false}, {"error", JsonObject{{"__type", "Not Found Error"}}}}, 404);
  }

  std::mutex mutex_;
  std::map<std::string, JsonObject> packages_;
  Trouble trouble_;
  std::vector<std::string> asked_, agents_;
  std::unique_ptr<net::Server> server_;
};

struct House : testing::Test {
  using Run = harvest::Run;  // testing::Test has a Run, too
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  SeededRandom random{83};
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{clock,
                                {catalogue::migrations(), datastore::migrations(), migrations()}};
  catalogue::Catalogue catalogue{clock, random};
  Portal portal;
  Harvester harvester{db.database(), catalogue, clock, random, settings()};

  static Config settings() {
    Config config;
    config.fetcher.networks = {*net::Network::parse("127.0.0.0/8")};
    config.fetcher.user_agent = "minben-harvest (+https://data.example.tw)";
    config.stall_timeout_ms = milliseconds{2000};
    return config;
  }
  template <class Work>
  auto act(Work&& work) {
    auto done = db->transact(std::forward<Work>(work));
    if (!done) ADD_FAILURE() << describe(done.error());
    return done;
  }
  Source source(std::string code = "city", SourceKind kind = SourceKind::ckan,
                std::string path = "") {
    Source made;
    made.code = SourceCode{std::move(code)};
    made.title = {"某市", "A city"};
    made.kind = kind;
    made.url = portal.url(path);
    made.pause_ms = milliseconds{0};
    made.request_timeout_ms = milliseconds{3000};
    made.whole_every_days = 0;
    return made;
  }
  void save(const Source& given) {
    act([&](auto& tx) { return harvester.save(tx, given); });
  }
  /// With the dry run that a new source needs.
  void switch_on(const Source& given) {
    save(given);
    EXPECT_EQ(run(given.code.value, true).state, RunState::done);
    act([&](auto& tx) { return harvester.activate(tx, given.code); });
  }
  Run begin(const std::string& code = "city", bool dry = false) {
    auto begun =
        act([&](auto& tx) { return harvester.begin(tx, SourceCode{code}, dry, "officer:0190"); });
    return begun.value_or(Run{});
  }
  /// Works on it, and lets time pass where it has to wait.
  Run finish(RunId id) {
    while (true) {
      EXPECT_TRUE(harvester.work_once(id));
      const auto now = act([&](auto& tx) { return harvester.run(tx, id); });
      if (!now || now->over()) return now.value_or(Run{});
      if (now->not_before > clock.now()) clock.set(now->not_before);
    }
  }
  Run run(const std::string& code = "city", bool dry = false) {
    return finish(begin(code, dry).id);
  }
  std::vector<catalogue::Entry> all() {
    auto entries = act([&](auto& tx) { return catalogue.changes(tx, 0, 100'000); });
    return entries.value_or(std::vector<catalogue::Entry>{});
  }
  std::vector<Object> objects(RunId id, std::optional<ObjectState> state = {}) {
    auto found = act([&](auto& tx) { return harvester.objects(tx, id, state, 100'000); });
    return found.value_or(std::vector<Object>{});
  }
};

}  // namespace minben::harvest
