#include "record_reader.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "values.hpp"

namespace minben::streams {

namespace {

constexpr std::size_t most_faults = 20;
constexpr std::size_t longest_id = 64;
constexpr std::size_t deepest = 4;  ///< records are flat: more is not one

/// Numbers as people write them: Boost's writer makes 1.25E1 of 12.5.
void append(std::string& out, const Json& value) {
  if (!value.is_double()) out += write_json(value);
  else if (value.get_double() == 0) out += '0';  // also of -0, which would not come back
  else out += fmt::format("{}", value.get_double());
}

std::string body_of(const JsonObject& members) {
  std::string out = "{";
  for (const auto& member : members) {
    if (out.size() > 1) out += ',';
    out += write_json(Json(member.key()));
    out += ':';
    append(out, member.value());
  }
  return out += '}';
}

class Reader {
 public:
  Reader(const std::vector<Field>& fields, std::string_view key, const Limits& limits)
      : fields_(fields), key_(key), limits_(limits) {}

  void json(std::string_view body) {
    auto parsed = parse_json(body, {.max_bytes = body.size(), .max_depth = deepest});
    if (!parsed) return fault(std::move(parsed).error());
    if (parsed->is_object()) return record(*parsed, "");
    if (!parsed->is_array())
      return fault(
          {Kind::invalid, "not_records", "a JSON array of records, or one record", "", 0, 0});
    const JsonArray& list = parsed->get_array();
    if (list.size() > limits_.max_records) return too_many();
    for (std::size_t i = 0; i < list.size() && !full(); ++i) record(list[i], fmt::format("/{}", i));
  }

  void lines(std::string_view body) {
    for (std::string_view line : split(body, '\n')) {
      ++line_;
      if (full()) return;
      if (trim(line).empty()) continue;
      if (records.size() == limits_.max_records) return too_many();
      auto parsed = parse_json(line, {.max_bytes = line.size(), .max_depth = deepest});
      if (parsed) record(*parsed, "");
      else fault(std::move(parsed).error());
    }
  }

  Errors faults;
  std::vector<ReadRecord> records;

 private:
  [[nodiscard]] bool full() const { return faults.size() >= most_faults; }
  void fault(Error error) {
    if (line_ > 0) error.line = line_;
    if (!full()) faults.push_back(std::move(error));
  }
  void too_many() {
    faults.assign(1,
                  {Kind::too_large, "too_many_records",
                   fmt::format("at most {} records in one call", limits_.max_records), "", 0, 0});
  }

  void record(const Json& given, const std::string& place) {
    if (!given.is_object())
      return fault({Kind::invalid, "not_records", "a record is an object", place, 0, 0});
    const std::size_t before = faults.size();
    ReadRecord made;
    JsonObject body;
    for (const Field& field : fields_)
      if (const Json* value = find(given, field.name)) take(field, *value, place, body);
    for (const auto& member : given.get_object())
      own_or_known(member.key(), member.value(), place, made);
    const Json* key = body.if_contains(key_);
    if (faults.size() == before && key == nullptr)
      fault({Kind::invalid, "missing_key", "every record says what it is about",
             place + "/" + std::string(key_), 0, 0});
    if (faults.size() != before) return;
    made.key = key->is_string() ? std::string(key->get_string()) : write_json(*key);
    made.body = body_of(body);
    if (made.body.size() > limits_.max_record_bytes)
      return fault({Kind::too_large, "record_too_large",
                    fmt::format("at most {} bytes", limits_.max_record_bytes), place, 0, 0});
    records.push_back(std::move(made));
  }

  void take(const Field& field, const Json& value, const std::string& place, JsonObject& body) {
    if (value.is_null()) return;
    auto checked = checked_value(field, value, limits_.max_text_bytes);
    if (checked) {
      body[field.name] = std::move(*checked);
      return;
    }
    Error error = std::move(checked).error();
    error.field = place + "/" + field.name;
    fault(std::move(error));
  }

  void own_or_known(std::string_view name, const Json& value, const std::string& place,
                    ReadRecord& made) {
    if (name == "_id") {
      const bool fits = value.is_string() && !value.get_string().empty() &&
                        value.get_string().size() <= longest_id &&
                        value.get_string().find('\0') == value.get_string().npos;
      if (fits) made.id = value.get_string();
      else fault({Kind::invalid, "bad_id", "a text of 1 to 64 bytes", place + "/_id", 0, 0});
      return;
    }
    if (std::ranges::find(fields_, name, &Field::name) != fields_.end()) return;
    fault({Kind::invalid, "unknown_field", "the stream has no such field",
           place + "/" + std::string(name.substr(0, 100)), 0, 0});
  }

  const std::vector<Field>& fields_;
  std::string_view key_;
  const Limits& limits_;
  int line_ = 0;
};

}  // namespace

std::expected<std::vector<ReadRecord>, Errors> read_records(std::string_view body, bool lines,
                                                            const std::vector<Field>& fields,
                                                            std::string_view key,
                                                            const Limits& limits) {
  Reader reader(fields, key, limits);
  if (lines) reader.lines(body);
  else reader.json(body);
  if (reader.faults.empty() && reader.records.empty())
    reader.faults.push_back({Kind::invalid, "no_records", "at least one record", "", 0, 0});
  if (!reader.faults.empty()) return std::unexpected(std::move(reader.faults));
  return std::move(reader.records);
}

}  // namespace minben::streams
