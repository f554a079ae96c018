#pragma once
// Private: single values of records, as they came, as followers get them and as the table takes
// them.
#include "streams/streams.hpp"

namespace minben::streams {

/// As it is kept: dates as "2026-11-30", times in Taiwan's time of day with its offset
/// ("2026-11-30T14:05:00+08:00"). Times may come with any offset, or without one as Taiwan's.
/// invalid "wrong_type".
Result<Json> checked_value(const Field& field, const Json& value, std::size_t max_text_bytes);

/// A time as the datastore takes it: Taiwan's time of day, without an offset.
std::string table_time(Instant at);
/// A kept value as the datastore takes it.
Json table_value(const Field& field, const Json& kept);

Json fields_json(const std::vector<Field>& fields);
std::vector<Field> fields_from(const Json& json);
std::optional<intake::Type> parse_type(std::string_view text);

}  // namespace minben::streams
