#include "support/shared.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace minben::test {

namespace fs = std::filesystem;

std::optional<fs::path> shared(const fs::path& inside) {
  const char* set = std::getenv("MINBEN_SHARED");
  const fs::path path = fs::path(set != nullptr ? set : "../shared") / inside;
  return fs::exists(path) ? std::optional(path) : std::nullopt;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (fs::temp_directory_path() / "minben-test-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}
TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace minben::test
