#pragma once
// The ZIP files that ASiC asks for (ETSI EN 319 162-1 §4.4.1 and annex A.1): everything stored,
// "mimetype" first. Private to exchange.
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::exchange {

struct ZipEntry {
  std::string name;
  std::string content;
};

/// The same entries give the same bytes: all times are 1980-01-01, there are no extra fields.
/// Error "container_failed" when memory is short.
Result<std::string> write_zip(const std::vector<ZipEntry>& entries);

/// Entries that are stored and not encrypted, names once each, checked by their CRC; nothing
/// unpacks to more than it is. Not looked at: times and attributes. Errors: "not_a_container",
/// "too_many_parts", "duplicate_part" (field: its name), "packed_part" (compressed or encrypted).
Result<std::vector<ZipEntry>> read_zip(std::string_view bytes, std::size_t max_entries);

}  // namespace minben::exchange
