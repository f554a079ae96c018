#include "answers.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace minben::casework {

namespace {

void collect(const std::vector<forms::Field>& fields, const JsonObject& values,
             const std::string& path, std::vector<FileAnswer>& found);

void collect_inside(const forms::Field& field, const Json& value, const std::string& path,
                    std::vector<FileAnswer>& found) {
  using forms::FieldKind;
  if (field.kind == FieldKind::file && value.is_string()) {
    found.push_back({path, std::string(value.as_string())});
  } else if (field.kind == FieldKind::group && value.is_object()) {
    collect(field.fields, value.as_object(), path, found);
  } else if (field.kind == FieldKind::list && value.is_array()) {
    std::size_t index = 0;
    for (const auto& item : value.as_array()) {
      if (item.is_object())
        collect(field.fields, item.as_object(), fmt::format("{}/{}", path, index), found);
      ++index;
    }
  }
}

void collect(const std::vector<forms::Field>& fields, const JsonObject& values,
             const std::string& path, std::vector<FileAnswer>& found) {
  for (const auto& field : fields) {
    if (const auto* value = values.if_contains(field.name)) {
      collect_inside(field, *value, fmt::format("{}/{}", path, field.name), found);
    }
  }
}

}  // namespace

std::vector<FileAnswer> file_answers(const forms::Form& form, const JsonObject& answers) {
  std::vector<FileAnswer> found;
  for (const auto& page : form.pages()) collect(page.fields, answers, "", found);
  return found;
}

JsonObject filter_choices(const std::vector<std::string>& pointers, const JsonObject& answers) {
  JsonObject choices;
  for (const auto& pointer : pointers) {
    const auto* value = value_at(answers, pointer);
    if (value && value->is_string()) choices[pointer] = *value;
  }
  return choices;
}

std::string property_of(std::string_view pointer) {
  if (pointer.starts_with('/')) pointer.remove_prefix(1);
  return std::string(pointer.substr(0, pointer.find('/')));
}

const Json* value_at(const JsonObject& answers, std::string_view pointer) {
  const auto parts = split(pointer.starts_with('/') ? pointer.substr(1) : pointer, '/');
  const Json* value = parts.empty() ? nullptr : answers.if_contains(parts.front());
  for (std::size_t at = 1; value && at < parts.size(); ++at) {
    if (value->is_object()) {
      value = value->as_object().if_contains(parts[at]);
    } else {
      const auto index = parse_integer(parts[at], 0);
      const bool inside =
          value->is_array() && index && static_cast<std::size_t>(*index) < value->as_array().size();
      value = inside ? &value->as_array()[static_cast<std::size_t>(*index)] : nullptr;
    }
  }
  return value;
}

}  // namespace minben::casework
