#include "impl.hpp"

namespace minben::datastore {

namespace {

template <class E>
E named(std::string_view name, int last) {
  for (int i = 0; i <= last; ++i)
    if (to_string(static_cast<E>(i)) == name) return static_cast<E>(i);
  return E{};
}

bool is_reserved(std::string_view name) {
  const std::string lower = to_lower_ascii(name);
  return lower.empty() || lower == "_id" || lower == "file_row_number" || lower == "filename" ||
         lower == "file_index" || lower == "$and" || lower == "$or";
}

}  // namespace

void keep_reserved_names_out(std::vector<Field>& fields) {
  const auto is_taken = [&](std::string_view name) {
    return std::ranges::any_of(fields, [&](const Field& field) {
      return to_lower_ascii(field.name) == to_lower_ascii(name);
    });
  };
  for (Field& field : fields) {
    if (!is_reserved(field.name)) continue;
    if (field.label.empty()) field.label = field.name;
    std::string name = field.name + "_";
    while (is_taken(name)) name += '_';
    field.name = name;
  }
}

std::string sql_type(intake::Type type) {
  switch (type) {
    case intake::Type::integer:
      return "BIGINT";
    case intake::Type::number:
      return "DOUBLE";
    case intake::Type::boolean:
      return "BOOLEAN";
    case intake::Type::date:
      return "DATE";
    case intake::Type::timestamp:
      return "TIMESTAMP";
    case intake::Type::text:
    case intake::Type::geometry:
      return "VARCHAR";
  }
  return "VARCHAR";
}

std::string_view postgres_type(intake::Type type) {
  switch (type) {
    case intake::Type::integer:
      return "int8";
    case intake::Type::number:
      return "float8";
    case intake::Type::boolean:
      return "bool";
    case intake::Type::date:
      return "date";
    case intake::Type::timestamp:
      return "timestamp";
    case intake::Type::text:
    case intake::Type::geometry:
      return "text";
  }
  return "text";
}

Json to_json(const std::vector<Field>& fields) {
  JsonArray out;
  for (const Field& field : fields)
    out.push_back(JsonObject{{"name", field.name},
                             {"label", field.label},
                             {"description", field.description},
                             {"type", intake::to_string(field.type)},
                             {"role", intake::to_string(field.role)},
                             {"unit", field.unit},
                             {"note", field.note},
                             {"nulls", field.nulls},
                             {"distinct", field.distinct},
                             {"least", field.least},
                             {"most", field.most}});
  return out;
}

std::vector<Field> fields_from(const Json& json) {
  std::vector<Field> out;
  for (const Json& one : json.as_array()) {
    Field& field = out.emplace_back();
    field.name = string_or(one, "name");
    field.label = string_or(one, "label");
    field.description = string_or(one, "description");
    field.type = named<intake::Type>(string_or(one, "type"), int(intake::Type::geometry));
    field.role = named<intake::Role>(string_or(one, "role"), int(intake::Role::year));
    field.unit = string_or(one, "unit");
    field.note = string_or(one, "note");
    field.nulls = get_integer(one, "nulls").value_or(0);
    field.distinct = get_integer(one, "distinct").value_or(0);
    field.least = string_or(one, "least");
    field.most = string_or(one, "most");
  }
  return out;
}

}  // namespace minben::datastore
