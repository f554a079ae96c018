// What a log promises costs: durable appends by 1, 16 and 256 writers at once, beside the same
// bytes written in the same portions to one file, fsync after each, by one thread with nothing else
// to do; proofs from the tiles on disk. The same in a database, with the writers on two nodes.
// First a long log whose files are forgotten as soon as they are written: what an append costs at
// its end, beside its beginning, and in how much memory.
//   ledger [SECONDS a measurement] [MILLIONS of entries of the long log] [FOLDER]
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "ledger/files.hpp"
#include "ledger/ledger.hpp"
#include "must.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;
using ledger::Log;

constexpr std::size_t entry_bytes = 32;  ///< a salted digest, as all that this system logs

Bytes entry_of(std::uint64_t number) {
  Bytes entry(entry_bytes);
  const Sha256 hash = sha256(std::to_string(number));
  std::ranges::copy(hash, entry.begin());
  return entry;
}

std::unique_ptr<Log> open(const fs::path& folder) {
  return must(Log::open(folder, "minben.example/bench",
                        trust::SigningKey::from_ed25519_seed(sha256("bench")).value()));
}

/// Keeps what a writer reads again, the journal and the checkpoint, and forgets all tiles.
class ForgetfulFiles final : public ledger::Files {
 public:
  Result<std::optional<Bytes>> read(const fs::path& path, std::size_t) const override {
    const auto found = kept_.find(path);
    return found == kept_.end() ? std::nullopt : std::optional(found->second);
  }
  Result<bool> exists(const fs::path&) const override { return false; }
  Result<void> replace(const fs::path&, std::span<const std::uint8_t>) override { return {}; }
  Result<void> replace_for_good(const fs::path& path,
                                std::span<const std::uint8_t> content) override {
    kept_[path] = Bytes(content.begin(), content.end());
    return {};
  }
  Result<void> sync_all(const fs::path&) override { return {}; }
  void remove_all(const fs::path&) override {}
  Result<std::unique_ptr<ledger::FixedFile>> open_fixed(const fs::path&,
                                                        std::size_t bytes) override {
    return std::make_unique<Fixed>(bytes);
  }

 private:
  class Fixed final : public ledger::FixedFile {
   public:
    explicit Fixed(std::size_t bytes) : content_(bytes) {}
    [[nodiscard]] std::size_t size() const override { return content_.size(); }
    [[nodiscard]] Result<Bytes> read(std::size_t offset, std::size_t count) const override {
      const auto begin = content_.begin() + static_cast<std::ptrdiff_t>(offset);
      return Bytes(begin, begin + static_cast<std::ptrdiff_t>(count));
    }
    Result<void> write(std::size_t offset, std::span<const std::uint8_t> content) override {
      std::ranges::copy(content, content_.begin() + static_cast<std::ptrdiff_t>(offset));
      return {};
    }
    Result<void> sync() override { return {}; }

   private:
    Bytes content_;
  };

  std::map<fs::path, Bytes> kept_;
};

void long_log(std::uint64_t millions, std::vector<std::string>& lines) {
  constexpr std::uint64_t million = 1'000'000;
  constexpr std::uint64_t at_once = 4000;
  ForgetfulFiles files;
  const auto log =
      must(Log::open_in(files, "/log", "minben.example/long",
                        trust::SigningKey::from_ed25519_seed(sha256("bench")).value()));
  std::vector<double> each;  ///< seconds, by million
  std::vector<Bytes> entries(at_once, Bytes(entry_bytes));
  std::uint64_t number = 0;
  for (std::uint64_t i = 0; i < millions; ++i) {
    const auto begin = Steady::now();
    for (std::uint64_t done = 0; done < million; done += at_once) {
      for (Bytes& entry : entries) {
        ++number;
        std::memcpy(entry.data(), &number, sizeof number);
      }
      must(log->append_all(entries));
    }
    each.push_back(seconds_since(begin));
  }
  if (each.empty()) return;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  lines.push_back(fmt::format("long_entries: {} entries", log->size()));
  lines.push_back(fmt::format("long_first_million: {:.3f} us/entry", each.front()));
  lines.push_back(fmt::format("long_last_million: {:.3f} us/entry", each.back()));
  lines.push_back(
      fmt::format("long_memory: {:.1f} MB", static_cast<double>(used.ru_maxrss) / 1024));
}

struct Appends {
  double rate = 0, p50 = 0, p99 = 0;  ///< 1/s, ms, ms
  std::uint64_t entries = 0, batches = 0;
};

using Nodes = std::vector<std::unique_ptr<Log>>;

/// Writers take the nodes in turn.
Appends append(const Nodes& nodes, int writers, double length) {
  std::vector<std::vector<double>> waits(static_cast<std::size_t>(writers));
  std::atomic<bool> over{false};
  std::vector<std::jthread> threads;
  const std::uint64_t before = nodes.front()->size();
  const auto begin = Steady::now();
  for (int writer = 0; writer < writers; ++writer)
    threads.emplace_back([&, writer] {
      const auto number = static_cast<std::size_t>(writer);
      auto& own = waits[number];
      Log& log = *nodes[number % nodes.size()];
      for (std::uint64_t i = 0; !over; ++i) {
        const Bytes entry = entry_of((number << 40) + before + i);
        const auto from = Steady::now();
        must(log.append(entry));
        own.push_back(1000 * seconds_since(from));
      }
    });
  std::this_thread::sleep_for(std::chrono::duration<double>(length));
  over = true;
  threads.clear();
  const double took = seconds_since(begin);
  std::vector<double> all;
  for (const auto& own : waits) all.insert(all.end(), own.begin(), own.end());
  std::ranges::sort(all);
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  std::uint64_t batches = 0;
  for (const auto& node : nodes) batches += node->batches();
  return {static_cast<double>(all.size()) / took, at(0.5), at(0.99), nodes.front()->size() - before,
          batches};
}

/// Entries a second when nothing is done but writing the same bytes in the same portions, from the
/// beginning of a file that is there already: the disk at its best.
double raw(const fs::path& file, double entries_a_batch, double length) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) give_up("open");
  constexpr std::size_t whole = 32u << 20;
  const std::vector<char> zeros(whole);
  const auto portion = static_cast<std::size_t>(std::lround(entries_a_batch * (entry_bytes + 2)));
  if (::write(fd, zeros.data(), whole) < 0 || ::fsync(fd) != 0) give_up("write");
  std::uint64_t batches = 0;
  std::size_t at = 0;
  const auto begin = Steady::now();
  while (seconds_since(begin) < length) {
    if (at + portion > whole) at = 0;
    if (::pwrite(fd, zeros.data(), portion, static_cast<off_t>(at)) < 0 || ::fdatasync(fd) != 0)
      give_up("write");
    at += portion;
    ++batches;
  }
  const double took = seconds_since(begin);
  ::close(fd);
  fs::remove(file);
  return static_cast<double>(batches) * entries_a_batch / took;
}

double proofs(const Log& log, double length) {
  std::atomic<std::uint64_t> count{0};
  std::atomic<bool> over{false};
  std::vector<std::jthread> threads;
  const auto begin = Steady::now();
  for (std::uint64_t thread = 0; thread < 2; ++thread)
    threads.emplace_back([&, thread] {
      SeededRandom random(thread);
      while (!over) {
        must(log.proof(random.below(log.size())));
        ++count;
      }
    });
  std::this_thread::sleep_for(std::chrono::duration<double>(length));
  over = true;
  threads.clear();
  return static_cast<double>(count) / seconds_since(begin);
}

void measure(std::string_view name, const Nodes& nodes, int writers, double length,
             const fs::path& folder, std::vector<std::string>& lines) {
  const Appends done = append(nodes, writers, length);
  const double portion = static_cast<double>(done.entries) / static_cast<double>(done.batches);
  const double floor = raw(folder / "raw", portion, length / 2);
  const std::string label = fmt::format("{}append_{}", name, writers);
  lines.push_back(fmt::format("{}: {:.0f} 1/s", label, done.rate));
  lines.push_back(fmt::format("{}_p50: {:.2f} ms", label, done.p50));
  lines.push_back(fmt::format("{}_p99: {:.2f} ms", label, done.p99));
  lines.push_back(fmt::format("{}_batch: {:.1f} entries", label, portion));
  lines.push_back(fmt::format("{}raw_{}: {:.0f} 1/s", name, writers, floor));
  lines.push_back(fmt::format("{}of_raw_{}: {:.3f} ratio", name, writers, done.rate / floor));
}

/// Two nodes, each with connections of its own, on one durable server.
void in_database(const fs::path& folder, double length, std::vector<std::string>& lines) {
  const SystemClock clock;
  const auto cluster =
      must(store::Cluster::start({.directory = folder / "postgres", .outlive_owner = false}));
  must(cluster->create_database("bench"));
  std::vector<std::unique_ptr<store::Database>> databases;
  Nodes nodes;
  for (int i = 0; i < 2; ++i) {
    databases.push_back(must(store::Database::open({.url = cluster->url("bench")}, clock)));
    must(databases.back()->migrate(ledger::migrations()));
  }
  for (const int writers : {1, 16, 256}) {
    nodes.clear();
    for (const auto& database : databases)
      nodes.push_back(
          must(Log::open_in(*database, "minben.example/bench",
                            trust::SigningKey::from_ed25519_seed(sha256("bench")).value())));
    measure("database_", nodes, writers, length, folder, lines);
  }
  lines.push_back(fmt::format("database_proofs: {:.0f} 1/s", proofs(*nodes.front(), length)));
}

int main(int argc, char** argv) {
  const double length = argc > 1 ? std::atof(argv[1]) : 5;
  const fs::path folder = (argc > 3 ? fs::path(argv[3]) : fs::temp_directory_path()) /
                          fmt::format("minben-bench-ledger-{}", ::getpid());
  fs::create_directories(folder);
  std::vector<std::string> lines;
  long_log(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 3, lines);
  for (const int writers : {1, 16, 256}) {
    Nodes one;
    one.push_back(open(folder / fmt::format("log-{}", writers)));
    measure("", one, writers, length, folder, lines);
  }
  const auto log = open(folder / "log-256");
  lines.push_back(fmt::format("proof_log: {} entries", log->size()));
  lines.push_back(fmt::format("proofs: {:.0f} 1/s", proofs(*log, length)));
  in_database(folder, length, lines);
  for (const auto& line : lines) fmt::print("{}\n", line);
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
