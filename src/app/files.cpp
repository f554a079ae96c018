#include "files.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace minben::app {

namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return fail(Kind::not_found, "cannot_read", "the file cannot be read", path.string());
  return text;
}

Result<void> write_file(const fs::path& path, std::string_view content) {
  const fs::path beside = path.string() + ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << content;
    out.flush();
    if (!out)
      return fail(Kind::internal, "cannot_write", "the file cannot be written", path.string());
  }
  std::error_code error;
  fs::rename(beside, path, error);
  if (error) return fail(Kind::internal, "cannot_write", error.message(), path.string());
  return {};
}

std::vector<std::string> pem_parts(std::string_view pem, std::string_view label) {
  const std::string begin = fmt::format("-----BEGIN {}-----", label);
  std::vector<std::string> found;
  for (std::size_t at = pem.find(begin); at != pem.npos;) {
    const std::size_t next = pem.find(begin, at + 1);
    found.emplace_back(pem.substr(at, next == pem.npos ? next : next - at));
    at = next;
  }
  return found;
}

fs::path program_directory() { return fs::read_symlink("/proc/self/exe").parent_path(); }

}  // namespace minben::app
