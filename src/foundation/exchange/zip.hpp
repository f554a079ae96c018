#pragma once
// ZIP files (APPNOTE 6.3) in memory, everything stored, in the order given: as ASiC asks for them
// (ETSI EN 319 162-1 §4.4.1 and annex A.1), and packages of personal data. Thread-safe.
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

/// The same with each entry encrypted by AES-256 (WinZip AE-2; names stay readable), the key from
/// `passphrase` by PBKDF2 with SHA-1 and 1,000 rounds: a passphrase must be made, not thought of.
/// Not the same bytes twice.
Result<std::string> write_encrypted_zip(const std::vector<ZipEntry>& entries,
                                        const std::string& passphrase);

/// Entries that are stored and not encrypted, names once each, checked by their CRC; nothing
/// unpacks to more than it is. Not looked at: times and attributes. Errors: "not_a_container",
/// "too_many_parts", "duplicate_part" (field: its name), "packed_part" (compressed or encrypted).
Result<std::vector<ZipEntry>> read_zip(std::string_view bytes, std::size_t max_entries);

}  // namespace minben::exchange
