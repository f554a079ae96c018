// JSON Schema 2020-12 validation, with codes instead of sentences.
#include <algorithm>

#include <fmt/format.h>

#include "core/time.hpp"
#include "schema.hpp"

namespace minben::forms {

std::optional<Decimal> decimal_of(const Json& value) {
  if (value.is_int64()) return Decimal::from(value.get_int64());
  if (value.is_uint64()) return Decimal::parse(std::to_string(value.get_uint64()));
  if (value.is_double()) return Decimal::parse(fmt::format("{}", value.get_double()));
  return std::nullopt;
}

bool same_json(const Json& a, const Json& b) {
  const auto x = decimal_of(a), y = decimal_of(b);
  return x && y ? *x == *y : a == b;
}

bool is_email(std::string_view text) {
  // RFC 5321 without quoted names and address literals; enough to send a message to.
  static const RE2 pattern(
      R"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@)"
      R"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+)");
  return text.size() <= 254 && RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}
bool is_web_address(std::string_view text) {
  static const RE2 pattern(
      R"(https?://[A-Za-z0-9.-]+(:\d{1,5})?([/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?)");
  return text.size() <= 2048 && RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

namespace {
class Check {
 public:
  Check(const Schema& schema, const Json& value, const std::string& pointer, Problems& out)
      : schema_(schema), value_(value), pointer_(pointer), out_(out) {}

  void run() {
    if (!check_type()) return;
    if (!check_allowed()) return;
    if (value_.is_string()) check_string(std::string_view(value_.get_string()));
    if (const auto number = decimal_of(value_)) check_number(*number);
    if (const auto* items = value_.if_array()) check_array(*items);
    if (const auto* object = value_.if_object()) check_object(*object);
    check_branches();
  }

 private:
  using Values = std::map<std::string, std::string, std::less<>>;
  void problem(std::string_view code, Values values = {}) {
    problem_at(pointer_, code, std::move(values));
  }
  void problem_at(const std::string& pointer, std::string_view code, Values values = {}) {
    std::string input;
    for (const char c : pointer.substr(pointer.empty() ? 0 : 1)) input += c == '/' ? '.' : c;
    out_.push_back({pointer, std::move(input), std::string(code), std::move(values)});
  }

  bool check_type() {
    const auto number = decimal_of(value_);
    const auto whole = [&] { return number && round_to(*number, 0, Rounding::down) == *number; };
    switch (schema_.type) {
      case JsonType::any:
        return true;
      case JsonType::object:
        return value_.is_object() || (problem("wrong_type"), false);
      case JsonType::array:
        return value_.is_array() || (problem("wrong_type"), false);
      case JsonType::string:
        return value_.is_string() || (problem("wrong_type"), false);
      case JsonType::boolean:
        return value_.is_bool() || (problem("wrong_type"), false);
      case JsonType::number:
        return number || (problem("not_a_number"), false);
      case JsonType::integer:
        return whole() || (problem(number ? "not_an_integer" : "not_a_number"), false);
    }
    return true;
  }

  bool check_allowed() {
    if (!schema_.allowed) return true;
    if (std::ranges::any_of(*schema_.allowed,
                            [&](const Json& one) { return same_json(one, value_); }))
      return true;
    const bool declaration = schema_.allowed->size() == 1 && schema_.allowed->front() == Json(true);
    problem(declaration ? "not_accepted" : "not_a_choice");
    return false;
  }

  void check_string(std::string_view text) {
    const auto length = static_cast<std::int64_t>(length_in_characters(text));
    if (schema_.min_length && length < *schema_.min_length)
      problem("too_short", {{"min", std::to_string(*schema_.min_length)}});
    if (schema_.max_length && length > *schema_.max_length)
      problem("too_long", {{"max", std::to_string(*schema_.max_length)}});
    if (schema_.pattern && schema_.pattern->ok() &&
        !RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *schema_.pattern))
      problem("pattern");
    if (schema_.format == Format::email && !is_email(text)) problem("not_an_email");
    if (schema_.format == Format::uri && !is_web_address(text)) problem("not_a_uri");
    if (schema_.format == Format::date) check_day(text);
  }
  void check_day(std::string_view text) {
    if (!parse_date(text)) return problem("not_a_date");
    if (schema_.not_before && text < *schema_.not_before)
      problem("too_early", {{"min", *schema_.not_before}});
    if (schema_.not_after && text > *schema_.not_after)
      problem("too_late", {{"max", *schema_.not_after}});
  }

  void check_number(Decimal number) {
    const auto small = [&](const std::optional<Decimal>& min, bool equal_too) {
      if (min && (number < *min || (equal_too && number == *min)))
        problem("too_small", {{"min", min->to_string()}});
    };
    const auto large = [&](const std::optional<Decimal>& max, bool equal_too) {
      if (max && (number > *max || (equal_too && number == *max)))
        problem("too_large", {{"max", max->to_string()}});
    };
    small(schema_.minimum, false);
    small(schema_.above, true);
    large(schema_.maximum, false);
    large(schema_.below, true);
    if (!schema_.multiple_of) return;
    const auto rest = modulo(number, *schema_.multiple_of);
    if (!rest || !is_zero(*rest))
      problem("not_a_multiple", {{"of", schema_.multiple_of->to_string()}});
  }

  void check_array(const JsonArray& items) {
    const auto size = static_cast<std::int64_t>(items.size());
    if (schema_.min_items && size < *schema_.min_items)
      problem("too_few", {{"min", std::to_string(*schema_.min_items)}});
    if (schema_.max_items && size > *schema_.max_items)
      problem("too_many", {{"max", std::to_string(*schema_.max_items)}});
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (schema_.items)
        validate(*schema_.items, items[i], fmt::format("{}/{}", pointer_, i), out_);
      const auto repeated = [&](const Json& other) { return same_json(other, items[i]); };
      if (schema_.unique_items &&
          std::any_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i), repeated))
        problem("not_unique");
    }
  }

  void require(const JsonObject& object, const std::string& name) {
    if (object.contains(name)) return;
    const std::string pointer = pointer_ + pointer_step(name);
    if (std::ranges::any_of(
            out_, [&](const Problem& p) { return p.pointer == pointer && p.code == "required"; }))
      return;
    problem_at(pointer, "required");
  }
  void check_object(const JsonObject& object) {
    for (const auto& [name, schema] : schema_.properties)
      if (const Json* value = object.if_contains(name))
        validate(*schema, *value, pointer_ + pointer_step(name), out_);
    for (const std::string& name : schema_.required) require(object, name);
    for (const auto& [name, others] : schema_.dependent_required)
      if (object.contains(name))
        for (const std::string& other : others) require(object, other);
    if (!schema_.closed) return;
    for (const auto& member : object)
      if (!schema_.property(member.key()))
        problem_at(pointer_ + pointer_step(member.key()), "unknown_field");
  }

  void check_branches() {
    for (const SchemaPtr& each : schema_.all_of) validate(*each, value_, pointer_, out_);
    if (schema_.condition)
      if (const SchemaPtr& branch =
              is_valid(*schema_.condition, value_) ? schema_.then : schema_.otherwise)
        validate(*branch, value_, pointer_, out_);
    const auto fits = [&](const SchemaPtr& each) { return is_valid(*each, value_); };
    if (!schema_.any_of.empty() && std::ranges::none_of(schema_.any_of, fits))
      problem("not_a_choice");
    if (schema_.negated && is_valid(*schema_.negated, value_)) problem("not_a_choice");
  }

  const Schema& schema_;
  const Json& value_;
  const std::string& pointer_;
  Problems& out_;
};
}  // namespace

void validate(const Schema& schema, const Json& value, const std::string& pointer, Problems& out) {
  Check(schema, value, pointer, out).run();
}
bool is_valid(const Schema& schema, const Json& value) {
  Problems problems;
  validate(schema, value, "", problems);
  return problems.empty();
}

}  // namespace minben::forms
