// String functions (DMN 1.5 §10.3.4.3). Positions count characters, not bytes.
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include "builtin.hpp"
#include "core/text.hpp"

namespace minben::rules {

namespace {
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The byte where the character of that index begins; the size when there are fewer.
std::size_t byte_of(std::string_view text, std::int64_t index) {
  std::size_t at = 0;
  while (at < text.size() && index > 0) {
    ++at;
    while (at < text.size() && continues(text[at])) ++at;
    --index;
  }
  return at;
}

Value substring(Machine&, Arguments a) {
  const std::string* text = string_at(a, 0);
  const auto start = integer_at(a, 1);
  if (!text || !start || *start == 0) return {};
  const auto length = static_cast<std::int64_t>(length_in_characters(*text));
  const std::int64_t from = *start > 0 ? *start - 1 : length + *start;
  if (from < 0 || from > length) return from < 0 ? Value() : Value("");
  std::int64_t count = length - from;
  if (a.size() > 2 && !a[2].is_null()) {
    const Decimal* wanted = number_at(a, 2);
    const auto whole = wanted ? round_to(*wanted, 0, Rounding::down) : std::nullopt;
    const auto integer = whole ? whole->to_integer() : std::nullopt;
    if (!integer || *integer < 1) return {};
    count = std::min(count, *integer);
  }
  const std::size_t first = byte_of(*text, from);
  const std::string_view rest = std::string_view(*text).substr(first);
  return std::string(rest.substr(0, byte_of(rest, count)));
}

Value string_length(Machine&, Arguments a) {
  const std::string* text = string_at(a, 0);
  return text ? Value::number(static_cast<std::int64_t>(length_in_characters(*text))) : Value();
}

template <bool upper>
Value change_case(Machine& machine, Arguments a) {
  const std::string* text = string_at(a, 0);
  if (!text || !machine.allow_text(text->size())) return {};
  std::string plain(*text);
  bool ascii = true;
  for (char& c : plain) {
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (c >= (upper ? 'a' : 'A') && c <= (upper ? 'z' : 'Z')) c ^= 0x20;
  }
  if (ascii) return plain;
  icu::UnicodeString wide = icu::UnicodeString::fromUTF8(*text);
  upper ? wide.toUpper(icu::Locale::getRoot()) : wide.toLower(icu::Locale::getRoot());
  std::string out;
  wide.toUTF8String(out);
  return out;
}

template <bool before>
Value around(Machine&, Arguments a) {
  const std::string *text = string_at(a, 0), *match = string_at(a, 1);
  if (!text || !match) return {};
  const std::size_t at = text->find(*match);
  if (at == std::string::npos) return "";
  return before ? text->substr(0, at) : text->substr(at + match->size());
}

template <bool (*test)(const std::string&, const std::string&)>
Value about(Machine&, Arguments a) {
  const std::string *text = string_at(a, 0), *match = string_at(a, 1);
  return text && match ? Value(test(*text, *match)) : Value();
}
bool has(const std::string& text, const std::string& match) {
  return text.find(match) != std::string::npos;
}
bool begins(const std::string& text, const std::string& match) { return text.starts_with(match); }
bool finishes(const std::string& text, const std::string& match) { return text.ends_with(match); }

/// Flags may be missing or null; nullptr when they are something else.
std::optional<std::string> flags_at(Arguments a, std::size_t i) {
  if (argument(a, i).is_null()) return std::string();
  const std::string* flags = string_at(a, i);
  return flags ? std::optional(*flags) : std::nullopt;
}

Value matches(Machine& machine, Arguments a) {
  const std::string *text = string_at(a, 0), *pattern = string_at(a, 1);
  const auto flags = flags_at(a, 2);
  const auto regex = text && pattern && flags ? compile_regex(machine, *pattern, *flags) : nullptr;
  const auto found = regex ? regex_matches(machine, *regex, *text) : std::nullopt;
  return found ? Value(*found) : Value();
}

Value replace(Machine& machine, Arguments a) {
  const std::string *text = string_at(a, 0), *pattern = string_at(a, 1),
                    *replacement = string_at(a, 2);
  const auto flags = flags_at(a, 3);
  if (!text || !pattern || !replacement || !flags) return {};
  const auto regex = compile_regex(machine, *pattern, *flags);
  auto out = regex ? regex_replace(machine, *regex, *text, *replacement) : std::nullopt;
  return out ? Value(std::move(*out)) : Value();
}

Value split_(Machine& machine, Arguments a) {
  const std::string *text = string_at(a, 0), *delimiter = string_at(a, 1);
  const auto regex = text && delimiter ? compile_regex(machine, *delimiter, {}) : nullptr;
  if (!regex || !machine.allow(text->size())) return {};
  auto found = regex_split(machine, *regex, *text);
  if (!found) return {};
  List parts;
  for (std::string& part : *found) parts.emplace_back(std::move(part));
  return parts;
}

Value string_join(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  const std::string* delimiter = string_at(a, 1);
  if (!list || (a.size() > 1 && !a[1].is_null() && !delimiter)) return {};
  std::string out;
  bool first = true;
  for (const Value& item : *list) {
    if (item.is_null()) continue;
    if (!item.string() ||
        !machine.allow_text(item.string()->size() + (delimiter ? delimiter->size() : 0)))
      return {};
    if (!first && delimiter) out += *delimiter;
    out += *item.string();
    first = false;
  }
  return out;
}

constexpr Builtin functions[] = {
    {"substring", "string, start position, length?", substring},
    {"string length", "string", string_length},
    {"upper case", "string", change_case<true>},
    {"lower case", "string", change_case<false>},
    {"substring before", "string, match", around<true>},
    {"substring after", "string, match", around<false>},
    {"contains", "string, match", about<has>},
    {"starts with", "string, match", about<begins>},
    {"ends with", "string, match", about<finishes>},
    {"matches", "input, pattern, flags?", matches},
    {"replace", "input, pattern, replacement, flags?", replace},
    {"split", "string, delimiter", split_},
    {"string join", "list, delimiter?", string_join},
};
}  // namespace

std::span<const Builtin> string_functions() { return functions; }

}  // namespace minben::rules
