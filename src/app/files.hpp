#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/core.hpp"

namespace minben::app {

/// The whole file; not_found "cannot_read" naming it.
Result<std::string> read_file(const std::filesystem::path& path);
/// Through a temporary beside it and a rename: old, or new and whole.
Result<void> write_file(const std::filesystem::path& path, std::string_view content);

/// What a PEM text holds of one kind ("CERTIFICATE", "X509 CRL"), one each.
std::vector<std::string> pem_parts(std::string_view pem, std::string_view label);

/// The folder of this program's build: share/ (static files, packages) and outside/ lie beside it.
std::filesystem::path program_directory();

}  // namespace minben::app
