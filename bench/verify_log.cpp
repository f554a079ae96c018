// How long does it take to read a whole log again? Made by the log's own writer, of 32-byte
// entries.
//   verify_log [ENTRIES] [FOLDER]
#include <cstdlib>
#include <filesystem>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "ledger/ledger.hpp"
#include "must.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;

std::string make_log(const fs::path& folder, std::uint64_t size) {
  const ledger::LogLimits limits{.batch_entries = 65536, .waiting_entries = 65536};
  const auto log = must(
      ledger::Log::open(folder, "minben.example/bench",
                        trust::SigningKey::from_ed25519_seed(sha256("bench")).value(), limits));
  while (log->size() < size) {
    std::vector<Bytes> entries;
    for (std::uint64_t i = log->size(); i < size && entries.size() < limits.batch_entries; ++i) {
      const Sha256 entry = sha256(std::to_string(i));
      entries.emplace_back(entry.begin(), entry.end());
    }
    must(log->append_all(entries));
  }
  return log->vkey();
}

long peak_memory_mib() {
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

int main(int argc, char** argv) {
  const auto size = static_cast<std::uint64_t>(argc > 1 ? std::atoll(argv[1]) : 10'000'000);
  const bool own = argc < 3;
  const fs::path folder =
      own ? fs::temp_directory_path() / fmt::format("minben-{}", ::getpid()) : fs::path(argv[2]);
  auto begin = Steady::now();
  const std::string vkey = make_log(folder, size);
  fmt::print("made: {:.1f} s, {} MiB\n", seconds_since(begin), peak_memory_mib());
  for (int round = 0; round < 2; ++round) {
    begin = Steady::now();
    const auto verified = must(ledger::verify_directory(folder, vkey));
    const double took = seconds_since(begin);
    fmt::print("verified: {} entries, {} files, {:.2f} s, {:.2f} million/s, {} MiB\n",
               verified.checkpoint.size, verified.files, took,
               static_cast<double>(verified.checkpoint.size) / took / 1e6, peak_memory_mib());
  }
  if (own) fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
