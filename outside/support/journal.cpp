#include "support/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace outside {

namespace {

// Where the last whole line ends.
Result<std::size_t> replay_lines(std::string_view text,
                                 const std::function<Result<void>(const Json&)>& replay) {
  std::size_t start = 0;
  for (int number = 1;; ++number) {
    const auto end = text.find('\n', start);
    if (end == text.npos) return start;
    auto line = parse_json(text.substr(start, end - start));
    auto replayed = line ? replay(*line) : Result<void>(fail(line.error()));
    if (!replayed) {
      Error error = replayed.error();
      error.line = number;
      return fail(std::move(error));
    }
    start = end + 1;
  }
}

std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

auto unusable(const std::filesystem::path& file) {
  return fail(Kind::unavailable, "journal_unusable", std::generic_category().message(errno),
              file.string());
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(
    const std::filesystem::path& path, const std::function<Result<void>(const Json&)>& replay) {
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  auto whole = replay_lines(read_all(path), replay);
  if (!whole) {
    Error error = whole.error();
    error.field = path.string();
    return fail(std::move(error));
  }
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return unusable(path);
  std::unique_ptr<Journal> journal(new Journal(file));
  const auto size = static_cast<off_t>(*whole);
  if (::ftruncate(file, size) != 0 || ::lseek(file, size, SEEK_SET) != size) return unusable(path);
  return journal;
}

Journal::~Journal() { ::close(file_); }

Result<void> Journal::append(const Json& line) {
  const std::string text = write_json(line) + "\n";
  std::string_view left = text;
  while (!left.empty() && !failed_) {
    const auto written = ::write(file_, left.data(), left.size());
    if (written > 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else {
      failed_ = errno != EINTR;
    }
  }
  failed_ = failed_ || ::fdatasync(file_) != 0;
  if (failed_)
    return fail(Kind::unavailable, "journal_failed", std::generic_category().message(errno));
  return {};
}

}  // namespace outside
