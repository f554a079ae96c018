// The national catalogue: loaded while it is searched, then questions of all kinds. The floor of each figure is what the
// database alone takes in the same run.
//   catalogue [SHARED]
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "must.hpp"
#include "store/store.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;
using namespace catalogue;

struct Loaded {
  std::vector<Publisher> publishers;
  std::vector<Dataset> datasets;
};

Loaded read(const fs::path& file) {
  Loaded loaded;
  std::set<std::string> known;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const Json row = must(parse_json(line));
    Dataset d;
    d.title.zh_hant = string_or(row, "name");
    d.publisher = PublisherCode{string_or(row, "provider_slug")};
    d.origin = Origin{"data.gov.tw", string_or(row, "id") + "/" + d.publisher.value, "", {}};
    d.national_id = string_or(row, "id");
    d.licence = "OGDL-TW-1.0";
    if (known.insert(d.publisher.value).second) {
      Publisher p;
      p.code = d.publisher;
      p.title.zh_hant = string_or(row, "provider");
      loaded.publishers.push_back(p);
    }
    for (const Json& url : row.at("urls").as_array()) {
      Distribution x;
      x.download_url = url.as_string();
      if (x.download_url.size() > 2000) continue;
      x.format = string_or(row, "format");
      d.distributions.push_back(x);
    }
    loaded.datasets.push_back(std::move(d));
  }
  return loaded;
}

double rss_mb() {
  std::ifstream in("/proc/self/statm");
  long size = 0, resident = 0;
  in >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

int run(const fs::path& shared) {
  SystemClock clock;
  SystemRandom random;
  std::string name = (fs::temp_directory_path() / "minben-bench-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  fs::permissions(folder, fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  auto cluster = must(store::Cluster::start({.directory = folder / "cluster", .outlive_owner = false}));
  must(cluster->create_database("bench"));
  auto database = must(store::Database::open({.url = cluster->url("bench"), .connections = 8}, clock));
  must(database->migrate(store::migrations()));
  must(database->migrate(catalogue::migrations()));
  Loaded given = read(shared / "data/catalogue/datagovtw_datasets_2026-03-23.jsonl");
  fmt::print("read {} of {} publishers, {:.0f} MB\n", given.datasets.size(), given.publishers.size(), rss_mb());
  Catalogue catalogue(clock, random);
  auto index = must(Index::open(folder / "index"));
  const auto start = Steady::now();
  must(database->transact([&](store::Transaction& tx) -> Result<void> {
    for (const Publisher& each : given.publishers) MINBEN_CHECK(catalogue.save(tx, each));
    return {};
  }));
  fmt::print("publishers {:.2f} s\n", seconds_since(start));
  std::atomic<bool> done = false;
  int put_errors = 0;
  std::thread loader([&] {
    for (std::size_t i = 0; i < given.datasets.size(); i += 500) {
      const std::span part(given.datasets.data() + i, std::min<std::size_t>(500, given.datasets.size() - i));
      const auto puts = must(database->transact([&](store::Transaction& tx) {
        return catalogue.put(tx, part, {Actor::Kind::harvest, "data.gov.tw"});
      }));
      for (const auto& each : puts)
        if (!each && ++put_errors < 10) fmt::print("{}\n", describe(each.error()));
    }
    fmt::print("put {:.2f} s, {} errors\n", seconds_since(start), put_errors);
    done = true;
  });
  while (!done || index->size() < static_cast<std::int64_t>(given.datasets.size()) - put_errors) {
    must(index->follow(*database, catalogue));
    if (done && must(index->follow(*database, catalogue)) == 0) break;
  }
  loader.join();
  fmt::print("loaded {} in {:.2f} s\n", index->size(), seconds_since(start));
  given.datasets.clear();
  given.datasets.shrink_to_fit();
  index.reset();
  const auto opening = Steady::now();
  index = must(Index::open(folder / "index"));
  fmt::print("opened in {:.2f} s, {:.0f} MB\n", seconds_since(opening), rss_mb());
  for (const char* words : {"", "資料", "統計", "空氣品質", "臺北市 公車", "哪裡有飲水機可以裝水", "annual report", "人口", "河川水質監測", "csv"}) {
    SearchQuery query;
    query.words = words;
    query.facets = {Field::publisher, Field::format, Field::licence, Field::keyword, Field::category};
    std::vector<double> times;
    Hits hits;
    for (int i = 0; i < 10; ++i) {
      const auto at = Steady::now();
      hits = must(index->search(query));
      times.push_back(seconds_since(at) * 1e3);
    }
    std::ranges::sort(times);
    fmt::print("{:40} {:6} {} {:.2f} ms {:.2f} ms\n", words, hits.total, hits.relaxed ? "relaxed" : "", times[5], times[9]);
    for (std::size_t i = 0; i < std::min<std::size_t>(3, hits.ids.size()) && *words; ++i)
      fmt::print("    {}\n", must(database->separately([&](store::Transaction& tx) { return catalogue.find(tx, hits.ids[i]); })).dataset.title.zh_hant);
  }
  SearchQuery thousand;
  thousand.limit = 1000;
  for (int i = 0; i < 3; ++i) {
    const auto at = Steady::now();
    const Hits hits = must(index->search(thousand));
    const auto entries = must(database->separately([&](store::Transaction& tx) { return catalogue.entries(tx, hits.ids); }));
    fmt::print("1000 entries {:.2f} ms\n", seconds_since(at) * 1e3);
  }
  const auto at = Steady::now();
  for (const char* typed : {"空", "空氣", "交通", "mon"}) {
    for (const auto& each : index->suggest(typed)) fmt::print("{} ", each.text);
    fmt::print("\n");
  }
  fmt::print("suggest {:.2f} ms, {:.0f} MB\n", seconds_since(at) * 1e3 / 4, rss_mb());
  database.reset();
  cluster.reset();
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) {
  const char* shared = std::getenv("MINBEN_SHARED");
  return minben::bench::run(argc > 1 ? argv[1] : shared ? shared : "../shared");
}
