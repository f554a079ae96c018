// What people wait for at a portal with tables: until a file of a million rows is of use, for a
// page of 13 million rows with its exact total, and for a whole table as a file. All data is made
// here. Beside it, in the same run: the same file by the engine's own CSV reader, and the same
// pages asked of the engine as plain SQL.
// At last, how long a record of a live stream is on its way to those who follow it.
//   datastore [ROWS of the file] [ROWS of the large table] [FOLDER] [FOLLOWERS]
// 0 rows of the file: the live stream alone.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "columnar/columnar.hpp"
#include "datastore/datastore.hpp"
#include "datastore/exports.hpp"
#include "datastore/search.hpp"
#include "followers.hpp"
#include "must.hpp"
#include "store/store.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;
using datastore::Datastore;
using datastore::TableId;

constexpr double mega = 1e6;
constexpr int towns = 368;
constexpr int stations = 100'000;

/// Well mixed numbers from a number, the same in each run.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ull;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebull;
  return number ^ (number >> 31);
}

std::string town(std::uint64_t number) {
  static constexpr std::array<std::string_view, 8> counties{"臺北市", "新北市", "桃園市", "臺中市",
                                                            "臺南市", "高雄市", "花蓮縣", "屏東縣"};
  return fmt::format("{}第{}區", counties[number % 8], number % towns);
}

std::string day(std::uint64_t number) {
  return to_string(
      add_days(Date(std::chrono::year(2015) / 1 / 1), static_cast<int>(number % 3650)));
}

/// About 475 bytes a row at a million rows, most of it Chinese text.
void write_file(const fs::path& file, std::uint64_t rows) {
  static constexpr std::array<std::string_view, 6> phrases{
      "道路鋪設及排水溝改善工程", "路燈更新與人行道無障礙設施", "依據政府採購法公開招標",
      "本案由地方政府自行辦理",   "完工後開放民眾使用",         "經費由中央補助百分之五十"};
  std::ofstream out(file, std::ios::binary);
  std::string line = "編號,案名,行政區,類別,日期,金額,數量,經度,緯度,說明\n";
  for (std::uint64_t i = 0; i < rows; ++i) {
    const std::uint64_t m = mixed(i);
    line += fmt::format("A{:08},\"{},第{}號\",{},類別{},{},{}.{:02},{},{:.5f},{:.5f},", i,
                        phrases[m % 6], m % 977, town(m >> 8), m % 12, day(m >> 16), m % 10'000'000,
                        m % 100, m % 5000, 120 + static_cast<double>(m % 200'000) / 1e5,
                        22 + static_cast<double>((m >> 20) % 300'000) / 1e5);
    for (std::uint64_t j = 0; j < 8 + m % 5; ++j) line += phrases[mixed(m + j) % 6];
    line += fmt::format("{}\n", m % 1'000'000);
    if (line.size() < 1u << 20) continue;
    out << line;
    line.clear();
  }
  out << line;
}

void write_large(const fs::path& file, std::uint64_t rows) {
  std::ofstream out(file, std::ios::binary);
  std::string line = "id,town,category,day,amount,station,note\n";
  for (std::uint64_t i = 0; i < rows; ++i) {
    const std::uint64_t m = mixed(i + 1'000'000'000);
    line +=
        fmt::format("{},{},類別{},{},{}.{:02},{},說明{}\n", i, town(m >> 8), m % 12, day(m >> 16),
                    (m >> 24) % 10'000, m % 100, (m >> 32) % stations, m % 5'000'000);
    if (line.size() < 1u << 20) continue;
    out << line;
    line.clear();
  }
  out << line;
}

struct World {
  explicit World(fs::path on)
      : folder(std::move(on)),
        cluster(
            must(store::Cluster::start({.directory = folder / "cluster", .outlive_owner = false}))),
        database(open_database()),
        store(must(Datastore::open(config(), *database, clock, random))),
        engine(must(columnar::Engine::open(engine_config(folder), clock))) {}

  std::unique_ptr<store::Database> open_database() {
    must(cluster->create_database("bench"));
    auto opened = must(store::Database::open({.url = cluster->url("bench")}, clock));
    must(opened->migrate(store::migrations()));
    must(opened->migrate(datastore::migrations()));
    return opened;
  }
  static columnar::EngineConfig engine_config(const fs::path& folder) {
    columnar::EngineConfig made;
    made.directories = {folder};
    made.temporary = folder / "spill";
    made.memory_bytes = 2ull << 30;
    return made;
  }
  [[nodiscard]] datastore::Config config() const {
    datastore::Config made;
    made.directory = folder / "tables";
    return made;
  }
  datastore::Version load(TableId table, const fs::path& file) {
    intake::Hints hints;
    hints.file_name = file.filename().string();
    return must(store->load(table, file, hints, {}));
  }

  fs::path folder;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<store::Cluster> cluster;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<Datastore> store;
  std::unique_ptr<columnar::Engine> engine;
};

/// Milliseconds of the processor that this thread has used: the machine may be busy with other
/// things.
double thread_ms() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return 1000 * static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e6;
}

/// Seconds of the processor that all threads have used.
double process_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// Of sorted numbers.
double quantile(const std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

void run_to_end(columnar::Connection& connection, const std::string& sql) {
  auto rows = must(connection.query(sql, {}, milliseconds{600'000}));
  while (must(rows.next()) != nullptr) {
  }
}

void loading(World& world, TableId table, const fs::path& file, std::vector<std::string>& lines) {
  const double megabytes = static_cast<double>(fs::file_size(file)) / mega;
  double plain = 1e9;
  double own = 1e9;
  double indexed = 1e9;  // and fast to read
  double plain_busy = 1e9;
  double own_busy = 1e9;
  datastore::Version version;
  // The faster of two each: the machine has other things to do.
  for (int i = 0; i < 2; ++i) {
    auto connection = must(world.engine->connect());
    auto begin = Steady::now();
    double busy = process_seconds();
    must(
        connection.run(fmt::format("copy (select * from read_csv({})) to {} (format parquet, "
                                   "compression zstd)",
                                   columnar::quote_text(file.string()),
                                   columnar::quote_text((world.folder / "plain.parquet").string())),
                       milliseconds{600'000}));
    plain = std::min(plain, seconds_since(begin));
    plain_busy = std::min(plain_busy, process_seconds() - busy);
    begin = Steady::now();
    busy = process_seconds();
    version = world.load(table, file);
    own = std::min(own, seconds_since(begin));
    world.store->settle();
    indexed = std::min(indexed, seconds_since(begin));
    own_busy = std::min(own_busy, process_seconds() - busy);
  }
  lines.push_back(fmt::format("load_rows: {} rows", version.rows));
  lines.push_back(fmt::format("load_file: {:.0f} MB", megabytes));
  lines.push_back(fmt::format("load: {:.2f} s", own));
  lines.push_back(fmt::format("load_with_index: {:.2f} s", indexed));
  lines.push_back(fmt::format("load_plain: {:.2f} s", plain));
  lines.push_back(fmt::format("load_processor: {:.2f} s", own_busy));
  lines.push_back(fmt::format("load_plain_processor: {:.2f} s", plain_busy));
  lines.push_back(fmt::format("load_ratio: {:.2f} of the engine's own reader", plain / own));
  lines.push_back(
      fmt::format("load_with_index_ratio: {:.2f} of the engine's own reader", plain / indexed));
}

void exporting(World& world, TableId table, std::vector<std::string>& lines) {
  for (const auto& [name, format] : {std::pair{"csv", datastore::ExportFormat::csv},
                                     std::pair{"json", datastore::ExportFormat::json},
                                     std::pair{"ndjson", datastore::ExportFormat::ndjson}}) {
    datastore::Export wanted;
    wanted.format = format;
    std::size_t bytes = 0;
    const auto begin = Steady::now();
    must(world.store->export_rows(table, wanted, [&](std::string_view piece) -> Result<void> {
      bytes += piece.size();
      return {};
    }));
    lines.push_back(fmt::format("export_{}: {:.0f} MB/s", name,
                                static_cast<double>(bytes) / mega / seconds_since(begin)));
  }
}

struct Question {
  std::string kind;
  Json filters;
  std::string where;  ///< the same for the engine
};

/// Each different from all others, so that nothing is remembered.
std::vector<Question> questions(int rounds) {
  std::vector<Question> out;
  for (int i = 0; i < rounds; ++i) {
    const auto n = static_cast<std::uint64_t>(i);
    const std::string where = town(mixed(n));
    const std::string from = day(mixed(n + 7));
    const std::string to = to_string(add_days(must(parse_date(from)), 30));
    const auto low = static_cast<std::int64_t>(mixed(n + 9) % 9'000);
    const auto station = static_cast<std::int64_t>(mixed(n + 5) % stations);
    const std::string category = fmt::format("類別{}", i % 12);
    out.push_back({"text", JsonObject{{"town", where}}, fmt::format("town = '{}'", where)});
    out.push_back({"two_texts", JsonObject{{"town", where}, {"category", category}},
                   fmt::format("town = '{}' and category = '{}'", where, category)});
    out.push_back({"days", JsonObject{{"day", JsonObject{{"gte", from}, {"lt", to}}}},
                   fmt::format("day >= date '{}' and day < date '{}'", from, to)});
    out.push_back({"amounts", JsonObject{{"amount", JsonObject{{"gte", low}, {"lte", low + 100}}}},
                   fmt::format("amount >= {} and amount <= {}", low, low + 100)});
    out.push_back({"station", JsonObject{{"station", JsonArray{station, station + 1, station + 2}}},
                   fmt::format("station in ({}, {}, {})", station, station + 1, station + 2)});
    out.push_back(
        {"either",
         JsonObject{{"$or", JsonArray{JsonObject{{"town", where}},
                                      JsonObject{{"amount", JsonObject{{"lt", low % 500}}}}}}},
         fmt::format("town = '{}' or amount < {}", where, low % 500)});
  }
  return out;
}

void paging(World& world, TableId table, int rounds, std::vector<std::string>& lines) {
  const fs::path file = must(world.store->parquet(table));
  const std::string source = "read_parquet(" + columnar::quote_text(file.string()) + ")";
  std::map<std::string, std::vector<double>> own;
  std::vector<double> all;
  std::vector<double> busy;
  std::vector<double> plain;
  int number = 0;
  for (const Question& question : questions(rounds)) {
    datastore::Search search;
    search.filters = question.filters;
    search.offset = number % 3 * 50;
    auto begin = Steady::now();
    const double before = thread_ms();
    const auto page = must(world.store->search(table, search));
    busy.push_back(thread_ms() - before);
    const double took = 1000 * seconds_since(begin);
    own[question.kind].push_back(took);
    all.push_back(took);
    if (number++ % 6 != 0 && number > 24) continue;
    auto connection = must(world.engine->connect());
    begin = Steady::now();
    auto rows = must(connection.query("select count(*) from " + source + " where " + question.where,
                                      {}, milliseconds{60'000}));
    const auto* chunk = must(rows.next());
    if (chunk->columns[0].integer(0) != page.total) give_up("totals differ: " + question.where);
    while (must(rows.next()) != nullptr) {
    }
    {
      const auto done = std::move(rows);
    }
    run_to_end(connection, fmt::format("select * from {} where {} limit 100 offset {}", source,
                                       question.where, search.offset));
    plain.push_back(1000 * seconds_since(begin));
  }
  std::ranges::sort(all);
  std::ranges::sort(busy);
  std::ranges::sort(plain);
  for (auto& [kind, times] : own) {
    std::ranges::sort(times);
    lines.push_back(fmt::format("page_{}_p50: {:.1f} ms", kind, quantile(times, 0.5)));
  }
  lines.push_back(fmt::format("page_p50: {:.1f} ms", quantile(all, 0.5)));
  lines.push_back(fmt::format("page_p95: {:.1f} ms", quantile(all, 0.95)));
  lines.push_back(fmt::format("page_processor_p50: {:.1f} ms", quantile(busy, 0.5)));
  lines.push_back(fmt::format("page_processor_p95: {:.1f} ms", quantile(busy, 0.95)));
  lines.push_back(fmt::format("page_plain_p50: {:.1f} ms", quantile(plain, 0.5)));
  lines.push_back(fmt::format("page_ratio: {:.1f} times as fast as plain SQL",
                              quantile(plain, 0.5) / quantile(all, 0.5)));
}

void measure_tables(World& world, std::uint64_t file_rows, std::uint64_t large_rows,
                    std::vector<std::string>& lines) {
  const fs::path& folder = world.folder;
  const TableId table = TableId::make(world.clock, world.random);
  write_file(folder / "file.csv", file_rows);
  loading(world, table, folder / "file.csv", lines);
  exporting(world, table, lines);
  fs::remove(folder / "file.csv");
  const TableId large = TableId::make(world.clock, world.random);
  write_large(folder / "large.csv", large_rows);
  const auto begin = Steady::now();
  const auto version = world.load(large, folder / "large.csv");
  fs::remove(folder / "large.csv");
  lines.push_back(fmt::format("large_rows: {} rows", version.rows));
  lines.push_back(fmt::format("large_load: {:.1f} s", seconds_since(begin)));
  world.store->settle();
  lines.push_back(fmt::format("large_load_with_index: {:.1f} s", seconds_since(begin)));
  const fs::path file = must(world.store->parquet(large));
  lines.push_back(fmt::format("large_table: {:.0f} MB", static_cast<double>(version.bytes) / mega));
  for (const char* beside : {"index", "rows"})
    lines.push_back(fmt::format(
        "large_{}_file: {:.0f} MB", beside,
        static_cast<double>(fs::file_size(fs::path(file).replace_extension(beside))) / mega));
  paging(world, large, 30, lines);
}

void run(std::uint64_t file_rows, std::uint64_t large_rows, const fs::path& folder, int followers) {
  std::vector<std::string> lines;
  World world(folder);
  if (file_rows > 0) measure_tables(world, file_rows, large_rows, lines);
  follow_streams(followers, folder, world.cluster->url("bench"), lines);
  for (const std::string& line : lines) fmt::print("{}\n", line);
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  const auto number = [&](int at, std::uint64_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
  };
  if (argc > 1 && std::string_view(argv[1]) == "follow")
    return minben::bench::run_followers(argc, argv);
  std::string made =
      ((argc > 3 && *argv[3] != '\0' ? fs::path(argv[3]) : fs::temp_directory_path()) /
       "minben-datastore-XXXXXX")
          .string();
  if (::mkdtemp(made.data()) == nullptr) minben::bench::give_up("no folder for data");
  fs::permissions(made, fs::perms(0755));
  minben::bench::run(number(1, 1'000'000), number(2, 13'000'000), made,
                     static_cast<int>(number(4, 5000)));
  fs::remove_all(made);
  return 0;
}
