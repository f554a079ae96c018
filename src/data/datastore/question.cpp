#include "question.hpp"

namespace minben::datastore {

namespace {

constexpr std::size_t max_keys = 32;

std::unexpected<Error> bad(std::string_view what) {
  return fail(Kind::invalid, "bad_sort", what, "sort");
}

/// Parts at commas that are not in double quotes.
Result<std::vector<std::string>> parts_of(std::string_view sort) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (const char c : sort) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) parts.emplace_back();
    else parts.back() += c;
  }
  if (quoted) return bad("a quote is not closed");
  if (parts.size() > max_keys) return bad("at most 32 fields");
  return parts;
}

/// Takes a word off the end, in any case, when there is one before it.
bool take_last(std::string_view& text, std::string_view word) {
  if (text.size() <= word.size()) return false;
  const std::string_view end = text.substr(text.size() - word.size());
  const char before = text[text.size() - word.size() - 1];
  if (to_lower_ascii(end) != word || (before != ' ' && before != '"')) return false;
  text = trim(text.substr(0, text.size() - word.size()));
  return true;
}

std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string out;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    out += name[i];
    if (name[i] == '"') ++i;
  }
  return out;
}

}  // namespace

Result<std::vector<SortKey>> parse_sort(std::string_view sort, std::span<const Field> fields) {
  std::vector<SortKey> keys;
  if (trim(sort).empty()) return keys;
  MINBEN_TRY(parts, parts_of(sort));
  for (const std::string& part : parts) {
    std::string_view rest = trim(part);
    // A field may itself be called "price desc".
    auto field = find_field(fields, unquoted(rest));
    SortKey key;
    if (!field) {
      const bool first = take_last(rest, "nulls first");
      const bool last = !first && take_last(rest, "nulls last");
      key.descending = take_last(rest, "desc");
      if (!key.descending) take_last(rest, "asc");
      // As PostgreSQL has it: nulls are greater than anything.
      key.nulls_first = first || (key.descending && !last);
      field = find_field(fields, unquoted(rest));
    }
    if (!field) return fail(Kind::invalid, "bad_sort", "there is no such field", rest);
    key.field = *field;
    keys.push_back(key);
  }
  return keys;
}

std::string order_by(const std::vector<SortKey>& keys, std::span<const Field> fields,
                     bool with_row_number) {
  std::string out;
  for (const SortKey& key : keys)
    out += fmt::format("{}{}{} nulls {}", out.empty() ? " order by " : ", ",
                       column_of(key.field, fields), key.descending ? " desc" : " asc",
                       key.nulls_first ? "first" : "last");
  if (with_row_number && !out.empty()) out += ", file_row_number";
  return out;
}

std::string column_of(int field, std::span<const Field> fields) {
  if (field == Condition::row_number) return "(file_row_number + 1)";
  return quote_name(fields[static_cast<std::size_t>(field)].name);
}

std::string name_of(int field, std::span<const Field> fields) {
  return field == Condition::row_number ? "_id" : fields[static_cast<std::size_t>(field)].name;
}

std::string columns_of(const std::vector<int>& chosen, std::span<const Field> fields) {
  std::string out;
  for (const int field : chosen) {
    if (!out.empty()) out += ", ";
    out += column_of(field, fields);
    if (field == Condition::row_number) out += " as \"_id\"";
  }
  return out;
}

Result<std::vector<int>> find_fields(std::span<const Field> fields,
                                     const std::vector<std::string>& names) {
  std::vector<int> out;
  for (const std::string& name : names) {
    const auto field = find_field(fields, name);
    if (!field) return fail(Kind::invalid, "bad_field", "there is no such field", name);
    out.push_back(*field);
  }
  return out;
}

}  // namespace minben::datastore
