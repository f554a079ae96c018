#include "core/large_json.hpp"

#include <algorithm>
#include <cstring>

#include <boost/json/src.hpp>
#include <fmt/format.h>

namespace minben {

namespace bj = boost::json;

namespace {
Result<Json> parse_into(const bj::storage_ptr& memory, std::string_view text, JsonLimits limits) {
  if (text.size() > limits.max_bytes)
    return fail(Kind::too_large, "json_too_large",
                fmt::format("more than {} bytes", limits.max_bytes));
  bj::parse_options options;
  options.max_depth = limits.max_depth;
  bj::stream_parser parser({}, options);
  parser.reset(memory);
  boost::system::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used == text.size()) parser.finish(error);
  if (error || used != text.size() || !parser.done()) {
    const std::size_t at = std::min(used, text.size());
    Error out{
        Kind::invalid, "not_json", error ? error.message() : "text after the value", {}, 1, 1};
    for (const char c : text.substr(0, at)) {
      out.column = c == '\n' ? 1 : out.column + 1;
      out.line += c == '\n';
    }
    return fail(std::move(out));
  }
  return parser.release();
}
}  // namespace

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
  return parse_into({}, text, limits);
}
Result<Json> parse_json(std::string_view text, JsonPool& pool, JsonLimits limits) {
  return parse_into(pool.memory(), text, limits);
}

namespace {
/// Whether any of eight bytes has to be escaped. Of x, (x - 0x01…) & ~x & 0x80… is not 0 exactly
/// when one of its bytes is: so a quote is found as the 0 of x ^ quote; a byte below 0x20 likewise.
bool any_to_escape(const char* eight) {
  constexpr std::uint64_t each = 0x0101010101010101, high = 0x8080808080808080;
  std::uint64_t x = 0;
  std::memcpy(&x, eight, sizeof x);
  const auto zero = [](std::uint64_t v) { return (v - each) & ~v; };
  const std::uint64_t below = (x - each * 0x20) & ~x;
  return ((zero(x ^ each * '"') | zero(x ^ each * '\\') | below) & high) != 0;
}
}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (text.size() - i > 8 && !any_to_escape(text.data() + i)) i += 8;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out.append(text, from);
  out += '"';
}

std::string write_json(const Json& value) { return bj::serialize(value); }

namespace {
void write_pretty(std::string& out, const Json& value, std::size_t indent) {
  const auto items = [&](char open, char close, const auto& container, auto&& each) {
    out += open;
    bool first = true;
    for (const auto& item : container) {
      out += first ? "\n" : ",\n";
      first = false;
      out.append(indent + 2, ' ');
      each(item);
    }
    if (!first) (out += '\n').append(indent, ' ');
    out += close;
  };
  if (const auto* object = value.if_object()) {
    items('{', '}', *object, [&](const auto& member) {
      out += bj::serialize(bj::string(member.key()));
      out += ": ";
      write_pretty(out, member.value(), indent + 2);
    });
  } else if (const auto* array = value.if_array()) {
    items('[', ']', *array, [&](const Json& item) { write_pretty(out, item, indent + 2); });
  } else if (const auto* number = value.if_double()) {
    out += fmt::format("{}", *number);  // 1.5, not 1.5E0: people read this
  } else {
    out += bj::serialize(value);
  }
}

// RFC 8785 §3.2.3 sorts by UTF-16 code units; for UTF-8 that differs only above U+FFFF against
// U+E000..U+FFFF, which comparing code points after mapping surrogates reproduces.
bool utf16_less(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const auto x = static_cast<unsigned char>(a[i]), y = static_cast<unsigned char>(b[i]);
    if (x == y) continue;
    const bool x_astral = x >= 0xf0, y_astral = y >= 0xf0;
    if (x_astral != y_astral && (x >= 0xee && y >= 0xee)) return x_astral;
    return x < y;
  }
  return a.size() < b.size();
}

Result<void> write_canonical(std::string& out, const Json& value) {
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (const auto* object = value.if_object()) {
    std::vector<const bj::key_value_pair*> members;
    for (const auto& member : *object) members.push_back(&member);
    std::ranges::sort(members, [](auto* a, auto* b) { return utf16_less(a->key(), b->key()); });
    out += '{';
    for (const auto* member : members) {
      if (member != members.front()) out += ',';
      out += bj::serialize(bj::string(member->key()));
      out += ':';
      MINBEN_CHECK(write_canonical(out, member->value()));
    }
    out += '}';
    return {};
  }
  if (const auto* array = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      MINBEN_CHECK(write_canonical(out, (*array)[i]));
    }
    out += ']';
    return {};
  }
  if (value.is_double() || (value.is_uint64() && value.get_uint64() > std::uint64_t{exact}) ||
      (value.is_int64() && (value.get_int64() > exact || value.get_int64() < -exact)))
    return fail(Kind::invalid, "not_canonical", "numbers must be integers within 2^53");
  out += bj::serialize(value);
  return {};
}
}  // namespace

std::string write_json_pretty(const Json& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out;
}

Result<std::string> canonical_json(const Json& value) {
  std::string out;
  MINBEN_CHECK(write_canonical(out, value));
  return out;
}

const Json* find(const Json& object, std::string_view name) {
  const auto* members = object.if_object();
  return members != nullptr ? members->if_contains(name) : nullptr;
}

namespace {
Result<const Json*> require(const Json& object, std::string_view name) {
  const Json* value = find(object, name);
  if (value == nullptr) return fail(Kind::invalid, "missing", "required member is missing", name);
  return value;
}
std::unexpected<Error> wrong_type(std::string_view name, std::string_view expected) {
  return fail(Kind::invalid, "wrong_type", fmt::format("expected {}", expected), name);
}
}  // namespace

Result<std::string> get_string(const Json& object, std::string_view name) {
  MINBEN_TRY(value, require(object, name));
  if (!value->is_string()) return wrong_type(name, "a string");
  return std::string(value->get_string());
}
Result<std::int64_t> get_integer(const Json& object, std::string_view name) {
  MINBEN_TRY(value, require(object, name));
  if (!value->is_int64()) return wrong_type(name, "an integer");
  return value->get_int64();
}
Result<bool> get_bool(const Json& object, std::string_view name) {
  MINBEN_TRY(value, require(object, name));
  if (!value->is_bool()) return wrong_type(name, "true or false");
  return value->get_bool();
}
std::string string_or(const Json& object, std::string_view name, std::string_view otherwise) {
  const Json* value = find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                : std::string(otherwise);
}

}  // namespace minben
