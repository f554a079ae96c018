#include "html.hpp"

#include <fmt/format.h>

#include "net/net.hpp"

namespace minben::page {

namespace {

bool has_space_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f;
  });
}

std::unexpected<Error> bad_address(std::string_view why) {
  return fail(Kind::invalid, "bad_address", why);
}

std::string encode_path(std::string path, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (part.empty()) continue;  // "//host" would be another site
    path += '/';
    path += net::percent_encode(part);
  }
  if (path.empty()) path = "/";
  return path;
}

bool is_local_host(std::string_view authority) {
  const std::string_view host = authority.substr(0, authority.find(':'));
  return host == "localhost" || host == "127.0.0.1";
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

}  // namespace

Url Url::path(std::initializer_list<std::string_view> parts) {
  return Url(encode_path("", parts), 0);
}

Url Url::page(Language language, std::initializer_list<std::string_view> parts) {
  return Url(encode_path("/" + std::string(language_tag(language)), parts), 0);
}

Url Url::below(std::initializer_list<std::string_view> parts) const {
  return Url(encode_path(std::string(text()), parts), 0);
}

namespace {
/// Of an address with "://"; "" when it is not a plain one.
std::string_view host_in(std::string_view address) {
  const std::string_view rest = address.substr(address.find("://") + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  return authority.find('@') == authority.npos ? authority : std::string_view();
}
}  // namespace

Result<Url> Url::published(std::string_view address) {
  const std::string lower = to_lower_ascii(address.substr(0, 8));
  if (!lower.starts_with("http://") && !lower.starts_with("https://"))
    return bad_address("neither https nor http");
  if (host_in(address).empty()) return bad_address("no plain host");
  // What stands in metadata is often not encoded: white space and letters are, as browsers do it.
  std::string encoded;
  for (const char c : address) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '\\') encoded += fmt::format("%{:02X}", byte);
    else encoded += c;
  }
  return Url(std::move(encoded), 0);
}

Result<Url> Url::outside(std::string_view address) {
  if (has_space_or_control(address) || address.find('\\') != address.npos)
    return bad_address("white space, control character or backslash");
  // mobilemoica opens the app of mobile approval and nothing else.
  const bool app = address.starts_with("mobilemoica://");
  const bool https = app || address.starts_with("https://");
  if (!https && !address.starts_with("http://")) return bad_address("neither https nor http");
  const std::string_view authority = host_in(address);
  if (authority.empty()) return bad_address("no plain host");
  if (!https && !is_local_host(authority)) return bad_address("http to another machine");
  return Url(std::string(address), 0);
}

Result<Url> Url::same_site(std::string_view address) {
  if (!address.starts_with('/') || address.starts_with("//")) return bad_address("not a path");
  if (has_space_or_control(address) || address.find('\\') != address.npos)
    return bad_address("white space, control character or backslash");
  return Url(std::string(address), 0);
}

Url Url::anchor(std::string_view id) { return Url("#" + net::percent_encode(id), 0); }

Url Url::with(std::string_view name, std::string_view value) const {
  std::string made(text());
  made += made.find('?') == made.npos ? '?' : '&';
  made += net::percent_encode(name) + "=" + net::percent_encode(value);
  return Url(std::move(made), 0);
}

Url Url::with_fragment(std::string_view id) const {
  return Url(std::string(text()) + "#" + net::percent_encode(id), 0);
}

void Writer::escape(std::string_view text) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view replacement = entity(text[at]);
    if (replacement.empty() && !is_forbidden_control(text[at])) continue;
    buffer_.append(text.substr(kept, at - kept));
    buffer_.append(replacement);
    kept = at + 1;
  }
  buffer_.append(text.substr(kept));
}

void Writer::lines(std::string_view text) {
  bool first = true;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!first) buffer_.append("<br>");
    escape(line);
    first = false;
  }
}

}  // namespace minben::page
