#pragma once
// The part of JSON Schema 2020-12 that forms use, compiled once.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <re2/re2.h>

#include "core/decimal.hpp"
#include "forms.hpp"
#include "positions.hpp"

namespace minben::forms {

struct Schema;
using SchemaPtr = std::shared_ptr<const Schema>;

enum class JsonType : std::uint8_t { any, object, array, string, number, integer, boolean };
enum class Format : std::uint8_t { none, date, email, uri };

struct Schema {
  JsonType type = JsonType::any;
  std::vector<std::pair<std::string, SchemaPtr>> properties;
  std::vector<std::string> required;
  std::vector<std::pair<std::string, std::vector<std::string>>> dependent_required;
  bool closed = false;  ///< additionalProperties or unevaluatedProperties false
  std::optional<std::vector<Json>> allowed;  ///< enum, or const as its only value
  std::optional<std::int64_t> min_length, max_length, min_items, max_items;
  std::shared_ptr<const RE2> pattern;
  Format format = Format::none;
  std::optional<Decimal> minimum, maximum, above, below, multiple_of;
  std::optional<std::string> not_before, not_after;  ///< ISO days
  SchemaPtr items;
  bool unique_items = false;
  SchemaPtr condition, then, otherwise;
  std::vector<SchemaPtr> all_of, any_of;
  SchemaPtr negated;
  JsonObject source;    ///< with $ref put in place: where the x-keywords are
  std::string pointer;  ///< in the file

  [[nodiscard]] const Schema* property(std::string_view name) const;
};

/// Reads schemas of one file; faults are collected.
class SchemaReader {
 public:
  SchemaReader(const Json& root, std::string_view file_name, const Positions& positions,
               Errors& errors)
      : root_(root), file_name_(file_name), positions_(positions), errors_(errors) {}

  SchemaPtr read(const Json& json, const std::string& pointer);
  void fault(const std::string& pointer, std::string_view code, std::string detail);

 private:
  JsonObject resolved(const JsonObject& object, const std::string& pointer);
  void refuse_unknown(const Schema& schema);
  void read_structure(Schema& schema);
  void read_branches(Schema& schema);
  void read_values(Schema& schema);
  void read_numbers(Schema& schema);
  SchemaPtr member(const Schema& schema, std::string_view keyword);
  std::vector<std::string> names(const Schema& schema, std::string_view keyword);
  std::optional<std::int64_t> count(const Schema& schema, std::string_view keyword);
  std::optional<Decimal> number(const Schema& schema, std::string_view keyword);
  std::optional<std::string> day(const Schema& schema, std::string_view keyword);

  const Json& root_;
  std::string file_name_;
  const Positions& positions_;
  Errors& errors_;
  std::vector<std::string> open_references_;
  int depth_ = 0;
};

/// Everything wrong with the value; `pointer` is where it stands in the answers.
void validate(const Schema& schema, const Json& value, const std::string& pointer, Problems& out);
bool is_valid(const Schema& schema, const Json& value);
std::optional<Decimal> decimal_of(const Json& value);
bool same_json(const Json& a, const Json& b);  ///< 1 and 1.0 are the same
bool is_email(std::string_view text);
bool is_web_address(std::string_view text);

}  // namespace minben::forms
