#include "filters.hpp"

#include <charconv>
#include <cmath>

#include "impl.hpp"

namespace minben::datastore {

namespace {

constexpr int max_depth = 8;
constexpr std::size_t max_values = 10'000;

std::unexpected<Error> bad_value(const Field& field) {
  return fail(Kind::invalid, "bad_value",
              fmt::format("the value is not of the type {}", intake::to_string(field.type)),
              field.name);
}

std::string text_of(const Json& json) {
  return json.is_string() ? std::string(json.get_string()) : write_json(json);
}

std::optional<double> number_of(const Json& json) {
  if (json.is_int64()) return static_cast<double>(json.get_int64());
  if (json.is_uint64()) return static_cast<double>(json.get_uint64());
  if (json.is_double()) return json.get_double();
  if (!json.is_string()) return std::nullopt;
  const std::string_view text = trim(std::string_view(json.get_string()));
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<std::int64_t> integer_of(const Json& json) {
  if (json.is_int64()) return json.get_int64();
  if (json.is_string())
    if (const auto exact = parse_integer(trim(std::string_view(json.get_string())))) return exact;
  const auto number = number_of(json);
  constexpr double limit = 9223372036854775807.0;
  if (!number || *number != std::floor(*number) || std::abs(*number) >= limit) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<bool> boolean_of(const Json& json) {
  if (json.is_bool()) return json.get_bool();
  const std::string text = to_lower_ascii(text_of(json));
  for (const char* yes : {"true", "t", "1", "yes"})
    if (text == yes) return true;
  for (const char* no : {"false", "f", "0", "no"})
    if (text == no) return false;
  return std::nullopt;
}

/// "2026-11-30", "2026-11-30T14:05", with " " for "T", and up to microseconds.
std::optional<Instant> timestamp_of(std::string_view text) {
  std::string whole(trim(text));
  if (whole.size() == 10) whole += "T00:00:00";
  if (whole.size() < 16) return std::nullopt;
  if (whole[10] == ' ') whole[10] = 'T';
  if (whole.size() == 16) whole += ":00";
  if (whole.back() != 'Z') whole += 'Z';
  const auto parsed = parse_instant(whole);
  if (!parsed) return std::nullopt;
  return *parsed;
}

/// Of two values of one type.
bool is_less(const Value& a, const Value& b) {
  return std::visit(
      [&]<class T>(const T& value) {
        if constexpr (std::is_same_v<T, std::nullptr_t>) return false;
        else return value < std::get<T>(b);
      },
      a);
}

/// Reads filters; counts values as it goes.
class Reader {
 public:
  explicit Reader(std::span<const Field> fields) : fields_(fields) {}

  Result<Filter> object(const Json& json, int depth) {
    if (depth > max_depth) return fail(Kind::invalid, "bad_filter", "nested too deeply", "filters");
    if (!json.is_object())
      return fail(Kind::invalid, "bad_filter", "filters are an object of fields", "filters");
    Filter all;
    for (const auto& [key, value] : json.get_object()) {
      const std::string_view name = key;
      if (name == "$and" || name == "$or") {
        MINBEN_TRY(parts, list(value, depth));
        all.parts.push_back({name == "$or" ? Filter::Kind::any : Filter::Kind::all, parts});
        continue;
      }
      const auto field = find_field(fields_, name);
      if (!field) return fail(Kind::invalid, "bad_field", "there is no such field", name);
      MINBEN_TRY(part, of_field(*field, value));
      all.parts.push_back(std::move(part));
    }
    return all;
  }

 private:
  Result<std::vector<Filter>> list(const Json& json, int depth) {
    if (!json.is_array())
      return fail(Kind::invalid, "bad_filter", "$and and $or have a list of filters", "filters");
    std::vector<Filter> parts;
    for (const Json& one : json.get_array()) {
      MINBEN_TRY(part, object(one, depth + 1));
      parts.push_back(std::move(part));
    }
    return parts;
  }

  /// A value, a range, or a list of both, of which one has to match.
  Result<Filter> of_field(int field, const Json& json) {
    if (!json.is_array()) return one(field, json);
    Filter any{Filter::Kind::any};
    Condition exact{field};
    for (const Json& item : json.get_array()) {
      MINBEN_TRY(part, one(field, item));
      if (part.condition.is_range()) {
        any.parts.push_back(std::move(part));
        continue;
      }
      exact.null = exact.null || part.condition.null;
      for (Value& value : part.condition.values) exact.values.push_back(std::move(value));
    }
    if (exact.null || !exact.values.empty())
      any.parts.push_back({Filter::Kind::condition, {}, std::move(exact)});
    return any;
  }

  Result<Filter> one(int field, const Json& json) {
    if (++values_ > max_values)
      return fail(Kind::too_large, "bad_filter", "at most 10,000 values", "filters");
    if (json.is_array())
      return fail(Kind::invalid, "bad_filter", "a list within a list", described(field).name);
    Condition condition{field};
    if (json.is_object()) {
      MINBEN_CHECK(range(condition, json.get_object()));
    } else if (json.is_null()) {
      condition.null = true;
    } else if (auto value = to_value(json, described(field))) {
      condition.values.push_back(std::move(*value));
    } else if (!is_fraction_of_integer(field, json)) {
      return std::unexpected(value.error());
    }
    return Filter{Filter::Kind::condition, {}, std::move(condition)};
  }

  Result<void> range(Condition& condition, const JsonObject& object) {
    const Field& field = described(condition.field);
    if (object.empty()) return fail(Kind::invalid, "bad_filter", "an empty range", field.name);
    for (const auto& [key, json] : object) {
      const std::string_view name = key;
      const bool low = name == "gt" || name == "gte" || name == "eq";
      const bool high = name == "lt" || name == "lte" || name == "eq";
      if (!low && !high)
        return fail(Kind::invalid, "bad_filter", "a range has gt, gte, lt, lte or eq", field.name);
      Condition::Bound bound{nullptr, name != "gt" && name != "lt"};
      MINBEN_CHECK(set_bound(bound, json, field, low, high));
      if (low) tighten(condition.low, bound, true);
      if (high) tighten(condition.high, bound, false);
    }
    return {};
  }

  /// Between whole numbers, 1.5 is as good as the next one.
  Result<void> set_bound(Condition::Bound& bound, const Json& json, const Field& field, bool low,
                         bool high) {
    if (json.is_null()) return bad_value(field);
    auto value = to_value(json, field);
    const auto number = number_of(json);
    if (!value && field.type == intake::Type::integer && number && low != high &&
        std::abs(*number) < 9e18) {
      bound.included = true;
      bound.value = static_cast<std::int64_t>(low ? std::ceil(*number) : std::floor(*number));
      return {};
    }
    if (!value) return std::unexpected(value.error());
    bound.value = std::move(*value);
    return {};
  }

  static void tighten(std::optional<Condition::Bound>& now, const Condition::Bound& to, bool low) {
    if (now) {
      const bool looser = low ? is_less(to.value, now->value) : is_less(now->value, to.value);
      if (looser || (to.value == now->value && to.included)) return;
    }
    now = to;
  }

  [[nodiscard]] bool is_fraction_of_integer(int field, const Json& json) const {
    return described(field).type == intake::Type::integer && number_of(json).has_value();
  }

  [[nodiscard]] const Field& described(int field) const {
    static const Field row_number = [] {
      Field made;
      made.name = "_id";
      made.type = intake::Type::integer;
      return made;
    }();
    return field == Condition::row_number ? row_number : fields_[static_cast<std::size_t>(field)];
  }

  std::span<const Field> fields_;
  std::size_t values_ = 0;
};

void add_condition(Sql& sql, const Condition& condition, std::span<const Field> fields) {
  const bool rows = condition.field == Condition::row_number;
  const std::string column =
      rows ? "file_row_number" : quote_name(fields[static_cast<std::size_t>(condition.field)].name);
  const auto add = [&](const Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    return sql.add(rows && number != nullptr && *number > INT64_MIN ? Value(*number - 1) : value);
  };
  sql.text += '(';
  if (condition.is_range()) {
    if (condition.low)
      sql.text += column + (condition.low->included ? " >= " : " > ") + add(condition.low->value);
    if (condition.low && condition.high) sql.text += " and ";
    if (condition.high)
      sql.text += column + (condition.high->included ? " <= " : " < ") + add(condition.high->value);
  } else {
    if (condition.null) sql.text += column + " is null or ";
    if (condition.values.empty()) sql.text += "false";
    for (std::size_t i = 0; i < condition.values.size(); ++i)
      sql.text += (i == 0 ? column + " in (" : ", ") + add(condition.values[i]);
    if (!condition.values.empty()) sql.text += ')';
  }
  sql.text += ')';
}

}  // namespace

std::optional<int> find_field(std::span<const Field> fields, std::string_view name) {
  if (name == "_id") return Condition::row_number;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return static_cast<int>(i);
  const std::string lower = to_lower_ascii(name);
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (to_lower_ascii(fields[i].name) == lower) return static_cast<int>(i);
  return std::nullopt;
}

Result<Value> to_value(const Json& json, const Field& field) {
  if (json.is_null()) return Value(nullptr);
  const auto given = [&]<class T>(const std::optional<T>& value) -> Result<Value> {
    if (!value) return bad_value(field);
    return Value(*value);
  };
  switch (field.type) {
    case intake::Type::text:
    case intake::Type::geometry: {
      std::string text = text_of(json);
      if (text.find('\0') != text.npos || !is_utf8(text)) return bad_value(field);
      return Value(std::move(text));
    }
    case intake::Type::integer:
      return given(integer_of(json));
    case intake::Type::number:
      return given(number_of(json));
    case intake::Type::boolean:
      return given(boolean_of(json));
    case intake::Type::date: {
      const auto at =
          json.is_string() ? timestamp_of(std::string_view(json.get_string())) : std::nullopt;
      if (!at || *at != std::chrono::floor<days>(*at)) return bad_value(field);
      return Value(Date(std::chrono::floor<days>(*at)));
    }
    case intake::Type::timestamp:
      return given(json.is_string() ? timestamp_of(std::string_view(json.get_string()))
                                    : std::nullopt);
  }
  return bad_value(field);
}

Result<Filter> parse_filters(const Json& filters, std::span<const Field> fields) {
  if (filters.is_null()) return Filter{};
  return Reader(fields).object(filters, 1);
}

void add_where(Sql& sql, const Filter& filter, std::span<const Field> fields) {
  if (filter.kind == Filter::Kind::condition) return add_condition(sql, filter.condition, fields);
  if (filter.parts.empty()) {
    sql.text += filter.kind == Filter::Kind::all ? "true" : "false";
    return;
  }
  sql.text += '(';
  for (std::size_t i = 0; i < filter.parts.size(); ++i) {
    if (i > 0) sql.text += filter.kind == Filter::Kind::all ? " and " : " or ";
    add_where(sql, filter.parts[i], fields);
  }
  sql.text += ')';
}

}  // namespace minben::datastore
