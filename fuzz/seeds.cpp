// Every fuzz target over its seeds and over fixed changes of them, without a fuzzer: what ./test
// can run in seconds.
//   fuzz_seeds FOLDER [TARGET...]     FOLDER as fuzz/seeds.sh made it
// A target that fails leaves its input beside FOLDER and is named; the others still run.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#define MINBEN_FUZZ_TARGET(name) \
  extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef MINBEN_FUZZ_TARGET

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t most_seeds = 150;
constexpr int changes = 2'000;
constexpr std::size_t longest = 64u << 10;
constexpr unsigned seconds_for_one = 120;

struct Target {
  std::string_view name;
  int (*run)(const std::uint8_t*, std::size_t);
};
constexpr Target targets[] = {
#define MINBEN_FUZZ_TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef MINBEN_FUZZ_TARGET
};

/// Of many seeds, so many evenly from all; always the same.
std::vector<Bytes> seeds_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::exists(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<Bytes> seeds{{}};
  const std::size_t taken = std::min(files.size(), most_seeds);
  for (std::size_t i = 0; i < taken; ++i) {
    std::ifstream file(files[i * files.size() / taken], std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Changes {
 public:
  explicit Changes(const std::vector<Bytes>& seeds) : seeds_(seeds) {}

  Bytes next() {
    Bytes bytes = seeds_[below(seeds_.size())];
    for (std::size_t left = 1 + below(6); left > 0; --left) change(bytes);
    if (bytes.size() > longest) bytes.resize(longest);
    return bytes;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }

  void change(Bytes& bytes) {
    const auto at = [&](std::size_t i) { return bytes.begin() + static_cast<std::ptrdiff_t>(i); };
    const std::size_t from = below(bytes.size());
    const std::size_t length = below(std::min<std::size_t>(bytes.size() - from, 64) + 1);
    switch (below(5)) {
      case 0:  // another byte
        if (!bytes.empty()) bytes[from] = static_cast<std::uint8_t>(below(256));
        break;
      case 1:
        bytes.erase(at(from), at(from + length));
        break;
      case 2: {  // again
        const Bytes part(at(from), at(from + length));
        bytes.insert(at(below(bytes.size() + 1)), part.begin(), part.end());
        break;
      }
      case 3: {  // the end of another seed
        const Bytes& other = seeds_[below(seeds_.size())];
        bytes.resize(from);
        const auto end = static_cast<std::ptrdiff_t>(below(other.size()));
        bytes.insert(bytes.end(), other.begin() + end, other.end());
        break;
      }
      default: {  // characters that formats are made of
        static constexpr std::string_view marks = "{}[]()<>\"'\\,;:=&%#/-+0159eE \n\r\t";
        bytes.insert(at(from), static_cast<std::uint8_t>(marks[below(marks.size())]));
      }
    }
  }

  const std::vector<Bytes>& seeds_;
  std::minstd_rand engine_{20261201};
};

std::string kept_at;  ///< where the failing input goes
const Bytes* input = nullptr;

extern "C" void keep_input(int signal) {
  const int file = ::open(kept_at.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file >= 0 && input != nullptr) [[maybe_unused]]
    const auto written = ::write(file, input->data(), input->size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::string found_at(const Target& target, const std::filesystem::path& folder) {
  return (folder.parent_path() / fmt::format("fuzz-found-{}", target.name)).string();
}

void run_all(const Target& target, const std::filesystem::path& folder) {
  const auto seeds = seeds_of(folder / target.name);
  kept_at = found_at(target, folder);
  for (const int signal : {SIGABRT, SIGSEGV, SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGALRM})
    std::signal(signal, keep_input);
  ::alarm(seconds_for_one);
  const auto one = [&](const Bytes& bytes) {
    input = &bytes;
    target.run(bytes.data(), bytes.size());
  };
  for (const Bytes& seed : seeds) one(seed);
  Changes random(seeds);
  for (int i = 0; i < changes; ++i) {
    const Bytes bytes = random.next();
    one(bytes);
  }
  fmt::print("{}: {} seeds, {} changes\n", target.name, seeds.size(), changes);
}

bool runs(const Target& target, const std::filesystem::path& folder) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    run_all(target, folder);
    std::exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return false;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  fmt::print("{}: FAILED, {}; its input is {}\n", target.name,
             WIFSIGNALED(status) ? ::strsignal(WTERMSIG(status)) : "it ended early",
             found_at(target, folder));
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "usage: fuzz_seeds FOLDER [TARGET...]\n");
    return 2;
  }
  const std::vector<std::string_view> wanted(arguments + 2, arguments + count);
  std::size_t failed = 0;
  for (const Target& target : targets)
    if (wanted.empty() || std::ranges::find(wanted, target.name) != wanted.end())
      failed += runs(target, std::filesystem::absolute(arguments[1])) ? 0 : 1;
  fmt::print("{} failed\n", failed);
  return failed == 0 ? 0 : 1;
}
