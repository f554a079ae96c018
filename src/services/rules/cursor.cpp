#include "cursor.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace minben::rules {

namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
/// Every byte of a character beyond ASCII counts as part of a name; white space is taken out first.
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }
bool is_name_symbol(char c) { return std::string_view("./-'+*").find(c) != std::string_view::npos; }

std::size_t space_length(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.front())) return 1;
  for (const std::string_view space :
       {"\xC2\x85", "\xC2\xA0", "\xE1\x9A\x80", "\xE1\xA0\x8E", "\xE2\x80\xA8", "\xE2\x80\xA9",
        "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"})
    if (text.starts_with(space)) return space.size();
  // U+2000 … U+200B
  const bool general = text.size() >= 3 && text.starts_with("\xE2\x80") &&
                       static_cast<unsigned char>(text[2]) >= 0x80 &&
                       static_cast<unsigned char>(text[2]) <= 0x8B;
  return general ? 3 : 0;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t bits) { out += static_cast<char>(bits); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}
}  // namespace

bool is_keyword(std::string_view word) {
  constexpr std::array<std::string_view, 9> keywords = {
      "and", "or", "in", "between", "instance", "then", "else", "return", "satisfies"};
  return std::ranges::find(keywords, word) != keywords.end();
}

std::string normal_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    if (const std::size_t length = space_length(name)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      name.remove_prefix(length);
    } else {
      out += name.front();
      name.remove_prefix(1);
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

bool Cursor::skip_one_space() {
  const std::size_t length = space_length(rest());
  at_ += length;
  return length != 0;
}
bool Cursor::skip_comment() {
  const bool line = rest().starts_with("//");
  if (!line && !rest().starts_with("/*")) return false;
  const std::string_view end = line ? "\n" : "*/";
  const std::size_t found = text_.find(end, at_ + 2);
  at_ = found == text_.npos ? text_.size() : found + end.size();
  return true;
}
void Cursor::skip_space() {
  while (skip_one_space() || skip_comment()) {
  }
}
bool Cursor::done() {
  skip_space();
  return at_ == text_.size();
}

bool Cursor::sees(std::string_view symbol) {
  skip_space();
  return rest().starts_with(symbol);
}
bool Cursor::take(std::string_view symbol) {
  if (!sees(symbol)) return false;
  at_ += symbol.size();
  return true;
}
bool Cursor::sees_word(std::string_view keyword) {
  if (!sees(keyword)) return false;
  const std::string_view after = rest().substr(keyword.size());
  return after.empty() || !is_name_part(after.front()) || space_length(after) != 0;
}
bool Cursor::take_word(std::string_view keyword) {
  if (!sees_word(keyword)) return false;
  at_ += keyword.size();
  return true;
}
bool Cursor::sees_name() {
  skip_space();
  return !rest().empty() && is_name_start(rest().front());
}
bool Cursor::sees_digit() {
  skip_space();
  return !rest().empty() && is_digit(rest().front());
}

std::size_t Cursor::length_of(std::string_view name) {
  const std::size_t from = at_;
  bool matches = true;
  for (std::size_t i = 0; i < name.size() && matches; ++i) {
    const bool by_symbol = is_name_symbol(name[i]) || (i > 0 && is_name_symbol(name[i - 1]));
    if (name[i] == ' ') {
      const bool loose = (i > 0 && is_name_symbol(name[i - 1])) ||
                         (i + 1 < name.size() && is_name_symbol(name[i + 1]));
      matches = skip_one_space() || loose;
      while (skip_one_space()) {
      }
      continue;
    }
    while (by_symbol && i > 0 && skip_one_space()) {
    }
    matches = !rest().empty() && rest().front() == name[i];
    at_ += matches;
  }
  const bool cut = matches && !name.empty() && is_name_part(name.back()) && !rest().empty() &&
                   is_name_part(rest().front()) && space_length(rest()) == 0;
  const std::size_t length = matches && !cut ? at_ - from : 0;
  at_ = from;
  return length;
}

std::string_view Cursor::word() {
  const std::size_t from = at_;
  if (rest().empty() || !is_name_start(rest().front())) return {};
  while (!rest().empty() && is_name_part(rest().front()) && space_length(rest()) == 0) ++at_;
  return text_.substr(from, at_ - from);
}

std::string Cursor::words() {
  skip_space();
  std::string out(word());
  while (!out.empty()) {
    const std::size_t before = at_;
    skip_space();
    const std::string_view next = at_ > before ? word() : std::string_view();
    if (next.empty() || is_keyword(next)) {
      at_ = before;
      break;
    }
    (out += ' ') += next;
  }
  return out;
}

std::optional<std::string> Cursor::name_before(char end) {
  skip_space();
  const std::size_t from = at_;
  while (!rest().empty() && rest().front() != end) {
    const char c = rest().front();
    if (!is_name_part(c) && !is_name_symbol(c) && !is_ascii_space(c)) break;
    ++at_;
  }
  std::string name = normal_name(text_.substr(from, at_ - from));
  if (rest().empty() || rest().front() != end || name.empty() || !is_name_start(name.front())) {
    at_ = from;
    return std::nullopt;
  }
  return name;
}

std::optional<char32_t> Cursor::hex(std::size_t digits) {
  if (rest().size() < digits) return std::nullopt;
  char32_t value = 0;
  for (const char c : rest().substr(0, digits)) {
    const char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) value = value * 16 + static_cast<char32_t>(c - '0');
    else if (lower >= 'a' && lower <= 'f')
      value = value * 16 + static_cast<char32_t>(lower - 'a' + 10);
    else return std::nullopt;
  }
  at_ += digits;
  return value;
}

bool Cursor::escape(std::string& out) {
  if (rest().empty()) return false;
  const char c = text_[at_++];
  constexpr std::string_view from = "\"'\\ntr", to = "\"'\\\n\t\r";
  if (const auto found = from.find(c); found != from.npos) {
    out += to[found];
    return true;
  }
  if (c != 'u' && c != 'U') {  // not an escape of FEEL: the backslash stands for itself
    (out += '\\') += c;
    return true;
  }
  auto code = hex(c == 'u' ? 4 : 6);
  if (code && *code >= 0xD800 && *code < 0xDC00 && rest().starts_with("\\u")) {
    at_ += 2;
    const auto low = hex(4);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
    code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
  }
  if (!code || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) return false;
  append_utf8(out, *code);
  return true;
}

std::optional<std::string> Cursor::string_literal(std::string_view& problem) {
  std::string out;
  while (at_ < text_.size() && text_[at_] != '"') {
    const char c = text_[at_++];
    if (c != '\\') {
      out += c;
    } else if (!escape(out)) {
      problem = "this is not an escape of FEEL";
      return std::nullopt;
    }
  }
  if (at_ == text_.size()) {
    problem = "the string has no end";
    return std::nullopt;
  }
  ++at_;
  return out;
}

std::optional<std::string_view> Cursor::number_literal() {
  skip_space();
  const std::size_t from = at_;
  const auto digits = [&] {
    const std::size_t start = at_;
    while (!rest().empty() && is_digit(rest().front())) ++at_;
    return at_ - start;
  };
  const std::size_t whole = digits();
  const bool fraction = rest().size() > 1 && rest()[0] == '.' && is_digit(rest()[1]);
  if (fraction) {
    ++at_;
    digits();
  }
  if (whole == 0 && !fraction) return std::nullopt;
  const std::size_t before = at_;
  if (!rest().empty() && (rest().front() | 0x20) == 'e') {
    ++at_;
    if (!rest().empty() && (rest().front() == '+' || rest().front() == '-')) ++at_;
    if (digits() == 0) at_ = before;
  }
  return text_.substr(from, at_ - from);
}

}  // namespace minben::rules
