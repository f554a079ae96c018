#pragma once
// Header fields of tus 1.0.0 (resumable uploads: core, creation, expiration, checksum,
// termination) and of RFC 9110 §14 (ranges), read strictly.
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace minben::gateway {

inline constexpr std::string_view tus_version = "1.0.0";
inline constexpr std::string_view tus_extensions = "creation,expiration,checksum,termination";

/// Upload-Metadata: "key base64, key base64, key": at most 32 keys of visible ASCII, each once, and
/// 8,192 bytes. Error "bad_upload_metadata".
Result<std::map<std::string, std::string>> read_upload_metadata(std::string_view text);

/// Upload-Checksum: "sha1 base64".
struct UploadChecksum {
  std::string algorithm;  ///< "sha1" or "sha256"
  Bytes digest;
};
/// Error "bad_upload_checksum".
Result<UploadChecksum> read_upload_checksum(std::string_view text);

/// From `first`, `length` bytes of a representation.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};
/// Range: one range of bytes of something that is `size` long. Nothing when the field is to be
/// ignored (RFC 9110 §14.2: another unit, several ranges, or not a range at all). Error
/// "range_not_satisfiable" (416).
Result<std::optional<ByteRange>> read_range(std::string_view text, std::uint64_t size);

std::string http_date(Instant at);  ///< RFC 9110 §5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT"

}  // namespace minben::gateway
