#include "payment_provider/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

namespace outside::payment {

namespace {

/// Where the last whole line ends.
Result<std::size_t> replay_lines(std::string_view text,
                                 const std::function<Result<void>(const Json&)>& replay) {
  std::size_t start = 0;
  while (true) {
    const auto end = text.find('\n', start);
    if (end == std::string_view::npos) return start;
    MINBEN_TRY(line, parse_json(text.substr(start, end - start)));
    MINBEN_CHECK(replay(line));
    start = end + 1;
  }
}

std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& file,
                              const std::function<Result<void>(const Json&)>& replay) {
  std::filesystem::create_directories(file.parent_path());
  MINBEN_TRY(whole, replay_lines(read_all(file), replay));
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(Kind::internal, "journal_unwritable", file.string());
  Journal journal(descriptor);
  const auto size = static_cast<off_t>(whole);
  if (ftruncate(descriptor, size) != 0 || lseek(descriptor, size, SEEK_SET) != size) {
    return fail(Kind::internal, "journal_unwritable", file.string());
  }
  return journal;
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Journal::append(const Json& line) {
  const std::string text = write_json(line) + "\n";
  std::string_view left = text;
  while (!left.empty()) {
    const auto written = ::write(descriptor_, left.data(), left.size());
    MINBEN_ASSERT(written > 0);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  MINBEN_ASSERT(fdatasync(descriptor_) == 0);
}

}  // namespace outside::payment
