// How fast do published files become tables, beside a bare read that looks for line ends? In
// processor time of this thread: on a busy machine the clock on the wall says little. One core.
//   intake [MEGABYTES | FILE...]
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <fmt/format.h>

#include "intake/intake.hpp"
#include "must.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Flavour {
  const char* name;
  std::string (*row)(int i);
};

/// Twelve columns as a register of places has them: codes, names, an address, numbers, times.
std::string clean(int i) {
  return fmt::format(
      "6500{:04},新北市板橋區,第{}站,新北市板橋區文化路一段{}號,{},{}.{:03},121.{:06},25.{:06},"
      "2026-{:02}-{:02},2026-11-30 {:02}:{:02}:00,正常,{}\n",
      i % 9000 + 1000, i % 500, i % 900, i % 100'000, i % 500, i % 1000, i * 7 % 1'000'000,
      i * 11 % 1'000'000, i % 12 + 1, i % 28 + 1, i % 24, i % 60, i);
}
std::string numbers(int i) {
  return fmt::format("{},{},{},{},{}.{},{}.{},{},{},{},{},{},{}\n", i, i % 1000, i % 77, i % 5000,
                     i % 300, i % 100, i % 900, i % 10, i * 3 % 10'000, i % 12, i % 365, i % 9,
                     i % 100'000, i % 3);
}
std::string dirty(int i) {
  return fmt::format(
      "6500{:04},新北市板橋區,第{}站,\"新北市板橋區文化路一段{}號, "
      "{}樓\",\"{},{:03}\",{}.{:03},121.{:06},"
      "25.{:06},115/{:02}/{:02},115/11/30 下午 {:02}:{:02},正常,{}\n",
      i % 9000 + 1000, i % 500, i % 900, i % 20, i % 100 + 1, i % 1000, i % 500, i % 1000,
      i * 7 % 1'000'000, i * 11 % 1'000'000, i % 12 + 1, i % 28 + 1, i % 12 + 1, i % 60,
      i % 50 == 0 ? "-" : std::to_string(i));
}

constexpr const char* header = "代碼,區域,站名,地址,人數,數值,經度,緯度,日期,時間,狀態,序號\n";

fs::path make(const fs::path& folder, const Flavour& flavour, std::size_t bytes) {
  const fs::path path = folder / flavour.name;
  std::ofstream out(path, std::ios::binary);
  out << header;
  std::size_t written = 0;
  for (int i = 0; written < bytes; ++i) {
    const std::string row = flavour.row(i);
    written += row.size();
    out << row;
  }
  return path;
}

volatile std::size_t lines_seen = 0;  // so that the loop is not left out

double bare_read(const fs::path& path) {
  const double begin = cpu_seconds();
  std::ifstream in(path, std::ios::binary);
  std::vector<char> buffer(1u << 20);
  std::size_t lines = 0;
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    const char* p = buffer.data();
    const char* const end = p + in.gcount();
    while ((p = static_cast<const char*>(
                std::memchr(p, '\n', static_cast<std::size_t>(end - p)))) != nullptr) {
      ++lines;
      ++p;
    }
  }
  lines_seen = lines;
  return cpu_seconds() - begin;
}

void measure(const fs::path& folder, const fs::path& path, intake::Care care, const char* how) {
  const SystemClock clock;
  const double megabytes = static_cast<double>(fs::file_size(path)) / 1e6;
  double best = 1e9, bare = 1e9;
  intake::Prepared prepared;
  for (int round = 0; round < 3; ++round) {
    bare = std::min(bare, bare_read(path));
    const fs::path work = folder / "work";
    fs::remove_all(work);
    fs::create_directory(work);
    const double begin = cpu_seconds();
    prepared = must(intake::prepare(path, {}, work, care, clock));
    best = std::min(best, cpu_seconds() - begin);
  }
  std::string repairs;
  for (const auto& repair : prepared.inspection.repairs)
    repairs += fmt::format(" {} {}", repair.code, repair.count);
  fmt::print(
      "{:8} {:10} {:7.1f} MB {:7.3f} s {:7.0f} MB/s  bare read {:6.0f} MB/s, ratio {:.3f}  {}{}\n",
      path.filename().string(), how, megabytes, best, megabytes / best, megabytes / bare,
      bare / best, prepared.original ? "as it stands" : "rewritten", repairs);
}

int main(int argc, char** argv) {
  const bool given = argc > 1 && fs::exists(argv[1]);
  const std::size_t bytes =
      static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 200) * 1'000'000;
  const fs::path folder = fs::temp_directory_path() / fmt::format("minben-intake-{}", ::getpid());
  fs::create_directory(folder);
  for (int i = 1; given && i < argc; ++i)
    measure(folder, argv[i], intake::Care::careful, "careful");
  for (const Flavour& flavour : {Flavour{"clean", clean}, {"numbers", numbers}, {"dirty", dirty}}) {
    if (given) break;
    const fs::path path = make(folder, flavour, bytes);
    measure(folder, path, intake::Care::careful, "careful");
    if (flavour.row != dirty) measure(folder, path, intake::Care::optimistic, "optimistic");
    fs::remove(path);
  }
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
