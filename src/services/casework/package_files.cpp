#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

constexpr std::size_t max_files = 200;
constexpr std::size_t max_bytes = 4u << 20;

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(Kind::not_found, "not_readable", "cannot be opened", path.string());
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

/// Editors leave files behind that are no part of the package.
bool is_part(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  return !name.starts_with('.') && !name.ends_with('~');
}

}  // namespace

Result<PackageFiles> read_package_files(const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  PackageFiles files;
  std::size_t total = 0;
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(directory, failed), end; entry != end && !failed;
       entry.increment(failed)) {
    if (!entry->is_regular_file(failed) || !is_part(entry->path())) continue;
    const auto name = fs::relative(entry->path(), directory, failed).generic_string();
    total += entry->file_size(failed);
    if (files.size() == max_files || total > max_bytes) {
      return fail(Kind::too_large, "package_too_large", "at most 200 files and 4 MiB", name);
    }
    MINBEN_TRY(text, read_file(entry->path()));
    files.emplace(name, std::move(text));
  }
  if (failed) return fail(Kind::not_found, "not_readable", failed.message(), directory.string());
  return files;
}

std::string stem_of(std::string_view path) {
  if (const auto slash = path.rfind('/'); slash != path.npos) path.remove_prefix(slash + 1);
  return std::string(path.substr(0, path.rfind('.')));
}

std::vector<std::string> files_in(const PackageFiles& files, std::string_view folder,
                                  std::string_view ending) {
  std::vector<std::string> found;
  for (const auto& [name, content] : files) {
    if (name.starts_with(folder) && name.ends_with(ending)) found.push_back(name);
  }
  return found;
}

}  // namespace minben::casework
