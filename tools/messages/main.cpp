// minben_messages_tool FILE.toml DIRECTORY: writes DIRECTORY/<file>.hpp and .cpp, or lists every
// fault as "file:line: what" and fails.
#include <cstdio>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "messages.hpp"

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

/// An unchanged file keeps its time, so that a reworded text rebuilds one source and no page.
bool write_if_changed(const std::filesystem::path& path, const std::string& content) {
  if (std::filesystem::exists(path) && content_of(path) == content) return true;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  return static_cast<bool>(out.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: minben_messages_tool FILE.toml DIRECTORY\n");
    return 2;
  }
  const auto file = minben::messages::read(argv[1]);
  for (const auto& fault : file.faults)
    fmt::print(stderr, "{}:{}: error: {}\n", fault.file, fault.line, fault.what);
  if (!file.faults.empty()) return 1;

  const std::filesystem::path directory = argv[2];
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  const bool written = write_if_changed(directory / (file.name + ".hpp"), header_of(file)) &&
                       write_if_changed(directory / (file.name + ".cpp"), source_of(file));
  if (!written) fmt::print(stderr, "{}: error: cannot write\n", directory.string());
  return written ? 0 : 1;
}
