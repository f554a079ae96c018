#include "files.hpp"

#include <fstream>

namespace minben::gateway {

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Kind::unavailable, "cannot_read", "cannot be read", path.string());
  std::string text;
  std::array<char, 16384> piece;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > max_bytes)
      return fail(Kind::too_large, "file_too_large", "too large", path.string());
  }
  return text;
}

Result<trust::Certificate> read_certificate_file(const std::filesystem::path& path) {
  MINBEN_TRY(pem, read_file(path));
  return trust::certificate_from_pem(pem);
}

}  // namespace minben::gateway
