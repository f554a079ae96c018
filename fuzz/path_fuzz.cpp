// What a rule decides on is what the register gets: whatever target comes, decoding what goes on
// to the register gives the segments that were decided on, by this reader and by careless ones.
#include "path.hpp"

using namespace minben;
using namespace minben::exchange;

namespace {

using Segments = std::vector<std::string>;

int hex(char c) {
  return c >= '0' && c <= '9'                 ? c - '0'
         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                              : -1;
}

std::string decode_once(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text.size() - i > 2 && text[i] == '%' ? hex(text[i + 1]) : -1;
    const int low = high >= 0 ? hex(text[i + 2]) : -1;
    out += low < 0 ? text[i] : static_cast<char>(high * 16 + low);
    i += low < 0 ? 0 : 2;
  }
  return out;
}

/// A careless server: decodes first, so many times, takes backslashes for slashes, cuts parameters
/// and what is behind a NUL off, then resolves dots and drops empty segments (RFC 3986 §5.2.4).
Segments careless(std::string_view raw_path, int times, bool with_parameters) {
  std::string path(raw_path);
  for (int i = 0; i < times; ++i) path = decode_once(path);
  path = path.substr(0, path.find('\0'));
  std::ranges::replace(path, '\\', '/');
  Segments out;
  for (std::string_view segment : split(path, '/')) {
    if (!with_parameters) segment = segment.substr(0, segment.find(';'));
    if (segment == "..") {
      if (!out.empty()) out.pop_back();
    } else if (!segment.empty() && segment != ".") {
      out.emplace_back(segment);
    }
  }
  return out;
}

Segments without_parameters(Segments segments) {
  for (std::string& segment : segments) segment = segment.substr(0, segment.find(';'));
  return segments;
}

void check_path(const ServicePath& path, std::string_view target) {
  MINBEN_ASSERT(target.ends_with(path.rest));
  const std::string_view forwarded = std::string_view(path.rest).substr(0, path.rest.find('?'));
  const auto again = read_segments(forwarded);
  MINBEN_ASSERT(again && *again == path.segments);
  if (const auto value = query_value(path, "serviceCode")) MINBEN_ASSERT(is_utf8(*value));
  MINBEN_ASSERT(path.register_key == (path.segments.empty() ? "" : path.segments.front()));
  MINBEN_ASSERT(careless(forwarded, 1, true) == path.segments);
  MINBEN_ASSERT(careless(forwarded, 1, false) == without_parameters(path.segments));
  // Who decodes twice may see other text, but never another way through the folders.
  MINBEN_ASSERT(careless(forwarded, 2, false).size() == path.segments.size());
  for (const std::string& segment : path.segments) MINBEN_ASSERT(is_utf8(segment));
  MINBEN_ASSERT(ServiceId::parse(to_string(path.service)) == path.service);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto path = read_service_path(text)) check_path(*path, text);
  // Most of the work is behind the names; begin there too.
  const std::string target = "/r1/MINBEN/GOV/nia/register/residence/" + std::string(text);
  if (const auto path = read_service_path(target)) check_path(*path, target);
  const std::size_t middle = size / 2;
  const std::string_view glob = text.substr(0, middle);
  if (check_glob(glob))
    if (const auto segments = read_segments(text.substr(middle))) {
      (void)PathGlob(glob).matches(*segments);
      MINBEN_ASSERT(PathGlob("/**").matches(*segments));
    }
  if (check_template(text)) (void)can_match("/*/**", text);
  return 0;
}
