#include "mailbox/message.hpp"

#include <algorithm>

namespace outside::mailbox {

namespace {

std::string only_utf8(std::string text) {
  if (is_utf8(text)) return text;
  for (char& c : text)
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  return text;
}

// The value of a field with its folded lines joined; "" when there is none.
std::string field(std::string_view head, std::string_view name) {
  std::string value;
  bool inside = false;
  for (auto line : split(head, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (inside && (line.starts_with(' ') || line.starts_with('\t'))) {
      value += line;
      continue;
    }
    if (inside) break;
    const auto colon = line.find(':');
    inside = colon != line.npos && to_lower_ascii(trim(line.substr(0, colon))) == name;
    if (inside) value = trim(line.substr(colon + 1));
  }
  return value;
}

std::string decode_base64_lines(std::string_view text) {
  std::string joined;
  std::ranges::copy_if(text, std::back_inserter(joined),
                       [](char c) { return c != '\r' && c != '\n' && c != ' '; });
  const auto bytes = base64_decode(joined);
  return bytes ? std::string(as_text(*bytes)) : std::string(text);
}

std::optional<std::string> decode_word(std::string_view charset, std::string_view encoding,
                                       std::string_view text) {
  const std::string known = to_lower_ascii(charset);
  if (known != "utf-8" && known != "us-ascii") return std::nullopt;
  if (to_lower_ascii(encoding) == "b") {
    const auto bytes = base64_decode(text);
    return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
  }
  if (to_lower_ascii(encoding) != "q") return std::nullopt;
  std::string spaced(text);
  std::ranges::replace(spaced, '_', ' ');
  return decode_quoted_printable(spaced);
}

}  // namespace

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    if (text.substr(i + 1).starts_with("\r\n")) {
      i += 2;
    } else if (const auto byte = hex_decode(text.substr(i + 1, 2)); byte && byte->size() == 1) {
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += '=';
    }
  }
  return out;
}

std::string decode_words(std::string_view text) {
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    const auto begin = text.find("=?");
    const auto charset_end = begin == text.npos ? text.npos : text.find('?', begin + 2);
    const auto encoding_end =
        charset_end == text.npos ? text.npos : text.find('?', charset_end + 1);
    const auto end = encoding_end == text.npos ? text.npos : text.find("?=", encoding_end + 1);
    if (end == text.npos) break;
    const auto between = text.substr(0, begin);
    // White space between two encoded words is not shown (RFC 2047 §6.2).
    if (!after_word || !trim(between).empty()) out += between;
    const auto decoded = decode_word(text.substr(begin + 2, charset_end - begin - 2),
                                     text.substr(charset_end + 1, encoding_end - charset_end - 1),
                                     text.substr(encoding_end + 1, end - encoding_end - 1));
    out += decoded ? *decoded : std::string(text.substr(begin, end + 2 - begin));
    after_word = decoded.has_value();
    text.remove_prefix(end + 2);
  }
  return out += text;
}

Message read_message(std::string_view raw) {
  const auto blank = raw.find("\r\n\r\n");
  const auto head = raw.substr(0, blank);
  const auto body = blank == raw.npos ? std::string_view{} : raw.substr(blank + 4);
  const std::string encoding = to_lower_ascii(field(head, "content-transfer-encoding"));
  std::string text = encoding == "base64"             ? decode_base64_lines(body)
                     : encoding == "quoted-printable" ? decode_quoted_printable(body)
                                                      : std::string(body);
  return {only_utf8(decode_words(field(head, "subject"))), only_utf8(std::move(text))};
}

}  // namespace outside::mailbox
