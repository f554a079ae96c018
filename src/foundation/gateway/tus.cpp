#include "tus.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace minben::gateway {

namespace {

constexpr std::size_t max_keys = 32;
constexpr std::size_t max_metadata = 8192;
constexpr std::size_t max_digits = 18;  ///< of a position: far beyond any file

std::unexpected<Error> bad_metadata(std::string_view why) {
  return fail(Kind::invalid, "bad_upload_metadata", why, "Upload-Metadata");
}

std::optional<std::uint64_t> read_position(std::string_view text) {
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || text.size() > max_digits || !digits) return std::nullopt;
  return static_cast<std::uint64_t>(*parse_integer(text, 0));
}

}  // namespace

Result<std::map<std::string, std::string>> read_upload_metadata(std::string_view text) {
  std::map<std::string, std::string> out;
  if (text.size() > max_metadata) return bad_metadata("8,192 bytes at most");
  if (trim(text).empty()) return out;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view pair = trim(part);
    const auto blank = pair.find(' ');
    const std::string_view key = pair.substr(0, blank);
    const bool visible = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
    if (key.empty() || !visible) return bad_metadata("a key is visible ASCII");
    const auto value = blank == pair.npos ? Bytes() : base64_decode(pair.substr(blank + 1));
    if (!value) return bad_metadata("a value is Base64");
    if (out.size() >= max_keys || !out.emplace(key, as_text(*value)).second)
      return bad_metadata("too many keys, or one twice");
  }
  return out;
}

Result<UploadChecksum> read_upload_checksum(std::string_view text) {
  const auto blank = text.find(' ');
  const std::string_view algorithm = text.substr(0, blank);
  const auto digest = blank == text.npos ? std::nullopt : base64_decode(text.substr(blank + 1));
  const std::size_t size = algorithm == "sha1" ? 20 : algorithm == "sha256" ? 32 : 0;
  if (size == 0 || !digest || digest->size() != size)
    return fail(Kind::invalid, "bad_upload_checksum", "sha1 or sha256, and Base64 of the digest",
                "Upload-Checksum");
  return UploadChecksum{std::string(algorithm), *digest};
}

Result<std::optional<ByteRange>> read_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!to_lower_ascii(text.substr(0, unit.size())).starts_with(unit)) return std::nullopt;
  const std::string_view range = trim(text.substr(unit.size()));
  const auto dash = range.find('-');
  if (dash == range.npos) return std::nullopt;
  const auto first = read_position(range.substr(0, dash));
  const auto last = read_position(range.substr(dash + 1));
  const bool open_end = dash + 1 == range.size();
  const auto unsatisfiable = [] {
    return fail(Kind::invalid, "range_not_satisfiable", "beyond the end", "Range");
  };
  if (dash == 0) {  // the last so many bytes
    if (!last) return std::nullopt;
    if (*last == 0 || size == 0) return unsatisfiable();
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  if (!first || (!last && !open_end) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return unsatisfiable();
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return ByteRange{*first, end - *first + 1};
}

std::string http_date(Instant at) {
  const auto whole = std::chrono::floor<seconds>(at);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(static_cast<std::time_t>(whole.time_since_epoch().count())));
}

}  // namespace minben::gateway
