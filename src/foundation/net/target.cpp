#include "router.hpp"

namespace minben::net {

namespace {

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<std::string> decode_segment(std::string_view raw) {
  MINBEN_TRY(segment, percent_decode(raw));
  if (segment == "." || segment == "..") return fail(Kind::invalid, "bad_path", "dot segment");
  if (segment.find_first_of("/\\") != segment.npos)
    return fail(Kind::invalid, "bad_path", "encoded slash");
  if (has_control(segment) || !is_utf8(segment))
    return fail(Kind::invalid, "bad_path", "control character or not UTF-8");
  return segment;
}

// "http://host/path" → "/path"
std::string_view strip_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    return slash == target.npos ? "/" : target.substr(slash);
  }
  return target;
}

}  // namespace

Result<Target> parse_target(std::string_view raw, std::size_t max_fields) {
  raw = strip_authority(raw);
  if (raw.empty() || raw.front() != '/' || raw.find('#') != raw.npos)
    return fail(Kind::invalid, "bad_path", "not an origin-form target");
  const auto question = std::min(raw.find('?'), raw.size());
  Target target;
  for (const auto part : split(raw.substr(1, question - 1), '/')) {
    MINBEN_TRY(segment, decode_segment(part));
    (target.path += '/') += segment;
    target.segments.push_back(std::move(segment));
  }
  if (question < raw.size()) {
    MINBEN_TRY(query, parse_urlencoded(raw.substr(question + 1), max_fields));
    target.query = std::move(query);
  }
  return target;
}

}  // namespace minben::net
