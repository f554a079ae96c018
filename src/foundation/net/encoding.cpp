#include "net.hpp"

#include <fmt/format.h>

#include "core/digits.hpp"

namespace minben::net {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// application/x-www-form-urlencoded (WHATWG URL §5.1): '+' is a space, a stray '%' stays as it is.
std::string form_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && text.size() - i > 2 && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void append_encoded(std::string& out, std::string_view text, bool space_as_plus) {
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else if (space_as_plus && c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      ((out += '%') += hex_digits[byte >> 4]) += hex_digits[byte & 15];
    }
  }
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  append_encoded(out, text, false);
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = text.size() - i > 2 ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) return fail(Kind::invalid, "bad_percent_encoding");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<Form> parse_urlencoded(std::string_view body, std::size_t max_fields) {
  Form form;
  while (!body.empty()) {
    const auto end = std::min(body.find('&'), body.size());
    const auto pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    if (form.fields().size() == max_fields)
      return fail(Kind::too_large, "too_many_fields", fmt::format("more than {}", max_fields));
    const auto equals = std::min(pair.find('='), pair.size());
    std::string name = form_decode(pair.substr(0, equals));
    std::string value = equals < pair.size() ? form_decode(pair.substr(equals + 1)) : "";
    if (!is_utf8(name) || !is_utf8(value)) return fail(Kind::invalid, "not_utf8");
    form.add(std::move(name), std::move(value));
  }
  return form;
}

std::string write_urlencoded(std::span<const std::pair<std::string, std::string>> fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    append_encoded(out, name, true);
    out += '=';
    append_encoded(out, value, true);
  }
  return out;
}

}  // namespace minben::net
