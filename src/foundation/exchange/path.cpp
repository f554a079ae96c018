#include "path.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::exchange {

namespace {

constexpr std::size_t max_target = 8192, max_segments = 64, max_glob = 1024;
constexpr std::string_view prefix = "/r1/";
constexpr std::string_view any_segments = "**";

std::unexpected<Error> bad(std::string_view why) { return fail(Kind::invalid, "bad_path", why); }

// RFC 3986 §3.3, without the escape
bool is_pchar(char c) {
  constexpr std::string_view others = "-._~!$&'()*+,;=:@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != others.npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// What would have another meaning where a segment is taken apart once more.
bool divides(char c) {
  return is_control(c) || c == '/' || c == '\\' || c == '.' || c == ';' || c == '%';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The character that "%xy" at this place stands for, or -1.
int escaped(std::string_view text, std::size_t at) {
  if (text.size() - at < 3 || text[at] != '%') return -1;
  const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool encoded_twice(std::string_view decoded) {
  for (std::size_t at = 0; at < decoded.size(); ++at) {
    const int c = escaped(decoded, at);
    if (c >= 0 && divides(static_cast<char>(c))) return true;
  }
  return false;
}

Result<std::string> decode(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size(); ++at) {
    if (raw[at] != '%') {
      if (!is_pchar(raw[at])) return bad("a character that must be percent-encoded");
      out += raw[at];
      continue;
    }
    const int c = escaped(raw, at);
    if (c < 0) return bad("'%' without two hex digits");
    out += static_cast<char>(c);
    at += 2;
  }
  return out;
}

Result<std::string> read_segment(std::string_view raw) {
  if (raw.empty()) return bad("an empty segment");
  MINBEN_TRY(segment, decode(raw));
  // Servers cut parameters off before they look for dots, and some file systems dots and blanks
  // off the end of a name.
  const std::string_view name = std::string_view(segment).substr(0, segment.find(';'));
  if (name.find_first_not_of(". ") == name.npos) return bad("a dot segment, or nothing before ';'");
  if (segment.find_first_of("/\\") != segment.npos) return bad("an encoded slash");
  if (std::ranges::any_of(segment, is_control)) return bad("an encoded control character");
  if (encoded_twice(segment)) return bad("encoded twice");
  if (!is_utf8(segment)) return bad("not UTF-8");
  return segment;
}

Result<void> check_query(std::string_view query) {
  for (const char c : query)
    if (c <= 0x20 || c >= 0x7f || c == '#') return bad("a character that must be percent-encoded");
  return {};
}

/// Cuts the next segment and the slash before it off.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// "*" within a segment; one place to go back to is enough, as every "*" takes as little as it can.
bool segment_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0, star = glob.npos, taken = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g, ++t;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == glob.npos;
}

/// The same one level up, for lists of segments and "**".
template <class Text, class Matches>
bool path_matches(std::span<const std::string> glob, std::span<const Text> path, Matches matches) {
  constexpr std::size_t never = SIZE_MAX;
  std::size_t g = 0, p = 0, star = never, taken = 0;
  while (p < path.size()) {
    if (g < glob.size() && glob[g] == any_segments) {
      star = g++;
      taken = p;
    } else if (g < glob.size() && matches(glob[g], path[p])) {
      ++g, ++p;
    } else if (star != never) {
      g = star + 1;
      p = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == any_segments) ++g;
  return g == glob.size();
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  if (path == "/") return parts;
  while (!path.empty()) parts.emplace_back(take_segment(path));
  return parts;
}

}  // namespace

Result<std::vector<std::string>> read_segments(std::string_view raw_path) {
  std::vector<std::string> segments;
  if (!raw_path.empty() && raw_path.front() != '/') return bad("no slash in front");
  while (!raw_path.empty()) {
    if (segments.size() == max_segments) return bad("more than 64 segments");
    MINBEN_TRY(segment, read_segment(take_segment(raw_path)));
    segments.push_back(std::move(segment));
  }
  return segments;
}

Result<ServicePath> read_service_path(std::string_view target) {
  if (target.size() > max_target) return bad("more than 8,192 bytes");
  if (!target.starts_with(prefix)) return bad("not an origin-form target below /r1");
  const std::string_view whole = target.substr(0, target.find('?'));
  MINBEN_CHECK(check_query(target.substr(whole.size())));
  std::string_view path = whole.substr(prefix.size() - 1);
  std::string name;
  for (int part = 0; part < 5 && !path.empty(); ++part) {
    MINBEN_TRY(segment, read_segment(take_segment(path)));
    (name += part == 0 ? "" : "/") += segment;
  }
  MINBEN_TRY(service, ServiceId::parse(name));
  MINBEN_TRY(segments, read_segments(path));
  ServicePath out{std::move(service),
                  std::string(target.substr(whole.size() - path.size())),
                  std::move(segments),
                  {}};
  if (!out.segments.empty()) out.register_key = out.segments.front();
  return out;
}

std::optional<Metaservice> metaservice(std::string_view service_code) {
  if (service_code == "listMethods") return Metaservice::list_methods;
  if (service_code == "allowedMethods") return Metaservice::allowed_methods;
  if (service_code == "getOpenAPI") return Metaservice::get_openapi;
  if (service_code == "getWsdl") return Metaservice::get_wsdl;
  return std::nullopt;
}

Result<std::string> query_value(const ServicePath& path, std::string_view name) {
  const std::size_t begin = path.rest.find('?');
  if (begin == path.rest.npos) return std::string();
  for (const std::string_view pair : split(std::string_view(path.rest).substr(begin + 1), '&')) {
    if (pair.substr(0, pair.find('=')) != name || pair.size() == name.size()) continue;
    auto value = net::percent_decode(pair.substr(name.size() + 1));
    if (!value || !is_utf8(*value)) return bad("a value in the query that cannot be decoded");
    return value;
  }
  return std::string();
}

PathGlob::PathGlob(std::string_view glob) : parts_(parts_of(glob)) {}

bool PathGlob::matches(std::span<const std::string> segments) const {
  return path_matches(std::span(parts_), segments, segment_matches);
}

Result<void> check_glob(std::string_view glob) {
  const auto refuse = [](std::string_view why) { return fail(Kind::invalid, "bad_glob", why); };
  if (glob.empty() || glob.front() != '/') return refuse("begins with '/'");
  if (glob.size() > max_glob || !is_utf8(glob)) return refuse("at most 1,024 bytes of UTF-8");
  const auto parts = parts_of(glob);
  if (parts.size() > max_segments) return refuse("more than 64 segments");
  for (const std::string& part : parts) {
    if (part.find_first_not_of(". ") == part.npos) return refuse("an empty or dot segment");
    if (part.find('\\') != part.npos || std::ranges::any_of(part, is_control))
      return refuse("a backslash or control character, which no path has");
    if (part != any_segments && part.find(any_segments) != part.npos)
      return refuse("'**' is a segment of its own");
    for (std::size_t at = 0; at < part.size(); ++at)
      if (escaped(part, at) >= 0) return refuse("globs are written decoded");
  }
  return {};
}

Result<void> check_template(std::string_view path) {
  if (path.empty() || path == "/") return {};
  if (path.front() != '/' || path.size() > max_glob || !is_utf8(path))
    return bad("begins with '/', at most 1,024 bytes of UTF-8");
  const auto parts = parts_of(path);
  if (parts.size() > max_segments || std::ranges::find(parts, "") != parts.end())
    return bad("empty segments, or more than 64");
  return {};
}

std::string template_glob(std::string_view path_template) {
  std::string glob;
  while (!path_template.empty()) {
    const std::size_t begin = path_template.find('{');
    glob += path_template.substr(0, begin);
    if (begin == path_template.npos) break;
    glob += '*';
    const std::size_t end = path_template.find('}', begin);
    path_template.remove_prefix(end == path_template.npos ? path_template.size() : end + 1);
  }
  return glob.empty() ? "/" : glob;
}

bool can_match(std::string_view glob, std::string_view path_template) {
  const auto globs = parts_of(glob);
  const auto parts = parts_of(path_template);
  return path_matches(std::span(globs), std::span<const std::string>(parts),
                      [](std::string_view one, std::string_view part) {
                        return part.find('{') != part.npos || segment_matches(one, part);
                      });
}

}  // namespace minben::exchange
