#pragma once
// Files that a gateway reads whole.
#include <filesystem>
#include <string>

#include "core/core.hpp"
#include "trust/trust.hpp"

namespace minben::gateway {

/// Errors, naming the file: unavailable "cannot_read", too_large "file_too_large".
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t max_bytes = std::size_t{8} << 20);
/// The first certificate of a PEM file. Errors: those of read_file, "not_a_certificate".
Result<trust::Certificate> read_certificate_file(const std::filesystem::path& path);

}  // namespace minben::gateway
