#pragma once
#include "schema.hpp"

namespace minben::forms {

struct FormData {
  std::string file_name;
  Bilingual title;
  SchemaPtr root;
  std::vector<Page> pages;
  std::vector<SchemaPtr> conditions;                      ///< by page; null when always shown
  std::map<std::string, SchemaPtr, std::less<>> schemas;  ///< by field pointer
  std::map<std::string, const Field*, std::less<>> fields;

  [[nodiscard]] bool is_visible(std::size_t page, const JsonObject& answers) const {
    return !conditions[page] || is_valid(*conditions[page], answers);
  }
};

/// "/jobs/0/employer" → "/jobs/-/employer"
std::string general_pointer(std::string_view pointer);
/// The value at a pointer without escapes; nullptr when there is none.
const Json* at_pointer(const JsonObject& answers, std::string_view pointer);

/// Pages and fields from the schema's x-keywords.
class FormReader {
 public:
  FormReader(SchemaReader& schemas, FormData& out) : schemas_(schemas), out_(out) {}
  void read();

 private:
  void read_page(const Json& json, const std::string& pointer);
  void place_fields(const Json& json, const std::string& pointer, Page& page);
  void check_coverage();
  Field read_field(const std::string& name, const Schema& schema, const std::string& parent,
                   bool required);
  std::optional<FieldKind> kind_of(const Schema& schema);
  std::optional<FieldKind> kind_of_array(const Schema& schema);
  void read_choices(const Schema& of, Field& field);
  void read_limits(const Schema& schema, Field& field);
  void read_extras(const Schema& schema, Field& field);
  void read_file_rules(const Schema& schema, Field& field);
  void read_inner(const Schema& schema, Field& field);
  Bilingual text(const Json* json, const std::string& pointer, bool needed);
  void index(const std::vector<Field>& fields);

  SchemaReader& schemas_;
  FormData& out_;
  std::map<std::string, std::size_t> page_of_;  ///< property → page
  int depth_ = 0;
};

}  // namespace minben::forms
