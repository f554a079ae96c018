// Submitted inputs → typed answers, and back.
#include <algorithm>

#include <fmt/format.h>

#include "core/time.hpp"
#include "form_data.hpp"

namespace minben::forms {

namespace {
constexpr std::size_t most_list_items = 50;

/// Full-width digits, letters and signs (U+FF01…FF5E) become ASCII, the ideographic space a space.
std::string to_half_width(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
    };
    if (byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD)) {
      const unsigned code = 0xF000u | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
      if (code >= 0xFF01 && code <= 0xFF5E) {
        out += static_cast<char>(code - 0xFEE0);
        i += 2;
        continue;
      }
    }
    if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) {
      out += ' ';
      i += 2;
      continue;
    }
    out += text[i];
  }
  return out;
}

bool has_control(std::string_view text, bool lines_allowed) {
  return std::ranges::any_of(text, [&](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && !(lines_allowed && c == '\n')) || code == 0x7F;
  });
}

/// "160,000" → "160000"; other commas stay and are no number.
std::string without_grouping(const std::string& text) {
  static const RE2 grouped(R"(-?\d{1,3}(,\d{3})+(\.\d+)?)");
  if (!RE2::FullMatch(text, grouped)) return text;
  std::string out = text;
  std::erase(out, ',');
  return out;
}

class Decoder {
 public:
  Decoder(const FormData& form, std::span<const Input> inputs, Decoded& out)
      : form_(form), inputs_(inputs), out_(out) {}

  std::optional<Json> field(const Field& field, const std::string& name,
                            const std::string& pointer) {
    switch (field.kind) {
      case FieldKind::date:
        return date(field, name, pointer);
      case FieldKind::choices:
        return choices(field, name, pointer);
      case FieldKind::group:
        return group(field, name, pointer);
      case FieldKind::list:
        return list(field, name, pointer);
      default:
        break;
    }
    const auto raw = take(name);
    if (!raw) return std::nullopt;
    auto text = clean(field, *raw, name, pointer);
    if (!text || text->empty()) return std::nullopt;
    return one(field, *text, name, pointer);
  }

 private:
  /// The last input of that name; repeated for the page when it is shown again.
  std::optional<std::string> take(const std::string& name) {
    std::optional<std::string> found;
    for (const auto& [key, value] : inputs_)
      if (key == name) found = value;
    if (found) out_.inputs.emplace_back(name, *found);
    return found;
  }
  [[nodiscard]] bool any_below(const std::string& prefix) const {
    return std::ranges::any_of(inputs_, [&](const Input& input) {
      return input.first.starts_with(prefix) && !trim(input.second).empty();
    });
  }
  void problem(const std::string& pointer, const std::string& input, std::string_view code,
               std::map<std::string, std::string, std::less<>> values = {}) {
    out_.problems.push_back({pointer, input, std::string(code), std::move(values)});
  }

  std::optional<std::string> clean(const Field& field, const std::string& raw,
                                   const std::string& name, const std::string& pointer) {
    if (!is_utf8(raw)) return problem(pointer, name, "not_text"), std::nullopt;
    const auto schema = form_.schemas.find(field.pointer);
    const bool free_text = field.kind == FieldKind::text &&
                           !(schema != form_.schemas.end() && schema->second->pattern);
    std::string text = free_text ? to_nfc(raw) : to_half_width(raw);
    std::erase(text, '\r');
    text = trim(text);
    if (has_control(text, field.kind == FieldKind::text && field.rows > 1))
      return problem(pointer, name, "not_text"), std::nullopt;
    return text;
  }

  std::optional<Json> one(const Field& field, const std::string& text, const std::string& name,
                          const std::string& pointer) {
    if (field.kind == FieldKind::integer || field.kind == FieldKind::number)
      return number(field, text, name, pointer);
    if (field.kind == FieldKind::boolean) {
      if (text == "true" || text == "false") return Json(text == "true");
      return problem(pointer, name, "not_a_choice"), std::nullopt;
    }
    if (field.kind == FieldKind::choice) return choice(field, text, name, pointer);
    return Json(text);
  }

  std::optional<Json> number(const Field& field, const std::string& text, const std::string& name,
                             const std::string& pointer) {
    const auto value = Decimal::parse(without_grouping(text));
    if (!value) return problem(pointer, name, "not_a_number"), std::nullopt;
    if (const auto whole = value->to_integer()) return Json(*whole);
    if (field.kind == FieldKind::integer)
      return problem(pointer, name, "not_an_integer"), std::nullopt;
    return Json(value->to_double());
  }

  std::optional<Json> choice(const Field& field, std::string_view text, const std::string& name,
                             const std::string& pointer) {
    for (const Choice& each : field.choices) {
      const bool same =
          each.value.is_string() ? each.value.get_string() == text : write_json(each.value) == text;
      if (same) return each.value;
    }
    return problem(pointer, name, "not_a_choice"), std::nullopt;
  }

  std::optional<Json> choices(const Field& field, const std::string& name,
                              const std::string& pointer) {
    JsonArray chosen;
    for (const auto& [key, value] : inputs_) {
      if (key != name || trim(value).empty()) continue;
      out_.inputs.emplace_back(key, value);
      const auto one_choice = choice(field, trim(value), name, pointer);
      if (!one_choice) return std::nullopt;
      if (std::ranges::find(chosen, *one_choice) == chosen.end()) chosen.push_back(*one_choice);
    }
    return chosen.empty() ? std::nullopt : std::optional<Json>(std::move(chosen));
  }

  std::optional<Json> date(const Field& field, const std::string& name,
                           const std::string& pointer) {
    if (const auto whole =
            take(name)) {  // one input in ISO form, as a browser's date picker sends it
      const std::string text = to_half_width(trim(*whole));
      if (text.empty()) return std::nullopt;
      if (const auto read = parse_date(text)) return Json(to_string(*read));
      return problem(pointer, name + ".year", "not_a_date"), std::nullopt;
    }
    constexpr const char* parts[] = {"year", "month", "day"};
    std::string missing, first_missing;
    std::int64_t numbers[3] = {};
    bool any = false, numeric = true;
    for (int i = 0; i < 3; ++i) {
      const std::string input = fmt::format("{}.{}", name, parts[i]);
      const auto raw = take(input);
      const std::string text = raw ? to_half_width(*raw) : "";
      const std::string_view trimmed = trim(text);
      any = any || !trimmed.empty();
      const auto value = parse_integer(trimmed, 1, 9999);
      numeric = numeric && (value || trimmed.empty());
      numbers[i] = value.value_or(0);
      if (!trimmed.empty()) continue;
      if (missing.empty()) first_missing = input;
      missing += (missing.empty() ? "" : ",") + std::string(parts[i]);
    }
    if (!any) return std::nullopt;
    if (!missing.empty())
      return problem(pointer, first_missing, "date_incomplete", {{"missing", missing}}),
             std::nullopt;
    if (field.republic_years && numbers[0] < 1000) numbers[0] += 1911;
    const Date read{std::chrono::year(static_cast<int>(numbers[0])),
                    std::chrono::month(static_cast<unsigned>(numbers[1])),
                    std::chrono::day(static_cast<unsigned>(numbers[2]))};
    // A year of one to three digits is a slip, not the Middle Ages.
    if (!numeric || numbers[0] < 1000 || !read.ok())
      return problem(pointer, name + ".year", "not_a_date"), std::nullopt;
    return Json(to_string(read));
  }

  std::optional<Json> group(const Field& field_, const std::string& name,
                            const std::string& pointer) {
    JsonObject out;
    for (const Field& inner : field_.fields)
      if (auto value = field(inner, fmt::format("{}.{}", name, inner.name),
                             fmt::format("{}/{}", pointer, inner.name)))
        out[inner.name] = std::move(*value);
    return out.empty() ? std::nullopt : std::optional<Json>(std::move(out));
  }

  std::optional<Json> list(const Field& field_, const std::string& name,
                           const std::string& pointer) {
    JsonArray items;
    for (std::size_t i = 0; i < most_list_items; ++i) {
      const std::string item = fmt::format("{}.{}", name, i);
      if (!any_below(item + ".")) continue;  // empty items are left out, and later ones move up
      auto value = group(field_, item, fmt::format("{}/{}", pointer, items.size()));
      items.push_back(value ? std::move(*value) : Json(JsonObject()));
    }
    return items.empty() ? std::nullopt : std::optional<Json>(std::move(items));
  }

  const FormData& form_;
  std::span<const Input> inputs_;
  Decoded& out_;
};

std::string plain(const Json& value) {
  return value.is_string() ? std::string(value.get_string()) : write_json(value);
}

void encode_field(const Field& field, const Json& value, const std::string& name,
                  std::vector<Input>& out) {
  if (field.kind == FieldKind::date && value.is_string()) {
    if (const auto date = parse_date(value.get_string())) {
      out.emplace_back(name + ".year", std::to_string(int{date->year()}));
      out.emplace_back(name + ".month", std::to_string(unsigned{date->month()}));
      out.emplace_back(name + ".day", std::to_string(unsigned{date->day()}));
    }
  } else if (const auto* object = value.if_object()) {
    for (const Field& inner : field.fields)
      if (const Json* member = object->if_contains(inner.name))
        encode_field(inner, *member, name + "." + inner.name, out);
  } else if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (field.kind == FieldKind::list) {
        for (const Field& inner : field.fields)
          if (const Json* member = find((*array)[i], inner.name))
            encode_field(inner, *member, fmt::format("{}.{}.{}", name, i, inner.name), out);
      } else {
        out.emplace_back(name, plain((*array)[i]));
      }
    }
  } else {
    out.emplace_back(name, plain(value));
  }
}
}  // namespace

Decoded Form::decode(const Page& page, std::span<const Input> inputs) const {
  Decoded out;
  Decoder decoder(*data_, inputs, out);
  for (const Field& field : page.fields)
    if (auto value = decoder.field(field, field.name, field.pointer))
      out.answers[field.name] = std::move(*value);
  return out;
}

std::vector<Input> Form::encode(const Page& page, const JsonObject& answers) const {
  std::vector<Input> out;
  for (const Field& field : page.fields)
    if (const Json* value = answers.if_contains(field.name))
      encode_field(field, *value, field.name, out);
  return out;
}

}  // namespace minben::forms
